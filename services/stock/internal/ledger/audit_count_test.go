package ledger_test

import (
	"slices"
	"strconv"
	"testing"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

func TestService_AuditOfCounts(t *testing.T) {
	for name, test := range map[string]struct {
		damage string
		fails  []string
	}{
		"nothing":                           {"", nil},
		"a line that is not booked":         {`DROP TRIGGER tr_count_lines_applied; UPDATE count_lines SET state = 'counted' WHERE product_id = 'p-1'`, []string{"7"}},
		"a line that booked other units":    {`DROP TRIGGER tr_count_lines_applied; UPDATE count_lines SET counted = counted + 1 WHERE product_id = 'p-1'`, []string{"7"}},
		"a movement of another count":       {`UPDATE movements SET count_id = 'x' WHERE kind = 'counted'`, []string{"7"}},
		"totals that the lines do not have": {`UPDATE counts SET applied = 0, failed = 1`, []string{"7"}},
		"a status that the lines deny":      {`UPDATE counts SET status = 'open'`, []string{"7"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := auditedShop(t)
			count, _, err := s.ledger.OpenCount(t.Context(), ledger.OpenCountParams{StoreID: "MAD-001"}, idempotency.Request{})
			if err != nil {
				t.Fatal(err)
			}
			units := int64(50)
			lines := []ledger.CountedProduct{{ProductID: "p-1", Counted: &units}}
			if _, _, err := s.ledger.SetCountLines(t.Context(), count.ID, lines, nil, idempotency.Request{}); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.ledger.ApplyCount(t.Context(), count.ID, nil, idempotency.Request{}, nil); err != nil {
				t.Fatal(err)
			}
			if test.damage != "" {
				sqlitetest.Damage(t, path, test.damage)
			}
			var fails []string
			for _, c := range auditReport(t, s).Checks {
				if c.ViolationCount > 0 {
					fails = append(fails, strconv.Itoa(c.Invariant)+c.Part)
				}
				if c.Invariant == 7 && c.Checked == 0 {
					t.Errorf("%s: nothing was checked", c.Name)
				}
			}
			if !slices.Equal(fails, test.fails) {
				t.Errorf("checks %s fail, want %s", fails, test.fails)
			}
		})
	}
}
