package ledger_test

import (
	"slices"
	"strconv"
	"testing"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

// transferredShop is auditedShop with a transfer of which one of nine units is on the
// way, and one that was cancelled.
func transferredShop(t *testing.T) (s *shop, path string) {
	t.Helper()
	s, path = auditedShop(t)
	once := idempotency.Request{}
	for _, p := range []ledger.TransferOrderParams{{FromStore: "MAD-001"}, {Supplier: "supplier"}} {
		p.ToStore, p.Lines = "VLC-001", []ledger.TransferLineParams{{ProductID: "p-1", Quantity: 2}}
		order, _, err := s.ledger.RequestTransfer(t.Context(), p, once)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.ledger.ShipTransfer(t.Context(), order.ID, nil, once); err != nil {
			t.Fatal(err)
		}
		if p.Supplier != "" {
			_, _, err = s.ledger.CancelTransfer(t.Context(), order.ID, "", nil, once)
		} else {
			_, _, err = s.ledger.ReceiveTransfer(t.Context(), order.ID, []ledger.Receipt{{ProductID: "p-1", Received: 1, Damaged: 1}}, nil, once)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s, path
}

func TestService_AuditOfTransfers(t *testing.T) {
	const ofStore = ` WHERE transfer_id = (SELECT id FROM transfers WHERE from_store_id IS NOT NULL)`
	for name, test := range map[string]struct {
		damage string
		fails  []string
	}{
		"nothing":                             {"", nil},
		"units on the way of no transfer":     {`UPDATE stock SET incoming = incoming + 1 WHERE store_id = 'BCN-001'`, []string{"6b"}},
		"a transfer that lost a unit":         {`UPDATE transfer_lines SET lost = 1` + ofStore, []string{"6a", "6b"}},
		"a status that the lines do not have": {`UPDATE transfers SET status = 'received' WHERE status = 'shipped'`, []string{"6a"}},
		"a movement of another transfer":      {`UPDATE movements SET transfer_id = 'x'` + ofStore + ` AND change = 1`, []string{"6a"}},
		"a lost event":                        {`UPDATE outbox SET version = 9 WHERE event_type = 'transfer.received'`, []string{"6a"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := transferredShop(t)
			if test.damage != "" {
				sqlitetest.Damage(t, path, test.damage)
			}
			var fails []string
			for _, c := range auditReport(t, s).Checks {
				if c.ViolationCount > 0 {
					fails = append(fails, strconv.Itoa(c.Invariant)+c.Part)
				}
				if c.Invariant == 6 && c.Checked == 0 {
					t.Errorf("%s: nothing was checked", c.Name)
				}
			}
			if !slices.Equal(fails, test.fails) {
				t.Errorf("checks %s fail, want %s", fails, test.fails)
			}
		})
	}
}
