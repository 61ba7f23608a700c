package brokersystem_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// upgradeOrder is the order of docs/deploy.md: a service comes before its
// callers.
var upgradeOrder = allNames

// TestVersionSkew runs the previous release and upgrades it service by service
// under load, in the documented order and in the opposite one: every mix of the
// two releases works, also with reservations of several lines, which only this one
// creates; this one loses no data of the old one, and unless there is a migration
// between them, the old one takes over again.
func TestVersionSkew(t *testing.T) {
	previous := previousRelease(t)
	opposite := slices.Clone(upgradeOrder)
	slices.Reverse(opposite)
	for name, with := range map[string]struct {
		broker kind
		order  []string
	}{
		"Redis":                 {redisKind, upgradeOrder},
		"Kafka":                 {kafkaKind, upgradeOrder},
		"in the opposite order": {redisKind, opposite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The previous release may stop too late while its group in Kafka waits for
			// members of other tests, which were killed: this server has none.
			s := setUp(t, with.broker.own(t, false))
			for _, name := range allNames {
				s.services[name].programs = previous
				s.services[name].start()
				s.services[name].wantsVersion(previousVersion)
			}
			schemas := s.upgrade(with.order)
			s.downgrade(with.order, previous, schemas)
			s.stream.wantsOrder(t)
		})
	}
}

// upgrade replaces the services by those of this release, under load, and
// returns the schemas of the databases that the old ones left.
func (s *system) upgrade(order []string) (schemas map[string]string) {
	w := s.shoppers(s.t, 4)
	schemas = map[string]string{}
	w.goesOn(s.t, 30)
	w.life()
	for _, name := range order {
		one := s.services[name]
		one.stop()
		one.leavesNothing()
		schemas[name] = one.schema()
		one.programs = ""
		one.start()
		if version := must[health](s.t)(one.health()).Version; version == previousVersion {
			s.t.Errorf("%s was not upgraded", name)
		}
		w.goesOn(s.t, 10)
		if err := w.repeat(); err != nil { // also those with a response of the old one
			s.t.Errorf("after the upgrade of %s: %v", name, err)
		}
		w.life()
		w.basket()
		if text, code := s.run([]string{"audit"}); code != 0 {
			s.t.Errorf("inventory audit after the upgrade of %s: exit code %d\n%s", name, code, text)
		}
	}
	w.check(s.t)
	return schemas
}

// downgrade puts the previous release back, service by service in that order.
// Where this one has migrated the database, the previous one has to refuse it,
// and this one goes on.
func (s *system) downgrade(order []string, previous string, schemas map[string]string) {
	w := s.shoppers(s.t, 4)
	for _, name := range order {
		one := s.services[name]
		one.stop()
		same := one.schema() == schemas[name]
		one.programs = previous
		if same {
			one.start()
			one.wantsVersion(previousVersion)
		} else {
			s.t.Logf("%s has migrated its database, there is no way back", name)
			one.refuses("by a newer release") // also the previous release, whose words may differ
			one.programs = ""
			one.start()
		}
		w.goesOn(s.t, 10)
	}
	w.life()
	w.check(s.t)
}

func (s *service) wantsVersion(want string) {
	s.t.Helper()
	if version := must[health](s.t)(s.health()).Version; version != want {
		s.t.Errorf("%s is version %q, want %q", s.name, version, want)
	}
}

// schema returns the migrations of the database of a service that has ended.
func (s *service) schema() (text string) {
	s.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.file+"?immutable=1")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	const query = `SELECT group_concat(component || ' ' || version, ', ' ORDER BY component, version) FROM schema_migrations`
	if err := db.QueryRowContext(s.t.Context(), query).Scan(&text); err != nil {
		s.t.Fatal(err)
	}
	return text
}

// refuses starts the process, which has to end with that reason.
func (s *service) refuses(why string) {
	s.t.Helper()
	s.launch()
	select {
	case <-s.ended:
	case <-time.After(within):
		s.t.Fatalf("%s goes on", s.name)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(s.log.String(), why) {
		s.t.Errorf("%s: exit code %d, and it does not say %q", s.name, code, why)
	}
}

// life goes through the life of reservations, beside the shoppers.
func (w *shoppers) life() {
	t, s := w.s.t, w.s
	t.Helper()
	product := s.stocked(t, 100)
	w.note(func() { w.goods++ })
	reserve := func(quantity int64, seconds int) string {
		return must[string](t)(w.post(ordersPath, map[string]any{
			"product_id": product, "store_id": madrid, "customer_id": "customer", "quantity": quantity, "ttl_seconds": seconds,
		}, http.StatusCreated))
	}
	confirmed, cancelled, expiring := reserve(10, 3600), reserve(20, 3600), reserve(5, 1)
	for how, id := range map[string]string{"confirm": confirmed, "cancel": cancelled} {
		must[string](t)(w.post(ordersPath+"/"+id+"/"+how, nil, http.StatusOK))
		if r := must[order](t)(callFor[order](s.client, http.MethodGet, ordersPath+"/"+id, nil, http.StatusOK)); !strings.HasPrefix(r.Status, how) {
			t.Errorf("%s: it is %s", how, r.Status)
		}
	}
	eventually(t, "the expiry", func() error {
		r, err := callFor[order](s.client, http.MethodGet, ordersPath+"/"+expiring, nil, http.StatusOK)
		if err == nil && r.Status != "expired" {
			err = fmt.Errorf("it is %s", r.Status)
		}
		return err
	})
	s.renamed(product)
	eventually(t, "the settlement", func() error {
		row, err := s.row(product)
		if err == nil && (row.Quantity != 90 || row.Reserved != 0) {
			err = fmt.Errorf("%+v, want 90 units and none reserved", row)
		}
		return err
	})
	w.refusesDeleted(product)
}

// refusesDeleted deletes a product and expects every mix of releases to refuse
// its reservations for good, once stock knows: 409 of this one, 404 of one
// before. A 503 would say that the outcome is unknown, and the caller would try
// again for ever. The order is too large to be granted before.
func (w *shoppers) refusesDeleted(product string) {
	t, s := w.s.t, w.s
	t.Helper()
	if a := must[answer](t)(s.send(http.MethodDelete, "/api/v1/products/"+product, nil)); a.status != http.StatusNoContent {
		t.Fatal(a)
	}
	w.note(func() { w.goods-- })
	eventually(t, "the refusal of a deleted product", func() error {
		a, err := s.send(http.MethodPost, ordersPath, map[string]any{
			"product_id": product, "store_id": madrid, "customer_id": "customer", "quantity": 1_000_000,
		})
		gone := a.status == http.StatusConflict && strings.Contains(string(a.body), `"code":"PRODUCT_DELETED"`)
		if err == nil && !gone && a.status != http.StatusNotFound {
			err = fmt.Errorf("%s", a)
		}
		return err
	})
}
