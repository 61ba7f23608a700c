package repositorytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
)

var ruleChecks = map[string]func(*testing.T, Database){
	"are none when the database is new": rulesAreNone,
	"keep every field":                  rulesKeepFields,
	"are inserted once":                 rulesInsertOnce,
	"are updated over their version":    rulesUpdate,
	"are deleted":                       rulesDelete,
	"are listed by store":               rulesList,
	"are undone with their change":      rulesUndo,
}

var alertChecks = map[string]func(*testing.T, Database){
	"know when they were raised":      alertsKnowWhen,
	"count the events near":           alertsCountNear,
	"know the times near":             alertsKnowTimes,
	"know the events within a window": alertsKnowWithin,
	"are listed by store":             alertsList,
}

// rule returns a rule of all stores.
func rule(id string) alert.Rule {
	return alert.Rule{
		ID: id, Version: 1, CreatedAt: noon, UpdatedAt: noon,
		Details: alert.Details{
			Name: "Rule " + id, EventType: inventory.TypeStockLow, StoreIDs: []string{}, Threshold: 3, WindowSeconds: 60, QuietSeconds: 900, Active: true,
		},
	}
}

func mustChange(t *testing.T, db Database, change func(tx alert.RuleTx) error) {
	t.Helper()
	if err := db.Alerts.Write(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

func insertRules(t *testing.T, db Database, list ...alert.Rule) {
	t.Helper()
	mustChange(t, db, func(tx alert.RuleTx) error {
		for _, r := range list {
			if err := tx.InsertRule(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantRule requires a rule, in a change and outside.
func wantRule(t *testing.T, db Database, want alert.Rule) {
	t.Helper()
	got, found, err := db.Alerts.Rule(t.Context(), want.ID)
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, found %t, %v; want %+v", got, found, err, want)
	}
	mustChange(t, db, func(tx alert.RuleTx) error {
		got, found, err := tx.Rule(want.ID)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("in a change: got %+v, found %t; want %+v", got, found, want)
		}
		return err
	})
}

// wantRules requires the rules of all stores, and their number in a change.
func wantRules(t *testing.T, db Database, want ...string) {
	t.Helper()
	wantRulesWithin(t, db, nil, want...)
	mustChange(t, db, func(tx alert.RuleTx) error {
		n, err := tx.CountRules()
		if n != int64(len(want)) {
			t.Errorf("in a change: %d rules, want %d", n, len(want))
		}
		return err
	})
}

func wantRulesWithin(t *testing.T, db Database, stores []string, want ...string) {
	t.Helper()
	read := func(p paging.Page) (paging.List[alert.Rule], error) { return db.Alerts.Rules(t.Context(), stores, p) }
	pagingtest.WantList(t, read, func(r alert.Rule) string { return r.ID }, want...)
}

func rulesAreNone(t *testing.T, db Database) {
	wantRules(t, db)
	if got, found, err := db.Alerts.Rule(t.Context(), "r-1"); err != nil || found {
		t.Errorf("got %+v, %v; want none", got, err)
	}
}

func rulesKeepFields(t *testing.T, db Database) {
	full := rule("r-1")
	full.Details = alert.Details{
		Name: strings.Repeat("名", 80), EventType: inventory.TypeReservationExpired, StoreIDs: []string{"BCN-001", "MAD-001"},
		Threshold: 1000, WindowSeconds: 3600, QuietSeconds: 604_800,
	}
	full.Version, full.UpdatedAt = 1<<62, noon.Add(time.Hour)
	insertRules(t, db, full, rule("r-2"))
	wantRule(t, db, full)
	wantRule(t, db, rule("r-2"))
}

func rulesInsertOnce(t *testing.T, db Database) {
	insertRules(t, db, rule("r-1"))
	again := rule("r-1")
	again.Name = "another"
	err := db.Alerts.Write(t.Context(), func(tx alert.RuleTx) error {
		return errors.Join(tx.InsertRule(rule("r-2")), tx.InsertRule(again))
	})
	wantErr(t, err, alert.ErrConflict)
	wantRule(t, db, rule("r-1"))
	wantRules(t, db, "r-1")
}

func rulesUpdate(t *testing.T, db Database) {
	insertRules(t, db, rule("r-1"), rule("r-2"))
	next := rule("r-1")
	next.Details = alert.Details{
		Name: "New", EventType: inventory.TypeReservationExpired, StoreIDs: []string{"A"}, Threshold: 1, WindowSeconds: 2, QuietSeconds: 3,
	}
	next.Version, next.UpdatedAt = 2, noon.Add(time.Minute)
	mustChange(t, db, func(tx alert.RuleTx) error { return tx.UpdateRule(next) })
	wantRule(t, db, next)
	wantRule(t, db, rule("r-2"))
	unknown, later := rule("r-3"), next
	unknown.Version, later.Version = 2, 4
	for name, stale := range map[string]alert.Rule{"an earlier version": next, "a later version": later, "an unknown rule": unknown} {
		t.Run(name, func(t *testing.T) {
			stale.Name = "stale"
			err := db.Alerts.Write(t.Context(), func(tx alert.RuleTx) error {
				return errors.Join(tx.InsertRule(rule("r-9")), tx.UpdateRule(stale))
			})
			wantErr(t, err, alert.ErrConflict)
			wantRule(t, db, next)
			wantRules(t, db, "r-1", "r-2")
		})
	}
}

func rulesDelete(t *testing.T, db Database) {
	insertRules(t, db, rule("r-1"), rule("r-2"))
	raise(t, db, rule("r-1"), lowSeries, noon, true)
	mustChange(t, db, func(tx alert.RuleTx) error { return errors.Join(tx.DeleteRule("r-1"), tx.DeleteRule("unknown")) })
	wantRules(t, db, "r-2")
	wantLastRaised(t, db, "r-1", lowSeries, time.Time{})
	raise(t, db, rule("r-1"), lowSeries, noon, false)
	wantLastRaised(t, db, "r-1", lowSeries, time.Time{})
}

func rulesList(t *testing.T, db Database) {
	of := func(id string, stores ...string) alert.Rule {
		r := rule(id)
		r.StoreIDs = append(r.StoreIDs, stores...)
		return r
	}
	insertRules(t, db, of("r-3", "A", "B"), of("r-1"), of("r-2", "C"))
	wantRules(t, db, "r-1", "r-2", "r-3")
	wantRulesWithin(t, db, []string{"A"}, "r-1", "r-3")
	wantRulesWithin(t, db, []string{"B", "C"}, "r-1", "r-2", "r-3")
	wantRulesWithin(t, db, []string{"D"}, "r-1")
	wantRulesWithin(t, db, []string{}, "r-1")
}

func rulesUndo(t *testing.T, db Database) {
	insertRules(t, db, rule("r-1"), rule("r-2"))
	next := rule("r-1")
	next.Version, next.Name = 2, "New"
	err := db.Alerts.Write(t.Context(), func(tx alert.RuleTx) error {
		return errors.Join(tx.UpdateRule(next), tx.DeleteRule("r-2"), tx.InsertRule(rule("r-3")), errRefused)
	})
	wantErr(t, err, errRefused)
	wantRule(t, db, rule("r-1"))
	wantRules(t, db, "r-1", "r-2")
}

var lowSeries = alert.Series{Type: inventory.TypeStockLow, StoreID: "A", ProductID: "p-1"}

// raise stores that a rule raises an alert, and requires that it is stored.
func raise(t *testing.T, db Database, r alert.Rule, s alert.Series, at time.Time, want bool) {
	t.Helper()
	mustRecord(t, db, func(tx feed.Tx) error {
		raised, err := tx.Raised(r, s, at)
		if raised != want {
			t.Errorf("raised %t, want %t", raised, want)
		}
		return err
	})
}

func wantLastRaised(t *testing.T, db Database, ruleID string, s alert.Series, want time.Time) {
	t.Helper()
	mustRecord(t, db, func(tx feed.Tx) error {
		at, err := tx.LastRaised(ruleID, s)
		if at != want {
			t.Errorf("rule %s raised an alert for %+v at %s, want %s", ruleID, s, at, want)
		}
		return err
	})
}

func alertsKnowWhen(t *testing.T, db Database) {
	insertRules(t, db, rule("r-1"), rule("r-2"))
	product, store := lowSeries, lowSeries
	product.ProductID, store.StoreID = "p-2", "B"
	wantLastRaised(t, db, "r-1", lowSeries, time.Time{})
	raise(t, db, rule("r-1"), lowSeries, noon, true)
	raise(t, db, rule("r-1"), product, noon.Add(time.Second), true)
	raise(t, db, rule("r-1"), lowSeries, noon.Add(time.Minute), true)
	wantLastRaised(t, db, "r-1", lowSeries, noon.Add(time.Minute))
	wantLastRaised(t, db, "r-1", product, noon.Add(time.Second))
	wantLastRaised(t, db, "r-1", store, time.Time{})
	wantLastRaised(t, db, "r-2", lowSeries, time.Time{})
	raise(t, db, rule("unknown"), lowSeries, noon, false)
}

// recordSeries records events of lowSeries at 0, 10, 20, 20 and 30 seconds, and
// others.
func recordSeries(t *testing.T, db Database) {
	t.Helper()
	record(t, db, low(t, "30", "p-1", "A", 30*time.Second), low(t, "0", "p-1", "A", 0), low(t, "20-a", "p-1", "A", 20*time.Second),
		low(t, "product", "p-2", "A", 20*time.Second), low(t, "store", "p-1", "B", 20*time.Second), low(t, "10", "p-1", "A", 10*time.Second),
		low(t, "20-b", "p-1", "A", 20*time.Second),
		entry(t, "type", 20*time.Second, inventory.ReservationExpired{ReservationID: "r", ProductID: "p-1", StoreID: "A", Quantity: 1}))
}

func alertsCountNear(t *testing.T, db Database) {
	recordSeries(t, db)
	for _, test := range []struct {
		at, window time.Duration
		limit      int64
		want       int64
	}{
		{20 * time.Second, 10 * time.Second, 10, 2},
		{20 * time.Second, 10*time.Second + time.Millisecond, 10, 4},
		{20 * time.Second, 10*time.Second + time.Millisecond, 3, 3},
		{0, time.Hour, 10, 5},
		{time.Hour, time.Second, 10, 0},
	} {
		mustRecord(t, db, func(tx feed.Tx) error {
			got, err := tx.CountNear(lowSeries, noon.Add(test.at), test.window, test.limit)
			if got != test.want {
				t.Errorf("%+v: got %d", test, got)
			}
			return err
		})
	}
}

func alertsKnowTimes(t *testing.T, db Database) {
	recordSeries(t, db)
	for _, test := range []struct {
		at, window time.Duration
		limit      int64
		want       []int // seconds
		index      int
	}{
		{20 * time.Second, time.Hour, 10, []int{0, 10, 20, 20, 30}, 3},
		{20 * time.Second, time.Hour, 2, []int{20, 20, 30}, 1},
		{10 * time.Second, time.Hour, 3, []int{0, 10, 20, 20}, 1},
		{10 * time.Second, 10 * time.Second, 10, []int{10}, 0},
		{15 * time.Second, 10 * time.Second, 10, []int{10, 20, 20}, 0},
		{-time.Second, 5 * time.Second, 10, []int{0}, -1},
	} {
		mustRecord(t, db, func(tx feed.Tx) error {
			times, index, err := tx.TimesNear(lowSeries, noon.Add(test.at), test.window, test.limit)
			var got []int
			for _, at := range times {
				got = append(got, int(at.Sub(noon)/time.Second))
			}
			if !slices.Equal(got, test.want) || index != test.index {
				t.Errorf("%+v: got %v, index %d", test, got, index)
			}
			return err
		})
	}
}

func alertsKnowWithin(t *testing.T, db Database) {
	recordSeries(t, db)
	for _, test := range []struct {
		last, window time.Duration
		limit        int
		count        int64
		first        time.Duration
		newest       []string
	}{
		{20 * time.Second, time.Hour, 5, 4, 0, []string{"20-b", "20-a", "10", "0"}},
		{20 * time.Second, time.Hour, 2, 4, 0, []string{"20-b", "20-a"}},
		{30 * time.Second, 20 * time.Second, 5, 3, 20 * time.Second, []string{"30", "20-b", "20-a"}},
		{0, time.Second, 5, 1, 0, []string{"0"}},
	} {
		mustRecord(t, db, func(tx feed.Tx) error {
			count, first, newest, err := tx.Within(lowSeries, noon.Add(test.last), test.window, test.limit)
			var ids []string
			for _, e := range newest {
				ids = append(ids, e.ID)
			}
			if count != test.count || first != noon.Add(test.first) || !slices.Equal(ids, test.newest) {
				t.Errorf("%+v: got %d since %s, %q", test, count, first, ids)
			}
			return err
		})
	}
}

// raisedAlert returns an alert as an entry of the feed.
func raisedAlert(t *testing.T, id, storeID string) (feed.Entry, alert.Alert) {
	t.Helper()
	a := alert.Alert{
		ID: id, RuleID: "r-1", RuleName: "Ünï 名前", EventType: inventory.TypeStockLow, StoreID: storeID, ProductID: "p-1", Threshold: 3,
		WindowSeconds: 60, Count: 4, FirstEventAt: "2026-08-01T12:00:00.000Z", LastEventAt: "2026-08-01T12:00:30.000Z",
		RaisedAt: "2026-08-01T12:00:31.000Z", Sample: []alert.Sampled{{EventID: "e-1", ProductID: "p-1"}},
	}
	payload, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	e, err := events.Restore(events.Event{
		ID: id, Type: alert.TypeRaised, AggregateType: alert.AggregateRule, AggregateID: "r-1", StoreID: storeID, CreatedAt: noon,
	}, payload)
	if err != nil {
		t.Fatal(err)
	}
	return feed.Entry{Event: e, Stores: []string{storeID}}, a
}

func alertsList(t *testing.T, db Database) {
	var last alert.Alert
	for i, store := range []string{"A", "B", "A", "C"} {
		var e feed.Entry
		e, last = raisedAlert(t, fmt.Sprintf("alert-%d", i), store)
		record(t, db, low(t, fmt.Sprintf("low-%d", i), "p-1", store, 0), e)
	}
	many := []string{"A", "C"}
	for i := range 80 {
		many = append(many, fmt.Sprintf("S-%03d", i))
	}
	for _, test := range []struct {
		filter alert.Filter
		want   []string
	}{
		{alert.Filter{}, []string{"alert-3", "alert-2", "alert-1", "alert-0"}},
		{alert.Filter{StoreID: "A"}, []string{"alert-2", "alert-0"}},
		{alert.Filter{StoreID: "D"}, nil},
		{alert.Filter{Within: []string{"B", "C"}}, []string{"alert-3", "alert-1"}},
		{alert.Filter{Within: many}, []string{"alert-3", "alert-2", "alert-0"}},
		{alert.Filter{Within: []string{}}, nil},
		{alert.Filter{StoreID: "A", Within: []string{"A", "B"}}, []string{"alert-2", "alert-0"}},
		{alert.Filter{StoreID: "A", Within: []string{"B"}}, nil},
	} {
		t.Run(fmt.Sprintf("%s of %d", test.filter.StoreID, len(test.filter.Within)), func(t *testing.T) {
			read := func(p paging.Page) (paging.List[alert.Alert], error) {
				return db.Alerts.Alerts(t.Context(), test.filter, p)
			}
			pagingtest.WantList(t, read, func(a alert.Alert) string { return a.ID }, test.want...)
		})
	}
	list, err := db.Alerts.Alerts(t.Context(), alert.Filter{}, paging.Page{Limit: 1})
	if err != nil || len(list.Items) != 1 || !reflect.DeepEqual(list.Items[0], last) {
		t.Errorf("got %+v, %v; want every field of %+v", list.Items, err, last)
	}
}
