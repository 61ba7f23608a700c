package system_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// backUp runs "inventory backup" on the data in dir and returns the folder of
// the backup.
func backUp(t testing.TB, dir, to string, flags ...string) string {
	t.Helper()
	text, code := finish(t, command(t, dir, append([]string{"backup", "-to", to}, flags...)))
	backup, _, _ := strings.Cut(text, "\n")
	if code != 0 || filepath.Dir(backup) != to {
		t.Fatalf("inventory backup: exit code %d\n%s", code, text)
	}
	return backup
}

// restore runs "inventory restore" into a new folder, which it returns.
func restore(t testing.TB, backup string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	text, code := finish(t, command(t, dir, []string{"restore", "-from", backup}))
	if code != 0 {
		t.Fatalf("inventory restore: exit code %d\n%s", code, text)
	}
	taken, err := time.Parse("inventory-20060102T150405.000Z", filepath.Base(backup))
	if err != nil || !strings.Contains(text, " at "+taken.Format(time.RFC3339)+". ") {
		t.Errorf("inventory restore does not say that the backup is of %s (%v):\n%s", taken, err, text)
	}
	return dir
}

// wantPrivate checks the permissions of a file or folder.
func wantPrivate(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
	} else if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}

// TestBackupUnderLoad takes backups while clients write, ends the process, and
// starts the system from each of them: it recovers as after a kill at the time of
// the backup, and all books agree.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	const backups, clients = 4, 16
	dir, to := t.TempDir(), t.TempDir()
	p := serve(t, dir)
	shop := &shop{}
	for range 4 {
		product := p.newStock(t, 4000)
		p.addStock(t, product, barcelona, 4000)
		shop.products = append(shop.products, product)
	}
	shop.open(clients, newRandom(t))
	load := shop.work(p.client)
	var made []string
	for range backups {
		next := shop.responses.Load() + 300
		eventually(t, "the load", func() error {
			if n := shop.responses.Load(); n < next {
				return fmt.Errorf("%d responses", n)
			}
			return nil
		})
		made = append(made, backUp(t, dir, to))
	}
	if shop.refused.Load() > 0 {
		t.Errorf("%d requests were refused", shop.refused.Load())
	}
	p.kill()
	load.Wait()
	for _, c := range shop.clients {
		if len(c.wrong) > 0 {
			t.Errorf("responses during the backups: %q", c.wrong)
		}
	}
	reservations := 0
	for _, backup := range made {
		restored := serve(t, restore(t, backup))
		b := restored.balanced(t)
		restored.audit(t)
		if len(b.reservations) <= reservations {
			t.Errorf("%s has %d reservations, the one before %d", backup, len(b.reservations), reservations)
		}
		reservations = len(b.reservations)
		// The restored system takes new requests.
		r := restored.reserved(t, orderOf(restored.newStock(t, 5), 2), "")
		restored.cancel(t, r.ID)
		restored.balanced(t)
		if code := restored.terminate(); code != 0 {
			t.Errorf("exit code %d after SIGTERM", code)
		}
	}
	t.Logf("%d requests, %d reservations in the last backup", shop.responses.Load(), reservations)
}

func TestRestore(t *testing.T) {
	t.Run("without the broker", testRestoreWithoutTheBroker)
	t.Run("refuses", testRestoreRefuses)
}

// testRestoreWithoutTheBroker restores the services' databases to a broker
// that is empty, as an external one is after its loss: every published event is
// published again.
func testRestoreWithoutTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	product := p.newStock(t, 100)
	p.reserved(t, orderOf(product, 1), "")
	p.cancel(t, p.reserved(t, orderOf(product, 2), "").ID)
	p.balanced(t)
	backup := backUp(t, dir, t.TempDir())
	p.terminate()

	m := readManifest(t, backup)
	m["databases"] = slices.DeleteFunc(m["databases"].([]any), func(d any) bool { return d.(map[string]any)["name"] == "broker" })
	writeManifest(t, backup, m)
	data := restore(t, backup)
	p = serve(t, data)
	args := []string{"audit", "--drained", "--url", p.base}
	if text, code := finish(t, command(t, data, args)); code != 1 || !strings.Contains(text, "every event stamped synced_at is in the broker") {
		t.Errorf("the audit of a broker without events: exit code %d\n%s", code, text)
	}
	if text, code := finish(t, command(t, data, []string{"events", "replay", "-missing", "-url", p.base})); code != 0 {
		t.Errorf("replay: exit code %d\n%s", code, text)
	}
	p.balanced(t)
	p.audit(t)
}

func readManifest(t testing.TB, backup string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(backup, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func writeManifest(t testing.TB, backup string, m map[string]any) {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(backup, "manifest.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "backups")
	p := serve(t, dir)
	p.newStock(t, 5)
	metrics := filepath.Join(t.TempDir(), "backup.prom")
	before := time.Now().Add(-time.Second)
	first := backUp(t, dir, to, "-metrics", metrics)
	t.Run("has a manifest and nothing but the databases", func(t *testing.T) {
		entries, err := os.ReadDir(first)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if want := "broker.db catalog.db manifest.json notifier.db reservation.db stock.db"; err != nil || strings.Join(names, " ") != want {
			t.Errorf("%v, %v, want %s", names, err, want)
		}
		m := readManifest(t, first)
		taken, err := time.Parse(time.RFC3339, fmt.Sprint(m["taken_at"]))
		if err != nil || taken.Before(before) || taken.After(time.Now()) {
			t.Errorf("taken at %v, %v", m["taken_at"], err)
		}
		if n := len(m["databases"].([]any)); n != 5 {
			t.Errorf("%d databases: %v", n, m)
		}
		for _, d := range m["databases"].([]any) {
			if schema := d.(map[string]any)["schema"].(map[string]any); len(schema) == 0 {
				t.Errorf("%v tells no schema version", d)
			}
		}
	})
	t.Run("is readable by its user only", func(t *testing.T) {
		restored := restore(t, first)
		for _, folder := range []string{to, first, restored} {
			wantPrivate(t, folder, 0o700)
			files, err := filepath.Glob(filepath.Join(folder, "*.*"))
			if err != nil || len(files) == 0 {
				t.Errorf("%s: %v, %v", folder, files, err)
			}
			for _, file := range files {
				if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
					wantPrivate(t, file, 0o600)
				}
			}
		}
	})
	t.Run("writes metrics for Prometheus", func(t *testing.T) {
		text, err := os.ReadFile(metrics)
		if err != nil || !strings.Contains(string(text), "\ninventory_backup_last_success_timestamp_seconds 1") {
			t.Errorf("%s, %v", text, err)
		}
	})
	t.Run("keeps the newest backups and other folders", func(t *testing.T) {
		if err := os.Mkdir(filepath.Join(to, ".partial-1"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(to, "inventory-of-mine"), 0o700); err != nil {
			t.Fatal(err)
		}
		second := backUp(t, dir, to)
		third := backUp(t, dir, to, "-keep", "2")
		left, err := filepath.Glob(filepath.Join(to, "*"))
		left = slices.DeleteFunc(left, func(name string) bool { return strings.HasSuffix(name, ".lock") })
		if want := []string{second, third, filepath.Join(to, "inventory-of-mine")}; err != nil || !slices.Equal(left, want) {
			t.Errorf("%v, %v, want %v", left, err, want)
		}
		if _, err := os.Stat(filepath.Join(to, ".partial-1")); err == nil {
			t.Error("an interrupted backup was left")
		}
	})
	t.Run("keeps its own backup after the clock was set back", func(t *testing.T) {
		to := filepath.Join(t.TempDir(), "backups")
		later := filepath.Join(to, "inventory-29990101T000000.000Z")
		backUp(t, dir, to)
		if err := os.Rename(backUp(t, dir, to), later); err != nil {
			t.Fatal(err)
		}
		for _, keep := range []string{"2", "1"} {
			want := []string{backUp(t, dir, to, "-keep", keep), later}
			if keep == "1" {
				want = want[:1]
			}
			if left, err := filepath.Glob(filepath.Join(to, "inventory-*")); err != nil || !slices.Equal(left, want) {
				t.Errorf("-keep %s: %v, %v, want %v", keep, left, err, want)
			}
		}
	})
	t.Run("has the named databases only", func(t *testing.T) {
		backup := backUp(t, t.TempDir(), to, "-db", "stock="+filepath.Join(dir, "stock.db"), "-db", "reservation="+filepath.Join(dir, "reservation.db"))
		if n := len(readManifest(t, backup)["databases"].([]any)); n != 2 {
			t.Errorf("%d databases", n)
		}
	})
	t.Run("works while the system is stopped", func(t *testing.T) {
		p.terminate()
		backUp(t, dir, to)
		serve(t, restore(t, backUp(t, dir, to))).audit(t)
	})
	t.Run("refuses", func(t *testing.T) {
		empty := t.TempDir()
		for name, args := range map[string][]string{
			"-to":                 {"backup"},
			"catalog.db":          {"backup", "-to", to, "-data", empty},
			"either -data or -db": {"backup", "-to", to, "-data", dir, "-db", "stock=x"},
			"there twice":         {"backup", "-to", to, "-db", "stock=x", "-db", "stock=y"},
			"no database shop":    {"backup", "-to", to, "-db", "shop=x"},
			"want NAME=FILE":      {"backup", "-to", to, "-db", "stock"},
			"-keep":               {"backup", "-to", to, "-keep", "-1"},
		} {
			text, code := finish(t, command(t, dir, args))
			if code != 1 || !strings.Contains(text, name) {
				t.Errorf("%v: exit code %d\n%s", args, code, text)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(to, ".partial-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func testRestoreRefuses(t *testing.T) {
	t.Parallel()
	dir, to := t.TempDir(), t.TempDir()
	p := serve(t, dir)
	product := p.newStock(t, 5)
	backup := backUp(t, dir, to)
	wantsWords(t, fails(t, dir, []string{"restore", "-from", backup, "-force"}), "catalog.db", "in use")
	p.addStock(t, product, barcelona, 7) // lost by the restore
	p.terminate()
	wantsWords(t, fails(t, dir, []string{"restore", "-from", backup}), dir, "-force", "-data")
	wantsWords(t, fails(t, dir, []string{"restore"}), "-from")
	wantsWords(t, fails(t, dir, []string{"restore", "-from", to}), "holds backups", backup)
	wantsWords(t, fails(t, dir, []string{"restore", "-from", t.TempDir()}), "is not a backup")

	t.Run("keeps the replaced databases with -force", func(t *testing.T) {
		text, code := finish(t, command(t, dir, []string{"restore", "-from", backup, "-force"}))
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, text)
		}
		replaced, err := filepath.Glob(filepath.Join(dir, "replaced-*", "stock.db"))
		if err != nil || len(replaced) != 1 {
			t.Errorf("%v, %v", replaced, err)
		}
		p := serve(t, dir)
		if a := p.get(t, "/api/v1/stock/"+product+"/"+barcelona); a.status != 404 {
			t.Errorf("the row is newer than the backup: %s", a)
		}
		p.audit(t)
		p.terminate()
	})
	t.Run("leaves the other databases alone with -only", func(t *testing.T) {
		target := t.TempDir()
		if text, code := finish(t, command(t, target, []string{"restore", "-from", backup, "-only", "stock"})); code != 0 {
			t.Fatalf("exit code %d\n%s", code, text)
		}
		if files, err := filepath.Glob(filepath.Join(target, "*.db")); err != nil || len(files) != 1 || filepath.Base(files[0]) != "stock.db" {
			t.Errorf("%v, %v", files, err)
		}
		wantsWords(t, fails(t, target, []string{"restore", "-from", backup, "-only", "stock"}), target, "-force")
		wantsWords(t, fails(t, target, []string{"restore", "-from", backup, "-only", "shop"}), "no database shop", "catalog")
		part := backUp(t, target, t.TempDir(), "-db", "stock="+filepath.Join(target, "stock.db"))
		wantsWords(t, fails(t, target, []string{"restore", "-from", part, "-only", "catalog"}), "the backup has no database catalog")
	})
	t.Run("refuses a changed backup", func(t *testing.T) {
		file := filepath.Join(backup, "stock.db")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		target := t.TempDir()
		wantsWords(t, fails(t, target, []string{"restore", "-from", backup}), "stock.db", "SHA-256")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		wantsWords(t, fails(t, target, []string{"restore", "-from", backup}), "stock.db", "no such file")
		for _, pattern := range []string{"*.db", "*.restoring"} {
			if left, _ := filepath.Glob(filepath.Join(target, pattern)); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		}
	})
	t.Run("refuses a manifest with a path outside of the backup", func(t *testing.T) {
		m := readManifest(t, backup)
		for _, d := range m["databases"].([]any) {
			d.(map[string]any)["file"] = "../stock.db"
		}
		writeManifest(t, backup, m)
		wantsWords(t, fails(t, t.TempDir(), []string{"restore", "-from", backup}), "manifest", "../stock.db")
		m["format"] = 2
		writeManifest(t, backup, m)
		wantsWords(t, fails(t, t.TempDir(), []string{"restore", "-from", backup}), "format 2")
	})
}
