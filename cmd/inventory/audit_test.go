package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/cmd/inventory/internal/auditor"
	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/audit"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// auditedSystem is the whole system, running in a folder of its own.
type auditedSystem struct {
	t       *testing.T
	dir     string
	url     string
	key     string // service key
	client  *http.Client
	broker  *broker.Broker
	product string
}

func runSystem(t *testing.T, brokerName string) *auditedSystem {
	t.Helper()
	s := &auditedSystem{t: t, dir: t.TempDir()}
	t.Setenv("DATA_DIR", s.dir)
	t.Setenv("SERVICE_KEY", "")
	t.Setenv("MESSAGE_BROKER", brokerName)
	c, err := loadConfigs(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	quiet := map[string]*slog.Logger{}
	for _, name := range append([]string{"inventory", notifier.Name}, operator.Services...) {
		quiet[name] = slog.New(slog.DiscardHandler)
	}
	all, err := open(t.Context(), c, prometheus.NewRegistry(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	s.broker = all.broker
	front := &front{}
	if err := front.serve(all, c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var group process.Group
		group.Add(reservation.Name, all.reservation.Run)
		group.Add(notifier.Name, all.notifier.Run)
		group.Add(stock.Name, all.stock.Run)
		group.Add(catalog.Name, all.catalog.Run)
		ended <- group.Run(ctx, c.stock.ShutdownTimeout)
	}()
	server := httptest.NewServer(front)
	s.client = server.Client()
	t.Cleanup(func() {
		server.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := all.closeParts(); err != nil {
			t.Error(err)
		}
	})
	s.url, s.key = server.URL, c.stock.ServiceKey
	return s
}

// request sends a request and decodes the response, unless its target is nil.
func (s *auditedSystem) request(method, path string, body, answer any) {
	s.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("X-API-Key", demoKey)
	request.Header.Set(httpapi.ServiceKeyHeader, s.key)
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err = io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		s.t.Error(err)
	}
	if err != nil || response.StatusCode/100 != 2 {
		s.t.Fatalf("%s %s: %d %s %v", method, path, response.StatusCode, text, err)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		s.t.Fatal(err)
	}
}

type members map[string]any

func (s *auditedSystem) reserve(store string, quantity int) string {
	s.t.Helper()
	var made struct{ ID string }
	s.request("POST", "/api/v1/reservations", members{
		"product_id": s.product, "store_id": store, "customer_id": "c-1", "quantity": quantity,
	}, &made)
	return made.ID
}

// trade makes changes of every kind, but for expiry. In Barcelona 10 units were
// created and 5 are held; nothing else happened there.
func (s *auditedSystem) trade() {
	s.t.Helper()
	var product struct{ ID string }
	s.request("POST", "/api/v1/products", members{"sku": "MUG", "name": "Mug"}, &product)
	s.product = product.ID
	s.request("PUT", "/api/v1/products/"+product.ID, members{"sku": "MUG", "name": "Stoneware mug"}, nil)
	for store, quantity := range map[string]int{"MAD-001": 20, "BCN-001": 10} {
		s.request("POST", "/api/v1/stock", members{"product_id": product.ID, "store_id": store, "initial_quantity": quantity}, nil)
	}
	s.request("POST", "/api/v1/stock/"+product.ID+"/MAD-001/adjust", members{"adjustment": 5}, nil)
	s.request("POST", "/api/v1/stock/transfer", members{
		"product_id": product.ID, "from_store_id": "MAD-001", "to_store_id": "SVQ-001", "quantity": 4,
	}, nil)
	s.reserve("BCN-001", 5)
	s.request("POST", "/api/v1/reservations/"+s.reserve("MAD-001", 2)+"/confirm", nil, nil)
	s.request("POST", "/api/v1/reservations/"+s.reserve("MAD-001", 3)+"/cancel", nil, nil)
}

// awaitStamps waits until every event is published and stamped.
func (s *auditedSystem) awaitStamps() {
	s.t.Helper()
	for _, name := range operator.Services {
		for stamped := false; !stamped; {
			var page audit.Events
			s.request("GET", audit.Path+name+"/events", nil, &page)
			stamped = !slices.ContainsFunc(page.Events, func(e audit.Event) bool { return !e.Synced })
		}
	}
}

// audit runs "inventory audit", by default without time to settle, and returns
// the lines by the names of their rules.
func (s *auditedSystem) audit(flags ...string) (lines map[string]string, printed string, err error) {
	var out bytes.Buffer
	err = auditor.Run(s.t.Context(), append([]string{"-url", s.url, "-settle", "0"}, flags...), &out)
	lines = map[string]string{}
	for line := range strings.Lines(out.String()) {
		if fields := strings.Fields(line); !strings.HasPrefix(line, " ") {
			lines[fields[1]] = fields[0]
		}
	}
	return lines, out.String(), err
}

var auditRules = []string{"1", "2", "3", "3b", "4a", "4b", "5a", "5b", "5c", "5d", "6a", "6b", "7"}

func TestAudit(t *testing.T) {
	t.Run("passes", testAuditPasses)
	t.Run("without broker", testAuditWithoutBroker)
	t.Run("finds", testAuditFinds)
	t.Run("with a wrong key", testAuditWithAWrongKey)
}

func testAuditPasses(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	lines, printed, err := s.audit("-settle", "1m") // events may be on their way
	if err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
	for _, rule := range auditRules {
		if lines[rule] != "ok" {
			t.Errorf("rule %s: %q", rule, lines[rule])
		}
	}
	s.awaitStamps()
	if _, again, err := s.audit("-drained"); err != nil || !strings.HasPrefix(printed, "ok    1   0 <= reserved, 0 <= available ") ||
		!strings.Contains(again, "  21 events\n") {
		t.Errorf("%v\n%s\n%s", err, printed, again)
	}
	// Separate services: any of them gives access to the broker.
	lines, printed, err = s.audit("-drained", "-catalog-url", s.url, "-stock-url", s.url, "-reservation-url", s.url)
	if err != nil || lines["5b"] != "ok" {
		t.Errorf("separate services: %v\n%s", err, printed)
	}
}

func testAuditWithoutBroker(t *testing.T) {
	s := runSystem(t, "none")
	s.trade()
	sqlitetest.Damage(t, filepath.Join(s.dir, "stock.db"), `UPDATE outbox SET created_at = '2026-01-01T00:00:00.000Z' WHERE seq = 1`)
	lines, printed, err := s.audit()
	if err != nil || lines["5b"] != "--" || lines["5d"] != "--" ||
		!strings.Contains(printed, "not checked: no message broker is configured") || !strings.Contains(printed, "1 event;") {
		t.Errorf("%v\n%s", err, printed)
	}
	if lines, printed, err := s.audit("-drained"); err == nil || lines["5d"] != "FAIL" {
		t.Errorf("%v\n%s", err, printed)
	}
}

func testAuditFinds(t *testing.T) {
	const barcelona = ` WHERE store_id = 'BCN-001'`
	type damage struct{ file, statement string }
	for rule, damages := range map[string][]damage{
		// All of it as if only 3 units had ever come, while 5 are held.
		"1": {
			{"stock.db", `UPDATE stock SET quantity = 3` + barcelona},
			{"stock.db", `UPDATE movements SET change = 3, quantity = 3` + barcelona},
			{"stock.db", `UPDATE outbox SET payload = json_set(payload, '$.quantity', 3)` + barcelona + ` AND event_type = 'stock.created'`},
		},
		"2":  {{"stock.db", `UPDATE holds SET quantity = quantity + 1` + barcelona}},
		"3":  {{"stock.db", `DELETE FROM holds WHERE state = 'committed'`}},
		"4a": {{"stock.db", `UPDATE movements SET change = change - 1` + barcelona}},
		"4b": {{"stock.db", `UPDATE outbox SET payload = json_set(payload, '$.quantity', 3) WHERE event_type = 'stock.transferred'`}},
		"5a": {{"reservation.db", `UPDATE outbox SET version = 7 WHERE event_type = 'reservation.confirmed'`}},
		"5b": {{"broker.db", `DELETE FROM batches WHERE last_offset = (SELECT MAX(last_offset) FROM batches)`}},
		"5c": {{"catalog.db", `INSERT INTO acknowledged SELECT MAX(until_seq) + 1, synced_at FROM acknowledged`}},
		"5d": {
			{"stock.db", `DELETE FROM acknowledged WHERE until_seq = (SELECT MAX(until_seq) FROM acknowledged)`},
			{"stock.db", `UPDATE outbox SET created_at = '2026-01-01T00:00:00.000Z' WHERE seq = (SELECT MAX(seq) FROM outbox)`},
		},
	} {
		t.Run(rule, func(t *testing.T) {
			s := runSystem(t, "embedded")
			s.trade()
			s.awaitStamps()
			if _, printed, err := s.audit("-drained"); err != nil {
				t.Fatalf("before the damage: %v\n%s", err, printed)
			}
			for _, d := range damages {
				sqlitetest.Damage(t, filepath.Join(s.dir, d.file), d.statement)
			}
			lines, printed, err := s.audit("-drained")
			if err == nil || err.Error() != fmt.Sprintf("audit: 1 of %d checks found violations", len(auditRules)) {
				t.Errorf("the audit ends with %v", err)
			}
			for _, name := range auditRules {
				if want := map[bool]string{true: "FAIL", false: "ok"}[name == rule]; lines[name] != want {
					t.Errorf("rule %s: %q, want %q\n%s", name, lines[name], want, printed)
				}
			}
		})
	}
}

func testAuditWithAWrongKey(t *testing.T) {
	s := runSystem(t, "none")
	t.Setenv("SERVICE_KEY", "wrong")
	if _, _, err := s.audit(); err == nil || !strings.Contains(err.Error(), "it refuses the service key") {
		t.Errorf("got %v", err)
	}
}
