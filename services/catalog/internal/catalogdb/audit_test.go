package catalogdb_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/product"
)

// deaf is a stock that ignores notifications.
type deaf struct{}

func (deaf) Changed(context.Context, product.Kept) {}

// auditedCatalog has the products id-1, which was updated and deleted, and
// id-3, at version 2. Their five events are id-2 and id-4 to id-7.
func auditedCatalog(t *testing.T) (service *product.Service, path string) {
	t.Helper()
	db := open(t)
	ids := 0
	service = product.New(product.Options{
		Repository: db, Stock: deaf{}, Clock: clock.System{}, Saved: idempotency.JSON[product.Product]{}, NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
	})
	price, err := product.ParsePrice("19.90")
	if err != nil {
		t.Fatal(err)
	}
	for _, sku := range []string{"A-1", "A-2"} {
		_, _, err := service.Create(t.Context(), product.Details{SKU: sku, Name: "Mug", Price: price}, idempotency.Request{})
		if err != nil {
			t.Fatal(err)
		}
	}
	for id, sku := range map[string]string{"id-1": "A-1", "id-3": "A-2"} {
		_, err := service.Update(t.Context(), product.UpdateParams{
			ID: id, Details: product.Details{SKU: sku, Name: "Cup", Description: "new", Category: "cups", Price: price},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := service.Delete(t.Context(), product.DeleteParams{ID: "id-1"}); err != nil {
		t.Fatal(err)
	}
	return service, sqlitetest.Path(t, db.Reader())
}

// auditOf returns the names of the checks that fail, the number of things that each
// checked, and the violations.
func auditOf(t *testing.T, service *product.Service) (fails string, checked map[string]int64, violations []string) {
	t.Helper()
	report, err := service.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Service != "catalog" {
		t.Errorf("the report is of %q", report.Service)
	}
	var failed []string
	checked = map[string]int64{}
	for _, c := range report.Checks {
		name := strconv.Itoa(c.Invariant) + c.Part
		checked[name] = c.Checked
		if c.ViolationCount > 0 {
			failed = append(failed, name)
			violations = append(violations, c.Violations...)
		}
	}
	return strings.Join(failed, " "), checked, violations
}

func TestService_Audit(t *testing.T) {
	t.Run("passes", testServiceAuditPasses)
	t.Run("finds", testServiceAuditFinds)
}

func testServiceAuditPasses(t *testing.T) {
	service, _ := auditedCatalog(t)
	fails, checked, violations := auditOf(t, service)
	if fails != "" {
		t.Errorf("%s fail: %q", fails, violations)
	}
	if checked["4b"] != 2 || checked["5a"] != 5 || checked["5c"] != 5 {
		t.Errorf("checked %v", checked)
	}
}

func testServiceAuditFinds(t *testing.T) {
	const kept, deleted = ` WHERE id = 'id-3'`, ` WHERE id = 'id-1'`
	for name, test := range map[string]struct {
		damage, fails, says string
	}{
		"a changed name":     {`UPDATE products SET name = 'Pot'` + kept, "4b", "product id-3: its events differ from its record"},
		"a changed price":    {`UPDATE products SET price_text = '19.9'` + kept, "4b", "product id-3: its events differ from its record"},
		"a price that is no": {`UPDATE products SET price_text = 'x'` + kept, "4b", "product id-3: its events differ from its record"},
		"a changed version":  {`UPDATE products SET version = 3` + kept, "5a", "product id-3: it is at version 3, its last event at 2"},
		"a product that came back": {
			`UPDATE products SET deleted_at = NULL` + deleted, "5a", "product id-1: product.deleted of version 3 follows version 2",
		},
		"a lost product":    {`DELETE FROM products` + deleted, "5a", " never existed"},
		"a lost last event": {`DELETE FROM outbox WHERE event_type = 'product.deleted'`, "5a", "product id-1: it is at version 3, its last event at 2"},
		"a lost event": {
			`DELETE FROM outbox WHERE event_type = 'product.created' AND aggregate_id = 'id-3'`, "5a 5c",
			"product id-3: product.updated of version 2 follows version 0",
		},
		"an event's wrong version": {
			`UPDATE outbox SET version = 1 WHERE event_type = 'product.updated' AND aggregate_id = 'id-3'`, "5a",
			"product id-3: product.updated of version 1 follows version 1",
		},
		"an event that cannot be read": {
			`UPDATE outbox SET payload = '{' WHERE event_type = 'product.created' AND aggregate_id = 'id-3'`, "4b", "malformed event",
		},
		"an event's other price": {
			`UPDATE outbox SET payload = replace(payload, '19.90', '20.90') WHERE event_type = 'product.updated' AND aggregate_id = 'id-3'`,
			"4b", "product id-3: its events differ from its record",
		},
	} {
		t.Run(name, func(t *testing.T) {
			service, path := auditedCatalog(t)
			sqlitetest.Damage(t, path, test.damage)
			fails, _, violations := auditOf(t, service)
			if fails != test.fails || !strings.Contains(violations[0], test.says) {
				t.Errorf("%q fail, want %q: %q, want %q", fails, test.fails, violations, test.says)
			}
		})
	}
}
