package sqlitetest

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"inventory.example/pkg/sqlite"
)

// Release creates the database of an earlier release: with all migrations of
// shared, the first n of own, and the records that the statements write. It is
// closed again, so that a test opens it with the current migrations.
func Release(t testing.TB, o sqlite.Options, n int, own sqlite.Component, shared []sqlite.Component, statements ...string) {
	t.Helper()
	names, err := fs.Glob(own.FS, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range names[:n] {
		text, err := fs.ReadFile(own.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	db, err := sqlite.Open(t.Context(), o, append(shared, sqlite.Component{Name: own.Name, FS: files})...)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *sqlite.Tx) error {
		for _, statement := range statements {
			if _, _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
