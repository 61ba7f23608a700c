package ledger_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

// auditedShop is a ledger after changes of every kind, and its file. Of the
// reservations r-1 is held, r-2 committed, r-3 released and r-4 a tombstone.
func auditedShop(t *testing.T) (s *shop, path string) {
	t.Helper()
	s = open(t, false)
	s.catalog.products["p-1"] = ledger.Product{ID: "p-1", SKU: "MUG", Name: "Mug", Version: 1}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []ledger.CreateParams{{StoreID: "MAD-001", Quantity: 20}, {StoreID: "BCN-001"}} {
		p.ProductID = "p-1"
		_, _, err := s.ledger.Create(t.Context(), p, idempotency.Request{})
		must(err)
	}
	_, err := s.ledger.Update(t.Context(), ledger.UpdateParams{ProductID: "p-1", StoreID: "MAD-001", Quantity: 30})
	must(err)
	_, _, err = s.ledger.Adjust(t.Context(), ledger.AdjustParams{ProductID: "p-1", StoreID: "MAD-001", Adjustment: -1}, idempotency.Request{})
	must(err)
	for _, to := range []string{"BCN-001", "SVQ-001"} {
		_, _, err = s.ledger.Transfer(t.Context(), ledger.TransferParams{
			ProductID: "p-1", FromStore: "MAD-001", ToStore: to, Quantity: 9,
		}, idempotency.Request{})
		must(err)
	}
	var holds []ledger.HoldParams
	for _, id := range []string{"r-1", "r-2", "r-3"} {
		holds = append(holds, ledger.HoldParams{
			ReservationID: id, CustomerID: "c-1", TTLSeconds: 60, ExpiresAt: start,
			Lines: []ledger.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 2}, {ProductID: "p-1", StoreID: "BCN-001", Quantity: 1}},
		})
	}
	answers, err := s.ledger.Hold(t.Context(), holds)
	must(err)
	for i, a := range answers {
		if a.Outcome != ledger.HoldGranted {
			t.Fatalf("hold %d: %+v", i, a)
		}
	}
	_, err = s.ledger.Settle(t.Context(), []ledger.SettleParams{
		{ReservationID: "r-2", Target: protocol.Target{Whole: protocol.Commit}},
		{ReservationID: "r-3", Target: protocol.Target{Whole: protocol.Release}, Reason: inventory.ReasonCancelled},
		{ReservationID: "r-4", Target: protocol.Target{Whole: protocol.Release}, Reason: inventory.ReasonAborted},
	})
	must(err)
	return s, sqlitetest.Path(t, s.db.Reader())
}

func auditReport(t *testing.T, s *shop) audit.Report {
	t.Helper()
	report, err := s.ledger.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestService_Audit(t *testing.T) {
	t.Run("passes", testServiceAuditPasses)
	t.Run("finds", testServiceAuditFinds)
	t.Run("finds totals that no hold has", testServiceAuditFindsTotals)
}

// testServiceAuditFindsTotals damages a hold of which one unit was sold, given back
// and returned to another store.
func testServiceAuditFindsTotals(t *testing.T) {
	const first = `DROP TRIGGER tr_holds_totals; UPDATE holds SET %s WHERE reservation_id = 'r-1' AND line = 0`
	for name, test := range map[string]struct{ damage, fails string }{
		"more returned than sold":          {fmt.Sprintf(first, "returned = 2"), "3b"},
		"more restocked than returned":     {`UPDATE restocks SET restocked = 2`, "3b"},
		"a state that the units deny":      {`UPDATE holds SET state = 'committed', settled_at = created_at WHERE reservation_id = 'r-1'`, "2 3b"},
		"more sold than granted":           {fmt.Sprintf(first, "committed = 3"), "2 3b"},
		"a sale that no row has":           {fmt.Sprintf(first, "committed = 2"), "2 3b"},
		"no damage, and the check is made": {`UPDATE restocks SET restocked = 1`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := auditedShop(t)
			made, err := s.ledger.Settle(t.Context(), []ledger.SettleParams{{ReservationID: "r-1", Target: protocol.Target{Lines: []ledger.Line{
				{ProductID: "p-1", StoreID: "MAD-001", Quantity: 2, Totals: protocol.Totals{Committed: 1, Returned: 1}},
				{ProductID: "p-1", StoreID: "BCN-001", Quantity: 1, Totals: protocol.Totals{Released: 1}},
				{ProductID: "p-1", StoreID: "VLC-001", Totals: protocol.Totals{Restocked: 1}},
			}}}})
			if err != nil || made[0] != protocol.ProgressApplied {
				t.Fatal(made, err)
			}
			sqlitetest.Damage(t, path, test.damage)
			var fails []string
			for _, c := range auditReport(t, s).Checks {
				if c.ViolationCount > 0 {
					fails = append(fails, strconv.Itoa(c.Invariant)+c.Part)
				}
				if c.Rule == audit.TotalsWithin && c.Checked != 1 {
					t.Errorf("%d holds were checked", c.Checked)
				}
			}
			if strings.Join(fails, " ") != test.fails {
				t.Errorf("checks %q fail, want %q", fails, test.fails)
			}
		})
	}
}

func testServiceAuditPasses(t *testing.T) {
	s, _ := auditedShop(t)
	report := auditReport(t, s)
	got := map[string]int64{}
	for _, c := range report.Checks {
		got[strconv.Itoa(c.Invariant)+c.Part] = c.Checked
		if c.ViolationCount != 0 {
			t.Errorf("%s: %q", c.Name, c.Violations)
		}
	}
	// Two rows were created, three changed or created by 18 changes in all; one
	// event covers two changes in each transfer, stock.low none.
	want := map[string]int64{"1": 3, "2": 3, "3b": 0, "4a": 3, "4b": 3, "5a": 18, "5c": report.Outbox.Events, "6a": 0, "6b": 3, "7": 0}
	for part, n := range want {
		if got[part] != n {
			t.Errorf("check %s looked at %d, want %d", part, got[part], n)
		}
	}
	if len(got) != len(want) || report.Service != "stock" || report.Outbox.Pending != report.Outbox.Events {
		t.Errorf("got %+v", report)
	}
	if report.Outbox.Overdue != 0 {
		t.Errorf("%d events are overdue", report.Outbox.Overdue)
	}
	s.clock.Advance(audit.OverdueAfter + time.Millisecond)
	if report := auditReport(t, s); report.Outbox.Overdue != report.Outbox.Events {
		t.Errorf("%d of %d events are overdue", report.Outbox.Overdue, report.Outbox.Events)
	}
}

func testServiceAuditFinds(t *testing.T) {
	const madrid = ` WHERE product_id = 'p-1' AND store_id = 'MAD-001'`
	const firstUpdate = ` WHERE seq = (SELECT MIN(seq) FROM events WHERE event_type = 'stock.updated')`
	for name, test := range map[string]struct {
		damage string
		fails  string // the checks that do
		says   string // the first violation of the first of these
	}{
		"reserved that nobody holds": {
			`UPDATE stock SET reserved = 3` + madrid, "2 4b",
			"product p-1 in store MAD-001: reserved 3, the holds add up to 2",
		},
		"reserved above quantity": {
			`UPDATE stock SET reserved = quantity + 1` + madrid, "1 2 4b",
			"product p-1 in store MAD-001: quantity 9, reserved 10",
		},
		"reserved below 0": {
			`UPDATE stock SET reserved = -1` + madrid, "1 2 4b",
			"product p-1 in store MAD-001: quantity 9, reserved -1",
		},
		"a lost hold": {
			`DELETE FROM holds WHERE reservation_id = 'r-1'`, "2",
			"product p-1 in store BCN-001: reserved 1, the holds add up to 0",
		},
		"a hold without row": {
			`INSERT INTO holds (reservation_id, line, product_id, store_id, quantity, customer_id, ttl_seconds, expires_at, state,
			created_at, settled_at) SELECT 'r-9', line, product_id, 'nowhere', quantity, customer_id, ttl_seconds, expires_at, state,
			created_at, settled_at FROM holds WHERE reservation_id = 'r-1' AND line = 0`, "2",
			"product p-1 in store nowhere: no such row, 2 units are held",
		},
		"a wrong quantity": {
			`UPDATE stock SET quantity = quantity + 1` + madrid, "4a 4b",
			"product p-1 in store MAD-001: quantity 10, the movements add up to 9",
		},
		"a changed movement": {
			`UPDATE movements SET change = change + 1 WHERE kind = 'sold' AND store_id = 'MAD-001'`, "4a",
			"product p-1 in store MAD-001: the movements up to version 9 add up to 10, the last one says 9",
		},
		"a lost movement": {
			`DELETE FROM movements WHERE seq = (SELECT MAX(seq) FROM movements` + madrid + `)`, "4a",
			"product p-1 in store MAD-001: quantity 9, the movements add up to 11",
		},
		"a lost event": {
			`DELETE FROM outbox` + firstUpdate, "4b 5a 5c",
			"product p-1 in store MAD-001: event event-5 changes 30 by -1 to 29, the quantity was 20",
		},
		"a lost last event": {
			`DELETE FROM outbox WHERE seq = (SELECT MAX(seq) FROM events)`, "4b 5a",
			"product p-1 in store BCN-001: quantity 8, reserved 1, version 7; by the events 8, 2, 6",
		},
		"an event's wrong version": {
			`UPDATE outbox SET version = 7` + firstUpdate, "5a",
			"product p-1 in store MAD-001: version 7 follows version 1, with event event-4",
		},
		"a second event of a version": {
			`UPDATE outbox SET version = 1` + firstUpdate, "5a",
			"product p-1 in store MAD-001: version 1 follows version 1, with event event-4",
		},
		"an event's wrong quantity": {
			`UPDATE outbox SET payload = json_set(payload, '$.change', 11)` + firstUpdate, "4b",
			"product p-1 in store MAD-001: event event-4 changes 20 by 11 to 30, the quantity was 20",
		},
		"an event that cannot be read": {
			`UPDATE outbox SET payload = '{"product_id"' WHERE event_type = 'stock.released' AND store_id = 'BCN-001'`, "4b 5a",
			"event event-19: malformed event: payload of stock.released: unexpected end of JSON input",
		},
		"an event of another service": {
			`UPDATE outbox SET event_type = 'product.created' WHERE event_type = 'stock.low'`, "4b",
			"event event-3: product.created is not an event of stock",
		},
		"a row's wrong version": {
			`UPDATE stock SET version = version + 1` + madrid, "4b 5a",
			"product p-1 in store MAD-001: quantity 9, reserved 2, version 11; by the events 9, 2, 10",
		},
		"a row without events": {
			`INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_point, reorder_qty, version, updated_at, low_reported)
			SELECT product_id, 'nowhere', 0, 0, 0, 0, NULL, 0, 1, updated_at, 0 FROM stock` + madrid, "4b 5a",
			"product p-1 in store nowhere: there is a row, but no event",
		},
		"a lost row": {
			`DELETE FROM stock` + madrid, "2 4a 4b",
			"product p-1 in store MAD-001: no such row, 2 units are held",
		},
		"a stamp before the making": {
			`INSERT INTO acknowledged VALUES (4, '2000-01-01T00:00:00.000Z')`, "5c",
			"event event-1 with seq 1 was created at 2026-08-01T12:00:00.000Z, but stamped 2000-01-01T00:00:00.000Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := auditedShop(t)
			sqlitetest.Damage(t, path, test.damage)
			var fails, violations []string
			for _, c := range auditReport(t, s).Checks {
				if c.ViolationCount > 0 {
					fails = append(fails, strconv.Itoa(c.Invariant)+c.Part)
					violations = append(violations, c.Violations...)
				}
			}
			if strings.Join(fails, " ") != test.fails {
				t.Fatalf("checks %s fail, want %s: %q", fails, test.fails, violations)
			}
			if violations[0] != test.says {
				t.Errorf("got  %s\nwant %s", violations[0], test.says)
			}
		})
	}
}

func TestService_HoldStates(t *testing.T) {
	s, _ := auditedShop(t)
	all, err := s.ledger.HoldStates(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []audit.Hold{{ID: "r-1", State: "held"}, {ID: "r-2", State: "committed"}, {ID: "r-3", State: "released"}, {ID: "r-4", State: "released"}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
	if page, err := s.ledger.HoldStates(t.Context(), "r-1", 2); err != nil || !reflect.DeepEqual(page, want[1:3]) {
		t.Errorf("got %v, %v, want %v", page, err, want[1:3])
	}
}
