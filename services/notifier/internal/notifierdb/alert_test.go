package notifierdb_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/notifierdb"
)

// oneRule is a table of rules that has one.
type oneRule struct{ rule alert.Rule }

// Rules implements alert.Rules.
func (o oneRule) Rules(context.Context, []string, paging.Page) (paging.List[alert.Rule], error) {
	return paging.List[alert.Rule]{Items: []alert.Rule{o.rule}, Total: 1}, nil
}

// Listen implements alert.Rules.
func (oneRule) Listen(func([]alert.RuleChange)) {}

// The event is recorded in the group commit that deletes the rule, which is still in
// memory.
func TestRecord_DeletedRule(t *testing.T) {
	db, clock := openDB(t)
	r := alert.Rule{ID: "r", Details: alert.Details{
		Name: "Rule", EventType: inventory.TypeStockLow, StoreIDs: []string{}, Threshold: 1, WindowSeconds: 60, QuietSeconds: 60, Active: true,
	}, Version: 1}
	watch := alert.NewWatch(func() string { return "alert" })
	if err := watch.Start(t.Context(), oneRule{r}); err != nil {
		t.Fatal(err)
	}
	service := feed.New(feed.Options{Repository: db, Clock: clock, Watch: watch})
	low := func(id string) {
		e, err := events.New(events.Meta{ID: id, At: clock.Now()}, inventory.StockLow{ProductID: "p", StoreID: "MAD-001"})
		if err == nil {
			err = service.Record(t.Context(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	low("1")
	if n := count(t, db, "feed"); n != 1 {
		t.Errorf("%d entries, want the event alone", n)
	}
	if err := (notifierdb.Alerts{DB: db}).Write(t.Context(), func(tx alert.RuleTx) error { return tx.InsertRule(r) }); err != nil {
		t.Fatal(err)
	}
	low("2")
	if n := count(t, db, "feed"); n != 3 {
		t.Errorf("%d entries, want two events and the alert", n)
	}
}

// BenchmarkRecord_alerts records events that alert rules count, many at the same
// time as the consumer does, all in one store: without rules; with one that is
// quiet nearly always; and with one that counts a full window for each event.
func BenchmarkRecord_alerts(b *testing.B) {
	for _, c := range []struct {
		name string
		rule *alert.Details
	}{
		{"without", nil},
		{"quiet", &alert.Details{Threshold: 20, WindowSeconds: 60, QuietSeconds: 900}},
		{"counting_20", &alert.Details{Threshold: 20, WindowSeconds: 1, QuietSeconds: 1}},
		{"counting_1000", &alert.Details{Threshold: 1000, WindowSeconds: 60, QuietSeconds: 1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			db, clock := openDB(b)
			options := feed.Options{Repository: db, Clock: clock}
			if c.rule != nil {
				r := alert.Rule{ID: "r", Details: *c.rule, Version: 1}
				r.Name, r.EventType, r.StoreIDs, r.Active = "Rule", inventory.TypeReservationExpired, []string{}, true
				err := notifierdb.Alerts{DB: db}.Write(b.Context(), func(tx alert.RuleTx) error { return tx.InsertRule(r) })
				if err != nil {
					b.Fatal(err)
				}
				var id atomic.Int64
				options.Watch = alert.NewWatch(func() string { return fmt.Sprint("alert-", id.Add(1)) })
				if err := options.Watch.Start(b.Context(), oneRule{r}); err != nil {
					b.Fatal(err)
				}
			}
			// Just too slow for the rules that count: the window is full but
			// for one event, at every event.
			spacing := 62 * time.Millisecond
			recordAll(b, feed.New(options), spacing)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func recordAll(b *testing.B, service *feed.Service, spacing time.Duration) {
	list := make([]events.Event, b.N)
	for i := range list {
		var err error
		list[i], err = events.New(events.Meta{ID: fmt.Sprint("e-", i), At: start.Add(time.Duration(i) * spacing), Version: 2},
			inventory.ReservationExpired{ReservationID: fmt.Sprint("r-", i), ProductID: "p", StoreID: "MAD-001", Quantity: 1})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var next atomic.Int64
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			for i := next.Add(1); i <= int64(len(list)); i = next.Add(1) {
				if err := service.Record(context.Background(), list[i-1]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	b.StopTimer()
}
