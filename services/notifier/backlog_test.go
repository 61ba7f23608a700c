package notifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/notifierdb"
)

// The backlog of TestBacklog: 100,000 deliveries.
const (
	deadHooks, deadEvents       = 100, 900 // each event has its own ordering key, so all are due
	healthyHooks, healthyEvents = 20, 500
	backlogKeys                 = 5 // of the healthy webhooks
	// maxBacklogHeap bounds the growth of the heap. The requests in flight, with their
	// servers in this process, need a part of it. The ids of the deliveries alone
	// would be 40 MB.
	maxBacklogHeap = 24 << 20
)

// queueBacklog writes the events and, for each webhook, its pending deliveries.
func queueBacklog(t *testing.T, d *fixture, healthy []string) {
	t.Helper()
	db, err := notifierdb.Open(t.Context(), database.Config{SQLitePath: d.config.SQLitePath, Synchronous: "OFF"},
		database.Deps{Clock: d.clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	at := events.FormatTime(d.clock.Now())
	inserts := []struct {
		query string
		args  []any
	}{
		{`INSERT INTO feed (event_id, event_type, aggregate_id, store_id, recorded_at, document)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT printf('%0400d', i), 'stock.low', 'p', 'MAD-001', ?, json_object('n', i) FROM n`, []any{deadEvents, at}},
		{`INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, next_attempt_at)
			SELECT w.id, f.seq, f.event_id, f.event_type, f.seq, 'pending', ?1, ?1 FROM webhooks w, feed f WHERE w.description = 'dead'`, []any{at}},
	}
	for _, id := range healthy {
		inserts = append(inserts, struct {
			query string
			args  []any
		}{
			`INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, next_attempt_at)
			SELECT ?1, f.seq, f.event_id, f.event_type, f.seq % ?2, 'pending', ?3, CASE WHEN f.seq <= ?2 THEN ?3 END FROM feed f WHERE f.seq <= ?4`,
			[]any{id, backlogKeys, at, healthyEvents},
		})
	}
	err = db.DB.Write(t.Context(), func(tx *sqlite.Tx) error {
		for _, insert := range inserts {
			if _, _, err := tx.Exec(insert.query, insert.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// heap returns the bytes that are in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestBacklog starts the service with 100,000 pending deliveries, most of them to
// endpoints that fail: few of them are in memory, the page and the API respond, and
// the healthy endpoints get their deliveries in order.
func TestBacklog(t *testing.T) {
	d := openNotifier(t)
	dead := newEndpoint(t)
	dead.respondStatus(http.StatusInternalServerError)
	opened := make(chan struct{})
	open := sync.OnceFunc(func() { close(opened) })
	var mutex sync.Mutex
	lastOf := map[string]int{} // by webhook and ordering key
	taken := make(chan struct{}, healthyHooks*healthyEvents+100)
	healthy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-opened
		var event struct{ N int }
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &event)
		}
		mutex.Lock()
		defer mutex.Unlock()
		key := fmt.Sprint(r.URL.Path, event.N%backlogKeys)
		before, found := lastOf[key]
		if err != nil || found && event.N != before+backlogKeys || !found && event.N > backlogKeys {
			t.Errorf("%s got %s after %d: %v", r.URL.Path, text, before, err)
		}
		lastOf[key] = event.N
		taken <- struct{}{}
	}))
	defer healthy.Close()
	defer open()
	for i := range deadHooks {
		d.subscribe(fmt.Sprintf("%s/%d", dead.URL, i), `"description":"dead"`)
	}
	ids := make([]string, healthyHooks)
	for i := range ids {
		ids[i] = d.subscribe(fmt.Sprintf("%s/%d", healthy.URL, i), "").ID
	}
	d.close()
	queueBacklog(t, d, ids)
	before := heap()
	bounded := func(when string) {
		if now := heap(); now > before+maxBacklogHeap {
			t.Fatalf("%s: the heap grew by %d MB", when, (now-before)>>20)
		}
	}
	d.open()
	d.expectCount(`inventory_webhook_pending_deliveries{service="notifier"}`, 100_000)
	for range deadHooks {
		dead.next() // so that each lane has read its queue
	}
	bounded("at the start")
	page := httptest.NewRecorder()
	d.service.Handler().ServeHTTP(page, httptest.NewRequestWithContext(context.Background(), "GET", "/", http.NoBody))
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "<html") {
		t.Errorf("the page: %d %.100s", page.Code, page.Body)
	}
	if got := d.deliveries(ids[0], "?state=pending&limit=1"); got.Total != healthyEvents {
		t.Errorf("%d deliveries are pending for one webhook", got.Total)
	}
	httpapitest.Decode[struct{}](t, d.send("GET", "/api/v1/webhooks?limit=100", ""), 200)
	httpapitest.Decode[struct{}](t, d.send("GET", "/api/v1/system", ""), 200)
	open()
	const total = healthyHooks * healthyEvents
	for done := 0; done < total; {
		d.advanceUntil(0, func() bool { return len(taken) > 0 })
		for len(taken) > 0 {
			<-taken
			if done++; done%2500 == 0 {
				bounded(fmt.Sprint("after ", done))
			}
		}
		for len(dead.got) > 0 {
			<-dead.got
		}
	}
	d.advanceUntil(0, func() bool { return d.deliveries(ids[0], "?state=delivered&limit=1").Total == healthyEvents })
	for key, last := range lastOf {
		if last <= healthyEvents-backlogKeys {
			t.Errorf("%s ended with %d", key, last)
		}
	}
}
