package system_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"inventory.example/pkg/sqlite/sqlitetest"
)

func TestRun(t *testing.T) {
	t.Run("usual case", testRunUsualCase)
	t.Run("killed while it seeds", testRunKilledWhileItSeeds)
}

// testRunUsualCase starts the demo twice on the same data: it seeds once, keeps
// later changes, and prints commands that work.
func testRunUsualCase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := run(t, dir)
	products, stocked := p.total(t, "/api/v1/products"), p.total(t, "/api/v1/stock/store/"+madrid)
	if products == 0 || stocked != products {
		t.Fatalf("the demo has %d products, %d of them in Madrid", products, stocked)
	}
	type page struct {
		Items []stockRow
	}
	first := decode[page](t, p.get(t, "/api/v1/stock/store/"+madrid+"?limit=1")).Items[0]
	taken := p.reserved(t, orderOf(first.ProductID, 2), "")
	p.confirm(t, taken.ID)
	// Deleted products do not come back, even when the saved results of the
	// requests that created them are gone.
	last := decode[struct{ Data []struct{ ID string } }](t, p.get(t, "/api/v1/products?limit=100")).Data[products-1].ID
	p.do(t, http.MethodDelete, "/api/v1/products/"+last, nil).wants(t, http.StatusNoContent)
	products--
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	for _, name := range []string{"catalog", "stock"} {
		execute(t, filepath.Join(dir, name+".db"), "DELETE FROM idempotency_keys")
	}

	p = run(t, dir)
	if again := p.total(t, "/api/v1/products"); again != products {
		t.Errorf("%d products after the second start, %d after the first", again, products)
	}
	if again := p.total(t, "/api/v1/stock/store/"+madrid); again != stocked {
		t.Errorf("%d rows in Madrid after the second start, %d after the first", again, stocked)
	}
	p.wantsRow(t, first.ProductID, first.Quantity-2, 0)
	if s := p.status(t, taken.ID); s != "confirmed" {
		t.Errorf("the reservation is %q after the restart", s)
	}
	p.audit(t)
	t.Run("printed commands", func(t *testing.T) { p.tryPrinted(t) })
}

// testRunKilledWhileItSeeds: the next start completes the demo data.
func testRunKilledWhileItSeeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	port := freePort(t)
	cmd := command(t, dir, []string{"run"}, "SERVER_PORT="+port) // it prints its address only at the end
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	early := &client{base: "http://127.0.0.1:" + port, http: &http.Client{Transport: transport}}
	seeding := poll(func() error {
		a, err := early.send(http.MethodGet, "/api/v1/products?limit=1", nil)
		if err == nil && !strings.Contains(string(a.body), `"sku"`) {
			err = fmt.Errorf("%s", a)
		}
		return err
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if seeding != nil {
		t.Fatal(seeding)
	}

	p := run(t, dir)
	whole := run(t, t.TempDir())
	for _, list := range []string{"/api/v1/products", "/api/v1/stock/store/" + madrid, "/api/v1/stock/store/" + barcelona} {
		if got, want := p.total(t, list), whole.total(t, list); got != want {
			t.Errorf("%s has %d entries, want %d", list, got, want)
		}
	}
	p.balanced(t)
	p.audit(t)
}

// freePort returns a port that no process listens on. It is below the range of
// ephemeral ports, which another process could get before the program does, and
// below the ports of the tests with brokers.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(5_000 + rand.IntN(5_000))
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return ""
}

// total returns the total of a list.
func (c *client) total(t testing.TB, path string) int {
	t.Helper()
	return decode[struct{ Total int }](t, c.get(t, path+"?limit=1").wants(t, http.StatusOK)).Total
}

// tryPrinted runs each command that the demo prints.
func (p *program) tryPrinted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		notRun(t, "there is no curl")
	}
	lines := regexp.MustCompile(`(?m)^  (curl .+)$`).FindAllStringSubmatch(p.stdout.String(), -1)
	if len(lines) < 3 {
		t.Fatalf("the demo printed %d commands:\n%s", len(lines), p.stdout)
	}
	for _, line := range lines {
		// The response shows whether the command succeeded.
		text, err := exec.Command("sh", "-c", line[1]+` -w ' status %{http_code}'`).CombinedOutput()
		body, status, _ := strings.Cut(string(text), " status ")
		if err != nil || !strings.HasPrefix(status, "20") || !strings.HasPrefix(body, "{") {
			t.Errorf("%s\n%s %v", line[1], text, err)
		}
	}
	for _, url := range regexp.MustCompile(`(?m)  (http://\S+)$`).FindAllStringSubmatch(p.stdout.String(), -1) {
		if text, err := exec.Command("curl", "-sfL", url[1]).CombinedOutput(); err != nil || len(text) == 0 {
			t.Errorf("curl %s: %v", url[1], err)
		}
	}
}

// TestRefusals starts the program in conditions in which it cannot work: it prints
// one line with the reason and the remedy.
func TestRefusals(t *testing.T) {
	t.Parallel()
	keys := "API_KEYS=" + apiKeys
	t.Run("the port is taken", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		for _, name := range []string{"run", "serve"} {
			line := fails(t, t.TempDir(), []string{name}, keys, "DEVELOPMENT=true", "SERVER_PORT="+port)
			wantsWords(t, line, listener.Addr().String(), "in use", "SERVER_PORT")
		}
	})
	t.Run("the data folder is a file", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantsWords(t, fails(t, file, []string{"run"}), file, "DATA_DIR")
		wantsWords(t, fails(t, filepath.Join(file, "below"), []string{"run"}), file, "DATA_DIR")
	})
	t.Run("a file is not a database", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		text := strings.Repeat("This is not a database. ", 1000)
		if err := os.WriteFile(filepath.Join(dir, "stock.db"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wantsWords(t, fails(t, dir, []string{"run"}), filepath.Join(dir, "stock.db"), "not a database")
	})
	t.Run("a database is of a newer release", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if code := serve(t, dir).terminate(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		sqlitetest.Damage(t, filepath.Join(dir, "stock.db"), `INSERT INTO schema_migrations VALUES ('stock', 999, '0999_later.sql', '')`)
		wantsWords(t, fails(t, dir, []string{"run"}), filepath.Join(dir, "stock.db"), "migrated by a newer release", "999")
	})
	t.Run("a migration fails", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if code := serve(t, dir).terminate(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		// It was applied already, and cannot be applied again.
		sqlitetest.Damage(t, filepath.Join(dir, "stock.db"), `DELETE FROM schema_migrations WHERE component = 'stock' AND version >= 2`)
		for range 2 { // the second message is as clear as the first
			wantsWords(t, fails(t, dir, []string{"run"}), filepath.Join(dir, "stock.db"), "migrate stock", "0002_")
		}
	})
	t.Run("another instance has the data", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		p := run(t, dir)
		wantsWords(t, fails(t, dir, []string{"run"}), dir, "in use by another process")
		p.newStock(t, 1) // the first one is not disturbed
	})
	t.Run("development keys outside of development", func(t *testing.T) {
		t.Parallel()
		for _, env := range []string{"API_KEYS=", "API_KEYS=dev-key-admin:Admin"} {
			text, code := finish(t, command(t, t.TempDir(), []string{"serve"}, env))
			if code != 1 {
				t.Errorf("%s: exit code %d", env, code)
			}
			wantsWords(t, text, "API_KEYS")
		}
	})
}

func wantsWords(t testing.TB, line string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(line, word) {
			t.Errorf("%q does not say %q", line, word)
		}
	}
}

// TestTerminate sends SIGTERM while requests are under way: each gets its response,
// every acknowledged write is stored, and the exit code is 0.
func TestTerminate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	shop := &shop{products: []string{p.newStock(t, 1000)}}
	p.addStock(t, shop.products[0], barcelona, 1000)
	shop.open(4, newRandom(t))
	load := shop.work(p.client)
	eventually(t, "the load", func() error {
		if n := shop.responses.Load(); n < 100 {
			return fmt.Errorf("%d responses", n)
		}
		return nil
	})
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, p.stderr)
	}
	load.Wait()
	p = serve(t, dir)
	shop.sendAgain(t, p.client)
	shop.check(t, p.client, p.balanced(t))
	p.audit(t)
}
