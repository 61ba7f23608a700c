package system_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi"
)

// eventsCommand runs "inventory events" with a command against the process.
func (p *program) eventsCommand(t testing.TB, args ...string) (text string, code int) {
	t.Helper()
	return finish(t, command(t, p.dir, append([]string{"events"}, append(args, "--url", p.base)...)))
}

// wantsPrinted fails the test unless the command succeeds and prints all of the
// words.
func (p *program) wantsPrinted(t testing.TB, args []string, words ...string) {
	t.Helper()
	text, code := p.eventsCommand(t, args...)
	if code != 0 {
		t.Errorf("inventory events %q: exit code %d\n%s", args, code, text)
	}
	wantsWords(t, text, words...)
}

func TestEventsCommand(t *testing.T) {
	t.Run("usual case", testEventsCommandUsualCase)
	t.Run("internal paths", testEventsCommandInternalPaths)
}

// testEventsCommandUsualCase makes stock forget the name of a product, and sends it
// the event once more in each possible way: as a dead letter, from catalog's table
// for stock alone, and for all groups after the broker lost its file.
func testEventsCommandUsualCase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	product := p.newStock(t, 10)
	p.cancel(t, p.reserved(t, orderOf(product, 2), "").ID)
	p.do(t, http.MethodPut, "/api/v1/products/"+product,
		map[string]any{"sku": "renamed", "name": "Renamed"}).wants(t, http.StatusOK)
	forgets := func(t *testing.T, p *program, statements ...string) *program {
		t.Helper()
		p.settles(t, product)
		if code := p.terminate(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		execute(t, filepath.Join(dir, "stock.db"), "UPDATE products SET name = 'forgotten', version = 1 WHERE id = '"+product+"'")
		for _, s := range statements {
			execute(t, filepath.Join(dir, "broker.db"), s)
		}
		p = serve(t, dir)
		if name := p.row(t, product, madrid).ProductName; name != "forgotten" {
			t.Fatalf("stock still knows %q", name)
		}
		return p
	}

	p = forgets(t, p, "ATTACH '"+filepath.Join(dir, "catalog.db")+`' AS catalog;
		INSERT INTO dead_letters (group_name, event_id, document, reason, attempts, failed_at)
		SELECT 'stock', id, CAST(document AS BLOB), 'not today', 5, '2026-01-01T00:00:00.000Z'
		FROM catalog.event_documents WHERE event_type = 'product.updated';
		INSERT INTO dead_letters (group_name, event_id, document, reason, attempts, failed_at)
		VALUES ('stock', '', CAST('no event' AS BLOB), 'malformed', 1, '2026-01-02T00:00:00.000Z')`)
	p.wantsPrinted(t, []string{"dlq", "list"}, "1  2026-01-01T00:00:00.000Z  stock  event ", "  5 attempts  not today\n")
	p.wantsPrinted(t, []string{"dlq", "show", "1"}, `"name": "Renamed"`)
	p.wantsPrinted(t, []string{"dlq", "replay", "1"}, "1 dead letter replayed\n")
	p.settles(t, product)
	p.wantsDeadLetters(t, 1)
	p.wantsPrinted(t, []string{"dlq", "discard", "2"}, "2  discarded\n1 dead letter discarded\n")
	if text, code := p.eventsCommand(t, "dlq", "list"); text != "" || code != 0 {
		t.Errorf("exit code %d, %q", code, text)
	}
	p.wantsDeadLetters(t, 0)
	wantsWords(t, fails(t, dir, []string{"events", "dlq", "show", "1", "--url", p.base}), `there is no dead letter "1"`)

	p = forgets(t, p)
	replay := []string{"replay", "--from", "2000-01-01T00:00:00Z", "--type", "product.updated", "--to", "stock"}
	p.wantsPrinted(t, append(replay, "--dry-run"), "catalog: 1 event would be", "stock: 0 events would be", "reservation: 0 events would be")
	p.wantsPrinted(t, replay, "catalog: 1 event published once more\n")
	p.settles(t, product)
	replay[len(replay)-1] = "nobody"
	wantsWords(t, fails(t, dir, append([]string{"events"}, append(replay, "--url", p.base)...)), "which has notifier, reservation, stock")

	p = forgets(t, p)
	p.terminate()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, "broker.db"+suffix)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	p = serve(t, dir)
	text, code := finish(t, command(t, dir, []string{"audit", "--url", p.base}))
	if code != 1 || !strings.Contains(text, "FAIL  5b") || strings.Count(text, "FAIL") != 1 {
		t.Errorf("exit code %d\n%s", code, text)
	}
	p.wantsPrinted(t, []string{"replay", "--missing", "--dry-run"}, "catalog: 3 events would be", "stock: 4 events would be", "reservation: 2 events would be")
	p.wantsPrinted(t, []string{"replay", "--missing"}, "catalog: 3 events published", "stock: 4 events published", "reservation: 2 events published")
	p.settles(t, product)
	p.wantsPrinted(t, []string{"replay", "--missing"}, "catalog: 0 events", "stock: 0 events", "reservation: 0 events")
	p.wantsRow(t, product, 10, 0)
	p.balanced(t)
	p.audit(t)
}

// wantsDeadLetters waits until the metrics, which may be some seconds old, show
// that many dead letters.
func (p *program) wantsDeadLetters(t testing.TB, count int) {
	t.Helper()
	want := fmt.Sprintf("\ninventory_broker_dead_letters %d\n", count)
	eventually(t, "the metric of dead letters", func() error {
		if text := string(p.get(t, "/metrics").wants(t, http.StatusOK).body); !strings.Contains(text, want) {
			return fmt.Errorf("it is not %d", count)
		}
		return nil
	})
}

// settles waits until stock knows the product's new name, every event is stamped
// and every group has handled all events.
func (p *program) settles(t testing.TB, product string) {
	t.Helper()
	eventually(t, "the new name and the end of the backlog", func() error {
		if n := p.pending(t); n != 0 {
			return fmt.Errorf("%d events are pending", n)
		}
		if name := p.row(t, product, madrid).ProductName; name != "Renamed" {
			return fmt.Errorf("stock knows %q", name)
		}
		text, code := p.eventsCommand(t, "pending")
		for line := range strings.Lines(text) {
			if f := strings.Fields(line); len(f) == 3 && f[0] != "GROUP" && (f[1] != "1" || f[2] != "0") || code != 0 {
				return fmt.Errorf("exit code %d\n%s", code, text)
			}
		}
		return nil
	})
}

// testEventsCommandInternalPaths: a caller without the service key has no access to
// the broker.
func testEventsCommandInternalPaths(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	wantsWords(t, fails(t, p.dir, []string{"events", "tail", "--url", p.base}, "SERVICE_KEY=wrong"), "it refuses the service key")
	for _, path := range []string{"broker/events", "broker/groups", "broker/dead-letters", "events/stock/status"} {
		p.get(t, "/internal/v1/"+path).wants(t, http.StatusUnauthorized)
		p.do(t, http.MethodGet, "/internal/v1/"+path, nil, httpapi.ServiceKeyHeader, keyAll).wants(t, http.StatusUnauthorized)
	}
}
