package catalog_test

import (
	"fmt"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/catalog"
)

// Two instances on one database act as one service: each shows the changes of the
// other, they publish each event once and in order, and when the one that
// publishes ends, the other one goes on.
func TestService_TwoInstances(t *testing.T) {
	const each = 10
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		address := s.Database(t)
		onPostgres := func(c *catalog.Config) { c.DatabaseURL = address }
		one := openShop(t, onPostgres)
		two := openShop(t, onPostgres)
		two.broker = one.broker
		two.shut()
		two.open() // with the broker of the first one
		stopOne, stopTwo := one.run(), two.run()
		var created []item
		for i := range each {
			for at, instance := range []*shop{one, two} {
				p := instance.mustCreate(fmt.Sprintf(`{"sku":"Café-%d-%d","name":"Mug %d","price":19.90}`, at, i, i))
				other := []*shop{two, one}[at]
				if got := httpapitest.Decode[item](t, other.write("GET", "/api/v1/products/"+p.ID, ""), 200); got != p {
					t.Errorf("the other instance has %+v, want %+v", got, p)
				}
				created = append(created, p)
			}
		}
		httpapitest.WantProblem(t, two.write("POST", "/api/v1/products", `{"sku":"CAFE\u0301-0-0","name":"Mug","price":1}`), 409, "CONFLICT")
		list := httpapitest.Decode[page](t, two.write("GET", "/api/v1/products?q=CAF%C3%89-1-&limit=3", ""), 200)
		if list.Total != each || len(list.Data) != 3 || list.Data[0] != created[1] {
			t.Errorf("got %+v", list)
		}
		one.published(2 * each)
		stopOne()
		p := two.mustCreate(`{"sku":"last","name":"Mug","price":1}`)
		events := one.published(2*each + 1)
		stopTwo()
		for i, want := range append(created, p) {
			if events[i].AggregateID != want.ID {
				t.Errorf("event %d is of %s, want %s", i, events[i].AggregateID, want.ID)
			}
		}
	})
}
