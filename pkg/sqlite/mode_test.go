//go:build unix

package sqlite_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"inventory.example/pkg/sqlite"
)

// wantMode compares the permissions of a file.
func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
	} else if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", filepath.Base(path), got, want)
	}
}

// TestOpen_fileModes opens a new database, and again after its files had the
// mode that an earlier release, or another program, gave them.
func TestOpen_fileModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0)) // which would hide a mode that is too wide
	path := filepath.Join(t.TempDir(), "new", "test.db")
	link := filepath.Join(filepath.Dir(filepath.Dir(path)), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for i, opened := range []string{path, path, link} {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: opened})
		if err != nil {
			t.Fatal(err)
		}
		files := []string{path, path + "-wal", path + "-shm", opened + ".lock"}
		for _, file := range files {
			wantMode(t, file, 0o600)
		}
		if i == 0 {
			wantMode(t, filepath.Dir(path), 0o700)
		}
		for _, file := range files {
			if err := os.Chmod(file, 0o664); err != nil {
				t.Fatal(err)
			}
		}
		// The files beside the database stay, as after a kill.
		kept := map[string][]byte{}
		for _, file := range files[1:3] {
			if kept[file], err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		for file, text := range kept {
			if err := os.WriteFile(file, text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	cut, err := sqlite.OpenCut(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := cut.Copy(t.Context(), 0, copied); err != nil {
		t.Error(err)
	}
	if err := cut.Close(); err != nil {
		t.Error(err)
	}
	wantMode(t, copied, 0o600)
}
