package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

// oneGroup is a broker with one consumer group.
type oneGroup struct{ events.Inspector }

func (oneGroup) Groups(context.Context) ([]events.Group, error) {
	return []events.Group{{Name: "stock", Members: 1}}, nil
}

func (oneGroup) DeadLetters(context.Context, string, int) ([]events.StoredDeadLetter, error) {
	return nil, nil
}

func TestMetrics(t *testing.T) {
	t.Run("document", testMetricsDocument)
	t.Run("document, PostgreSQL", testMetricsDocumentPostgres)
	t.Run("one process", testMetricsOneProcess)
}

// testMetricsDocument compares docs/metrics.md with the registry of all services: each
// metric is there once, with its type and labels, and nothing else is.
func testMetricsDocument(t *testing.T) {
	compareMetrics(t, "inventory_db_")
}

// testMetricsDocumentPostgres does so with services on PostgreSQL.
func testMetricsDocumentPostgres(t *testing.T) {
	t.Setenv("DATABASE_URL", postgrestest.Newest(t).Database(t))
	compareMetrics(t, "inventory_sqlite_")
}

// compareMetrics compares the document with the registry of all services, except for the
// metrics of the other engine.
func compareMetrics(t *testing.T, otherEngine string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	row := regexp.MustCompile("(?m)^\\| `(inventory_[a-z_]+)` \\| (.*?) \\| (.*?) \\| (.*?) \\|$")
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		if _, twice := documented[cells[1]]; twice {
			t.Errorf("%s has two rows", cells[1])
		}
		documented[cells[1]] = cells[2] + " " + cells[3]
		if !strings.HasSuffix(cells[4], ".") {
			t.Errorf("%s has no meaning that is a sentence: %q", cells[1], cells[4])
		}
	}
	wanted := metricsOfAll(t)
	for name, want := range wanted {
		if got, found := documented[name]; !found {
			t.Errorf("%s is missing: %s", name, want)
		} else if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for name := range documented {
		if _, known := wanted[name]; !known && !strings.HasPrefix(name, otherEngine) {
			t.Errorf("there is no metric %s", name)
		}
	}
}

// metricsOfAll returns type and labels of each metric of the project.
func metricsOfAll(t *testing.T) map[string]string {
	t.Helper()
	t.Setenv("DATA_DIR", t.TempDir())
	t.Setenv("MESSAGE_BROKER", "none") // its metrics come from oneGroup
	all, c := openDevelopment(t)
	if err := (&broker.Broker{Inspector: oneGroup{}}).RegisterMetrics(all.metrics, clock.System{}); err != nil {
		t.Fatal(err)
	}
	authority, folder := tlsfilestest.NewAuthority(t), tlsfilestest.NewFolder(t)
	folder.Put(authority.Issue(), authority)
	files, err := tlsfiles.Open(tlsfiles.Config{CertFile: folder.File("tls.crt"), KeyFile: folder.File("tls.key")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.RegisterMetrics(all.metrics); err != nil {
		t.Fatal(err)
	}
	if address := os.Getenv("DATABASE_URL"); address != "" {
		holdRole(t, address, all.metrics)
	}
	f := frontOf(t, all, c)
	// A route has metrics once it was asked.
	f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/api/v1/products", nil))
	families, err := all.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for _, f := range families {
		name := f.GetName()
		if strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		table[name] = strings.ToLower(f.GetType().String()) + " " + labelCell(labels)
	}
	return table
}

// holdRole holds a role for a moment: a role has metrics once a process competes
// for it.
func holdRole(t *testing.T, address string, metrics prometheus.Registerer) {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Options{URL: address, Schema: "roles"})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Hold(t.Context(), "any", func(context.Context, postgres.Fence) error { return nil })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if err := db.RegisterMetrics(prometheus.WrapRegistererWith(prometheus.Labels{"service": "any"}, metrics)); err != nil {
		t.Fatal(err)
	}
}

// labelCell is the cell for the labels of a metric, service first.
func labelCell(labels []string) string {
	if len(labels) == 0 {
		return "–"
	}
	if i := slices.Index(labels, "`service`"); i > 0 {
		labels = slices.Insert(slices.Delete(labels, i, i+1), 0, "`service`")
	}
	return strings.Join(labels, ", ")
}

// testMetricsOneProcess scrapes all services where one of them would be.
func testMetricsOneProcess(t *testing.T) {
	t.Setenv("DATA_DIR", t.TempDir())
	t.Setenv("MESSAGE_BROKER", broker.Embedded)
	t.Setenv("BROKER_SQLITE_PATH", filepath.Join(t.TempDir(), "broker.db"))
	all, c := openDevelopment(t)
	f := frontOf(t, all, c)
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/metrics", nil))
	for _, service := range []string{"catalog", "stock", "reservation"} {
		if want := `inventory_outbox_pending_events{service="` + service + `"} 0`; !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
	// InventoryDatabaseSilent must cover each.
	for _, service := range []string{"catalog", "stock", "reservation", "notifier", "broker"} {
		if want := `inventory_sqlite_up{service="` + service + `"} 1`; !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
	if w.Code != 200 || !strings.Contains(w.Body.String(), "\ngo_goroutines ") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
