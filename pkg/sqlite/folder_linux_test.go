package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"inventory.example/pkg/sqlite"
)

// asNobody runs f on a thread that has no rights to the files of other users,
// also when the test runs as root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	const nobody = 65534
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with this goroutine
		if os.Geteuid() == 0 {
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
				t.Errorf("setfsuid: %v", errno)
				return
			}
		}
		f()
	}()
	<-done
}

func TestOpen_readOnlyFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"test.db", "new/test.db"} {
		path := filepath.Join(folder, name)
		asNobody(t, func() {
			db, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}, component(schema))
			if err == nil {
				mustClose(t, db)
			}
			if err == nil || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want a refusal that names %s", err, path)
			}
		})
	}
}
