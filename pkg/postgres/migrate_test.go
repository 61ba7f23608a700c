package postgres_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

func TestOpen_MigrationGaps(t *testing.T) {
	s := postgrestest.Newest(t)
	tests := map[string][]string{
		"a number left out": {"0001_a.sql", "0003_b.sql"},
		"no first":          {"0002_a.sql"},
		"a number twice":    {"0001_a.sql", "0001_b.sql"},
		"no number":         {"first.sql"},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			folder := fstest.MapFS{}
			for _, file := range files {
				folder["migrations/"+file] = &fstest.MapFile{Data: []byte(`SELECT 1`)}
			}
			_, err := postgres.Open(t.Context(), options(t, s), postgres.Component{Name: "gap", FS: folder})
			if err == nil || !strings.Contains(err.Error(), files[len(files)-1]) {
				t.Errorf("got %v, want an error that names %s", err, files[len(files)-1])
			}
		})
	}
}

// Instances that start together migrate once.
func TestOpen_ManyInstances(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		var wait sync.WaitGroup
		for range 12 {
			wait.Go(func() {
				db, err := postgres.Open(t.Context(), o, component(schema, `ALTER TABLE numbers ADD more TEXT`))
				if err != nil {
					t.Error(err)
					return
				}
				mustClose(t, db)
			})
		}
		wait.Wait()
		db := open(t, o)
		if got := list(t, db, `SELECT version FROM schema_migrations WHERE component = 'test'`); len(got) != 2 {
			t.Errorf("got the migrations %v, want each once", got)
		}
	})
}

// A migration that fails leaves the schema as it was, without the migrations that
// ran just before it.
func TestOpen_FailingMigration(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		mustClose(t, open(t, o))
		_, err := postgres.Open(t.Context(), o, component(schema, `DROP TABLE numbers`, `ALTER TABLE nowhere ADD n BIGINT`))
		if err == nil || !strings.Contains(err.Error(), "0003_third.sql") {
			t.Errorf("got %v, want an error that names the file", err)
		}
		mustWrite(t, open(t, o), insert(1))
	})
}

// Two releases use one schema, until a migration says that the older one cannot.
func TestOpen_NewerRelease(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		old := open(t, o)
		newer, err := postgres.Open(t.Context(), o, component(schema, `ALTER TABLE numbers ADD more TEXT`))
		if err != nil {
			t.Fatal(err)
		}
		defer mustClose(t, newer)
		mustWrite(t, old, insert(1))
		mustWrite(t, newer, insert(2))
		mustWrite(t, open(t, o), insert(3)) // the older one starts again

		contracted, err := postgres.Open(t.Context(), o, component(schema, `ALTER TABLE numbers ADD more TEXT`,
			"-- min_release: 2\nALTER TABLE numbers DROP more"))
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, contracted)
		again, err := postgres.Open(t.Context(), o, component(schema, `ALTER TABLE numbers ADD more TEXT`))
		if err != nil {
			t.Errorf("the release that the schema names: %v", err)
		} else {
			mustClose(t, again)
		}
		if _, err := postgres.Open(t.Context(), o, component(schema)); !errors.Is(err, postgres.ErrNewerSchema) {
			t.Errorf("an older release: got %v, want ErrNewerSchema", err)
		}
		if _, err := postgres.Open(t.Context(), o); !errors.Is(err, postgres.ErrNewerSchema) {
			t.Errorf("a binary that does not know the component: got %v, want ErrNewerSchema", err)
		}
	})
}

func TestOpen_MinRelease(t *testing.T) {
	s := postgrestest.Newest(t)
	for _, text := range []string{"-- min_release: x", "-- min_release:", "-- min_release: 2"} {
		if _, err := postgres.Open(t.Context(), options(t, s), component(text)); err == nil || !strings.Contains(err.Error(), "min_release") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestOpen_Errors(t *testing.T) {
	s := postgrestest.Newest(t)
	logger := slog.New(slog.DiscardHandler)
	began := time.Now()
	for name, o := range map[string]postgres.Options{
		"no schema":             {URL: s.URL(), Logger: logger},
		"an unreadable address": {URL: "postgres://%", Schema: "x", Logger: logger},
		"no such database":      {URL: strings.Replace(s.URL(), "/postgres?", "/nowhere?", 1), Schema: "x", Logger: logger, RetryFor: time.Hour},
	} {
		if db, err := postgres.Open(t.Context(), o); err == nil {
			mustClose(t, db)
			t.Errorf("%s: opened", name)
		}
	}
	if time.Since(began) > time.Minute {
		t.Error("an error that does not pass was waited for")
	}
	_, err := postgres.Open(t.Context(), postgres.Options{
		URL: "postgres://127.0.0.1:1/x", Schema: "x", Logger: logger, RetryFor: 50 * time.Millisecond,
	})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v, want an error that names the server", err)
	}
}

// The role may own nothing but the schema.
func TestOpen_ExistingSchema(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		s.Exec(t, `CREATE SCHEMA "`+o.Schema+`"`)
		mustWrite(t, open(t, o), insert(1))
		o.Schema = s.Schema(t) + ` with "quotes`
		t.Cleanup(func() { s.Exec(t, `DROP SCHEMA "`+strings.ReplaceAll(o.Schema, `"`, `""`)+`" CASCADE`) })
		mustWrite(t, open(t, o), insert(1))
	})
}
