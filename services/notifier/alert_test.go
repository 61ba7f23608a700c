package notifier_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/process"
	"inventory.example/services/notifier"
)

type rule struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	EventType     string   `json:"event_type"`
	StoreIDs      []string `json:"store_ids"`
	Threshold     int64    `json:"threshold"`
	WindowSeconds int64    `json:"window_seconds"`
	QuietSeconds  int64    `json:"quiet_seconds"`
	Active        bool     `json:"active"`
	Version       int64    `json:"version"`
}

type raised struct {
	ID           string `json:"id"`
	RuleID       string `json:"rule_id"`
	RuleName     string `json:"rule_name"`
	EventType    string `json:"event_type"`
	StoreID      string `json:"store_id"`
	ProductID    string `json:"product_id"`
	Count        int64  `json:"count"`
	FirstEventAt string `json:"first_event_at"`
	LastEventAt  string `json:"last_event_at"`
	RaisedAt     string `json:"raised_at"`
	Sample       []struct {
		EventID   string `json:"event_id"`
		ProductID string `json:"product_id"`
	} `json:"sample"`
}

type page[T any] struct {
	Data  []T   `json:"data"`
	Total int64 `json:"total"`
}

const rulesPath = "/api/v1/alerts/rules"

func details(eventType events.Type, threshold, window, quiet int, more string) string {
	return fmt.Sprintf(`{"name":"Rule","event_type":%q,"threshold":%d,"window_seconds":%d,"quiet_seconds":%d%s}`,
		eventType, threshold, window, quiet, more)
}

// createRule creates a rule.
func (d *fixture) createRule(eventType events.Type, threshold, window, quiet int, more string) rule {
	d.t.Helper()
	return httpapitest.Decode[rule](d.t, d.send("POST", rulesPath, details(eventType, threshold, window, quiet, more)), 201)
}

func (d *fixture) alerts(query string) page[raised] {
	d.t.Helper()
	return httpapitest.Decode[page[raised]](d.t, d.send("GET", "/api/v1/alerts"+query, ""), 200)
}

// expired returns an event of a reservation in a store.
func (d *fixture) expired(store string, at time.Time) events.Event {
	d.t.Helper()
	e, err := events.New(events.Meta{ID: process.NewID(), At: at, Version: 2},
		inventory.ReservationExpired{ReservationID: process.NewID(), ProductID: "p", StoreID: store, Quantity: 1})
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func (d *fixture) recordAll(list ...events.Event) {
	d.t.Helper()
	for _, e := range list {
		if err := d.handle(context.Background(), e); err != nil {
			d.t.Fatal(err)
		}
	}
}

// expire records that many expired reservations of a store, a second apart.
func (d *fixture) expire(store string, count int) {
	d.t.Helper()
	for range count {
		d.clock.Advance(time.Second)
		d.recordAll(d.expired(store, d.clock.Now()))
	}
}

func TestAlert_Burst(t *testing.T) {
	d := openNotifier(t)
	r := d.createRule(inventory.TypeReservationExpired, 3, 60, 300, "")
	d.expire("MAD-001", 2)
	d.expire("BCN-001", 2)
	d.clock.Advance(time.Minute)
	d.expire("MAD-001", 2)
	d.publish("p", "MAD-001", 1)
	if got := d.alerts(""); got.Total != 0 || len(got.Data) != 0 {
		t.Fatalf("%+v", got)
	}
	d.expire("MAD-001", 1)
	got := d.alerts("")
	if got.Total != 1 {
		t.Fatalf("%+v", got)
	}
	now := d.clock.Now()
	a := got.Data[0]
	if a.RuleID != r.ID || a.RuleName != "Rule" || a.EventType != "reservation.expired" || a.StoreID != "MAD-001" || a.ProductID != "" || a.Count != 3 ||
		a.FirstEventAt != events.FormatTime(now.Add(-2*time.Second)) || a.LastEventAt != events.FormatTime(now) || a.RaisedAt != events.FormatTime(now) {
		t.Errorf("%+v", a)
	}
	if len(a.Sample) != 3 || a.Sample[0].ProductID != "p" {
		t.Errorf("%+v", a.Sample)
	}
}

func TestAlert_QuietPeriodOfStore(t *testing.T) {
	d := openNotifier(t)
	d.createRule(inventory.TypeReservationExpired, 2, 60, 300, "")
	d.expire("MAD-001", 10)
	d.expire("BCN-001", 2)
	if got := d.alerts(""); got.Total != 2 || got.Data[0].StoreID != "BCN-001" || got.Data[1].StoreID != "MAD-001" {
		t.Fatalf("%+v", got)
	}
	d.clock.Advance(280 * time.Second)
	d.expire("MAD-001", 9) // the last event is a second before the end
	if got := d.alerts("?store_id=MAD-001"); got.Total != 1 {
		t.Fatalf("%+v", got)
	}
	d.expire("MAD-001", 1)
	if got := d.alerts("?store_id=MAD-001"); got.Total != 2 || got.Data[0].Count != 10 || len(got.Data[0].Sample) != 5 {
		t.Fatalf("%+v", got)
	}
}

// A product that runs low while the rule is quiet for another product of the same
// store raises its own alert, and events of several products are not a burst.
func TestAlert_StockLowOfProduct(t *testing.T) {
	d := openNotifier(t)
	once, twice := d.createRule(inventory.TypeStockLow, 1, 900, 900, ""), d.createRule(inventory.TypeStockLow, 2, 900, 900, "")
	raised := func(r rule) (list []string) {
		for _, a := range slices.Backward(d.alerts("?limit=100").Data) {
			if a.RuleID == r.ID {
				list = append(list, a.StoreID+" "+a.ProductID)
			}
			for _, sampled := range a.Sample {
				if sampled.ProductID != a.ProductID {
					t.Errorf("an alert of %s names an event of %s", a.ProductID, sampled.ProductID)
				}
			}
		}
		return list
	}
	want := func(r rule, want ...string) {
		t.Helper()
		if got := raised(r); !slices.Equal(got, want) {
			t.Errorf("alerts %v, want %v", got, want)
		}
	}
	d.publish("p", "MAD-001", 1)
	d.clock.Advance(time.Minute)
	d.publish("q", "MAD-001", 1)
	d.publish("p", "BCN-001", 1)
	want(once, "MAD-001 p", "MAD-001 q", "BCN-001 p")
	want(twice)
	d.clock.Advance(time.Minute)
	d.publish("q", "MAD-001", 2) // while it is quiet
	want(once, "MAD-001 p", "MAD-001 q", "BCN-001 p")
	want(twice, "MAD-001 q")
	d.clock.Advance(13 * time.Minute) // 15 minutes after the first of p, 14 after that of q
	d.close()
	d.open()
	d.publish("q", "MAD-001", 3)
	d.publish("p", "MAD-001", 2)
	want(once, "MAD-001 p", "MAD-001 q", "BCN-001 p", "MAD-001 p")
	want(twice, "MAD-001 q")
}

func TestAlert_Restart(t *testing.T) {
	d := openNotifier(t)
	d.createRule(inventory.TypeReservationExpired, 4, 60, 300, "")
	d.expire("MAD-001", 2)
	d.close()
	d.open()
	d.expire("MAD-001", 2)
	if got := d.alerts(""); got.Total != 1 || got.Data[0].Count != 4 {
		t.Fatalf("the window was forgotten: %+v", got)
	}
	d.close()
	d.open()
	d.expire("MAD-001", 4)
	if got := d.alerts(""); got.Total != 1 {
		t.Fatalf("the quiet period was forgotten: %+v", got)
	}
}

func TestAlert_RepeatedEvent(t *testing.T) {
	d := openNotifier(t)
	d.createRule(inventory.TypeReservationExpired, 2, 60, 1, "")
	first, second := d.expired("MAD-001", d.clock.Now()), d.expired("MAD-001", d.clock.Now())
	d.recordAll(first, first, first)
	if got := d.alerts(""); got.Total != 0 {
		t.Fatalf("%+v", got)
	}
	d.recordAll(second)
	d.clock.Advance(time.Hour)
	d.recordAll(second, first)
	if got := d.alerts(""); got.Total != 1 {
		t.Fatalf("%+v", got)
	}
}

func TestAlert_TimeOfEvents(t *testing.T) {
	d := openNotifier(t)
	d.createRule(inventory.TypeReservationExpired, 5, 60, 300, "")
	yesterday := d.clock.Now().Add(-24 * time.Hour)
	// Events of a whole night that arrive together are not a burst.
	for i := range 100 {
		d.recordAll(d.expired("MAD-001", yesterday.Add(time.Duration(i)*time.Minute)))
	}
	if got := d.alerts(""); got.Total != 0 {
		t.Fatalf("%+v", got)
	}
	// Bursts of last night raise one alert. Their events may come in any order.
	for night := range 10 {
		began := yesterday.Add(time.Duration(night) * time.Hour)
		for _, second := range []int{4, 2, 5, 1, 3} {
			d.recordAll(d.expired("BCN-001", began.Add(time.Duration(second)*time.Second)))
		}
	}
	got := d.alerts("")
	if got.Total != 1 || got.Data[0].Count != 5 || got.Data[0].StoreID != "BCN-001" ||
		got.Data[0].LastEventAt != events.FormatTime(yesterday.Add(5*time.Second)) || got.Data[0].RaisedAt != events.FormatTime(d.clock.Now()) {
		t.Fatalf("%+v", got)
	}
}

// The events are recorded concurrently, as the consumer does.
func TestAlert_ManyEventsAtOnce(t *testing.T) {
	d := openNotifier(t)
	d.createRule(inventory.TypeReservationExpired, 1000, 3600, 3600, "")
	d.createRule(inventory.TypeReservationExpired, 20, 60, 3600, "")
	list := make(chan events.Event)
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			for e := range list {
				if err := d.handle(context.Background(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 10_000 {
		list <- d.expired(fmt.Sprintf("S-%d", i%5), d.clock.Now().Add(time.Duration(i)*100*time.Millisecond))
	}
	close(list)
	wait.Wait()
	perRule := map[string]int{}
	got := d.alerts("?limit=100")
	for _, a := range got.Data {
		perRule[a.RuleID+a.StoreID]++
	}
	if got.Total != 10 || len(perRule) != 10 {
		t.Errorf("%d alerts: %v", got.Total, perRule)
	}
}

func TestAlert_Delivered(t *testing.T) {
	d, all, some, none := openNotifier(t), newEndpoint(t), newEndpoint(t), newEndpoint(t)
	r := d.createRule(inventory.TypeStockLow, 1, 60, 300, "")
	h := d.subscribe(all.URL, "")
	d.subscribe(some.URL, `"event_types":["alert.raised"],"store_ids":["MAD-001"]`)
	d.subscribe(none.URL, `"event_types":["stock.low"],"store_ids":["BCN-001"]`)
	low := d.publish("p", "MAD-001", 1)
	a := d.alerts("").Data[0]
	got := some.next()
	var document struct {
		ID            string `json:"id"`
		Type          string `json:"event_type"`
		AggregateType string `json:"aggregate_type"`
		AggregateID   string `json:"aggregate_id"`
		StoreID       string `json:"store_id"`
		CreatedAt     string `json:"created_at"`
		Payload       raised `json:"payload"`
	}
	if err := json.Unmarshal(got.body, &document); err != nil {
		t.Fatal(err)
	}
	if got.id != a.ID || document.ID != a.ID || document.Type != "alert.raised" || document.AggregateType != "alert_rule" ||
		document.AggregateID != r.ID || document.StoreID != "MAD-001" || document.CreatedAt != a.RaisedAt || document.Payload.ID != a.ID {
		t.Errorf("%s", got.body)
	}
	if len(a.Sample) != 1 || a.Sample[0].EventID != low.ID || a.Sample[0].ProductID != "p" {
		t.Errorf("%+v", a.Sample)
	}
	seen := []string{}
	for range 2 {
		r := all.next()
		if err := r.verify(t, h.Secret); err != nil {
			t.Error(err)
		}
		seen = append(seen, r.id)
	}
	if !slices.Contains(seen, low.ID) || !slices.Contains(seen, a.ID) {
		t.Errorf("the webhook without a filter was got %v", seen)
	}
	for header, want := range map[string]string{
		"":              "id: 1\nevent: stock.low",
		"Last-Event-ID": "id: 2\nevent: alert.raised\ndata: " + string(got.body) + "\n\n",
	} {
		if text := d.stream("?last_event_id=0", header); !strings.Contains(text, want) {
			t.Errorf("the stream says %s, want %s", text, want)
		}
	}
	if text := d.stream("?last_event_id=0&event_type=alert.raised", ""); strings.Contains(text, "stock.low\n") ||
		!strings.Contains(text, "event: alert.raised") {
		t.Errorf("the stream says %s", text)
	}
	if len(none.got) > 0 {
		t.Error("a webhook was told of what it did not ask for")
	}
	w := httptest.NewRecorder()
	d.service.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if !strings.Contains(w.Body.String(), `inventory_alerts_raised_total{event_type="stock.low",service="notifier"} 1`) {
		t.Error("the metric does not count it")
	}
}

// stream reads the live stream until the end of its first alert; with a header the
// stream begins after the first entry.
func (d *fixture) stream(query, header string) string {
	d.t.Helper()
	server := httptest.NewServer(d.service.Handler())
	defer server.Close()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/events/stream"+query, http.NoBody)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("X-API-Key", admin)
	if header != "" {
		r.Header.Set(header, "1")
	}
	response, err := server.Client().Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	var text strings.Builder
	lines := bufio.NewScanner(response.Body)
	for alert := false; !alert || lines.Text() != ""; {
		if !lines.Scan() {
			d.t.Fatalf("the stream ended after %s", text.String())
		}
		text.WriteString(lines.Text() + "\n")
		alert = alert || lines.Text() == "event: alert.raised"
	}
	return text.String()
}

func TestAlert_FromBroker(t *testing.T) {
	d := openNotifier(t)
	forged, err := events.Restore(events.Event{
		ID: process.NewID(), Type: "alert.raised", AggregateType: "alert_rule", AggregateID: "r", StoreID: "MAD-001", CreatedAt: d.clock.Now(),
	}, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	err = d.handle(t.Context(), forged)
	if err == nil || events.IsTemporary(err) || d.alerts("").Total != 0 {
		t.Errorf("%v", err)
	}
}

func TestAlert_Purged(t *testing.T) {
	d := openNotifier(t, func(c *notifier.Config) { c.FeedRetention = time.Hour })
	d.createRule(inventory.TypeStockLow, 1, 60, 300, "")
	d.publish("p", "MAD-001", 1)
	if n := d.alerts("").Total; n != 1 {
		t.Fatalf("%d alerts", n)
	}
	d.advanceUntil(time.Minute, func() bool { return d.alerts("").Total == 0 })
}
