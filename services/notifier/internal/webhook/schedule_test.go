package webhook

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// world is a queue of deliveries, and the requests in flight, as a schedule sees
// them. It checks every start.
type world struct {
	t        testing.TB
	schedule *schedule
	now      time.Time
	hooks    map[string]Webhook
	queue    map[string][]Delivery // pending, by webhook
	removed  int
	running  []start
	restOf   map[string]time.Time // no request before, by webhook
	pauseOf  map[string]time.Time
	lastID   int64
	starts   int
}

func newWorld(t testing.TB) *world {
	return &world{
		t: t, schedule: newSchedule(), now: time.Unix(1_000_000, 0),
		hooks: map[string]Webhook{}, queue: map[string][]Delivery{}, restOf: map[string]time.Time{}, pauseOf: map[string]time.Time{},
	}
}

// put creates or changes a webhook.
func (w *world) put(hook Webhook) {
	if old, found := w.hooks[hook.ID]; !found || old.URL != hook.URL || hook.Active && !old.Active {
		delete(w.restOf, hook.ID)
		delete(w.pauseOf, hook.ID)
	}
	w.hooks[hook.ID] = hook
	w.schedule.putWebhook(hook, w.now)
}

// remove deletes a webhook with its deliveries.
func (w *world) remove(id string) {
	delete(w.hooks, id)
	delete(w.queue, id)
	w.removed++
	w.schedule.removeWebhook(id)
}

// enqueue adds deliveries that are due now.
func (w *world) enqueue(id string, n int) {
	for range n {
		w.lastID++
		w.queue[id] = append(w.queue[id], Delivery{ID: w.lastID, WebhookID: id, DueAt: w.now})
	}
	w.schedule.noteQueued(id)
}

// read returns the first deliveries of a webhook, as Queue.Next does.
func (w *world) read(id string, limit int) []Delivery {
	list := w.queue[id]
	slices.SortFunc(list, func(a, b Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	return slices.Clone(list[:min(limit, len(list))])
}

// queued returns the number of pending deliveries.
func (w *world) queued() (n int) {
	for _, list := range w.queue {
		n += len(list)
	}
	return n
}

// step runs one round and returns when the next one begins by time.
func (w *world) step() time.Time {
	round := w.schedule.beginRound(w.now)
	for id, found := round.nextLane(); found; id, found = round.nextLane() {
		if limit := round.readLimit(); limit > 0 {
			round.addRead(w.read(id, limit))
		}
		for {
			begun, found := round.startNext()
			if !found {
				break
			}
			w.check(begun)
			w.running = append(w.running, begun)
			w.starts++
		}
	}
	if next := round.nextAt(); !next.IsZero() && !next.After(w.now) {
		w.t.Fatalf("the next round begins at %s, which is not after %s", next, w.now)
	}
	return round.nextAt()
}

// check fails the test when a request must not start.
func (w *world) check(begun start) {
	w.t.Helper()
	id := begun.hook.ID
	hook, found := w.hooks[id]
	of := func(s start) bool { return s.hook.ID == id }
	switch {
	case !found || !hook.Active:
		w.t.Fatalf("a request for webhook %s, which is not active", id)
	case begun.hook.URL != hook.URL:
		w.t.Fatalf("a request to %s, want %s", begun.hook.URL, hook.URL)
	case begun.delivery.WebhookID != id:
		w.t.Fatalf("delivery %d of webhook %s is sent to %s", begun.delivery.ID, begun.delivery.WebhookID, id)
	case begun.delivery.DueAt.After(w.now):
		w.t.Fatalf("delivery %d is due at %s and started at %s", begun.delivery.ID, begun.delivery.DueAt, w.now)
	case slices.ContainsFunc(w.running, func(s start) bool { return s.delivery.ID == begun.delivery.ID }):
		w.t.Fatalf("delivery %d is in flight already", begun.delivery.ID)
	case w.now.Before(w.restOf[id]):
		w.t.Fatalf("a request for webhook %s at %s, which rests until %s", id, w.now, w.restOf[id])
	case w.now.Before(w.pauseOf[id]):
		w.t.Fatalf("a request for webhook %s at %s, which pauses until %s", id, w.now, w.pauseOf[id])
	case len(w.running) >= maxInFlight:
		w.t.Fatalf("more than %d requests in flight", maxInFlight)
	}
	doubtful, same := 0, 0
	for _, s := range w.running {
		if s.doubtful {
			doubtful++
		}
		if of(s) {
			same++
		}
	}
	if begun.doubtful && doubtful >= maxDoubtful {
		w.t.Fatalf("more than %d requests of doubtful webhooks in flight", maxDoubtful)
	}
	if same >= maxPerWebhook {
		w.t.Fatalf("more than %d requests of one webhook in flight", maxPerWebhook)
	}
}

// endRequest ends the request at a place of running.
func (w *world) endRequest(at int, r Result, took time.Duration) {
	begun := w.running[at]
	w.running = slices.Delete(w.running, at, at+1)
	id := begun.hook.ID
	a := decide(begun.delivery, r, w.now.Add(-took), took, func(atMost time.Duration) time.Duration { return atMost / 2 })
	queue := w.queue[id]
	place := slices.IndexFunc(queue, func(d Delivery) bool { return d.ID == begun.delivery.ID })
	switch {
	case place < 0: // deleted with its webhook
	case a.State == Pending:
		queue[place].Attempts, queue[place].DueAt = a.Attempts, a.NextAt
	default:
		w.queue[id] = slices.Delete(queue, place, place+1)
	}
	w.schedule.finish(outcome{start: begun, ok: r.ok(), took: took, nextAt: a.NextAt, pause: r.askedPause()}, w.now)
	if w.hooks[id].URL != begun.hook.URL {
		return
	}
	if pause := r.askedPause(); pause > 0 {
		w.pauseOf[id] = w.now.Add(pause)
	}
	if r.ok() {
		delete(w.restOf, id)
	} else {
		w.restOf[id] = w.now.Add(firstRest)
	}
}

func makeHook(id string) Webhook {
	return Webhook{ID: id, Details: Details{URL: "https://" + id + ".example", Active: true}}
}

var accepted = Result{Status: 204}

func TestSchedule_OneRequestOfNewWebhook(t *testing.T) {
	w := newWorld(t)
	w.put(makeHook("a"))
	w.enqueue("a", 100)
	w.step()
	if len(w.running) != 1 {
		t.Fatalf("%d requests, want 1", len(w.running))
	}
	w.endRequest(0, accepted, 0)
	w.step()
	if len(w.running) != maxPerWebhook {
		t.Errorf("%d requests after the first success, want %d", len(w.running), maxPerWebhook)
	}
}

func TestSchedule_LongestDueFirst(t *testing.T) {
	w := newWorld(t)
	w.put(makeHook("a"))
	w.enqueue("a", 3*pageDue)
	var sent []int64
	for w.step(); len(w.running) > 0; w.step() {
		sent = append(sent, w.running[0].delivery.ID)
		w.endRequest(0, accepted, 0)
	}
	if len(sent) != 3*pageDue || !slices.IsSorted(sent) {
		t.Errorf("sent %v", sent)
	}
}

func TestSchedule_RoomBesideDoubtful(t *testing.T) {
	w := newWorld(t)
	for i := range maxInFlight {
		id := fmt.Sprintf("new%04d", i)
		w.put(makeHook(id))
		w.enqueue(id, 100)
	}
	w.step()
	if len(w.running) != maxDoubtful {
		t.Fatalf("%d requests of new webhooks, want %d", len(w.running), maxDoubtful)
	}
	w.put(makeHook("good"))
	w.enqueue("good", 1)
	w.endRequest(0, accepted, 0)
	for w.step(); !slices.ContainsFunc(w.running, func(s start) bool { return s.hook.ID == "good" }); w.step() {
		w.endRequest(0, accepted, 0)
		if w.starts > 3*maxInFlight {
			t.Fatal("the last webhook gets no request")
		}
	}
}

func TestSchedule_FairWhenFull(t *testing.T) {
	w := newWorld(t)
	const hooks = 2 * maxInFlight / maxPerWebhook
	served := map[string]int{}
	for i := range hooks {
		id := fmt.Sprintf("h%03d", i)
		w.put(makeHook(id))
		w.enqueue(id, 100)
	}
	for range 20 { // a webhook is trusted after its first success
		w.step()
		for len(w.running) > 0 {
			served[w.running[0].hook.ID]++
			w.endRequest(0, accepted, 0)
		}
	}
	if len(served) != hooks {
		t.Fatalf("%d of %d webhooks got a request", len(served), hooks)
	}
	most, least := 0, w.starts
	for _, n := range served {
		most, least = max(most, n), min(least, n)
	}
	if least < most/2 {
		t.Errorf("one webhook got %d requests, another one %d", most, least)
	}
}

func TestSchedule_PauseOfOneWebhook(t *testing.T) {
	w := newWorld(t)
	w.put(makeHook("bad"))
	w.enqueue("bad", 10)
	w.step()
	w.endRequest(0, Result{Status: 503, RetryAfter: time.Minute}, 0)
	w.put(makeHook("good"))
	w.enqueue("good", 1)
	next := w.step()
	if len(w.running) != 1 || w.running[0].hook.ID != "good" {
		t.Errorf("in flight: %v", w.running)
	}
	if want := w.now.Add(time.Minute); !next.Equal(want) {
		t.Errorf("the next round begins at %s, want %s", next, want)
	}
}

func TestSchedule_RemovedWebhook(t *testing.T) {
	w := newWorld(t)
	w.put(makeHook("a"))
	w.enqueue("a", 5)
	w.step()
	w.remove("a")
	w.endRequest(0, accepted, 0)
	if next := w.step(); !next.IsZero() || len(w.running) > 0 || !w.schedule.isEmpty() {
		t.Errorf("next round at %s, in flight %v", next, w.running)
	}
}

// FuzzSchedule plays random news to a schedule. The world checks every start; after
// the news, everything that is queued must be delivered, by time alone.
func FuzzSchedule(f *testing.F) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		news := make([]byte, 200+random.IntN(1000))
		for i := range news {
			news[i] = byte(random.Uint32())
		}
		f.Add(news)
	}
	f.Fuzz(func(t *testing.T, news []byte) {
		w := newWorld(t)
		for ; len(news) >= 2; news = news[2:] {
			w.play(news[0], int(news[1]))
		}
		w.deliverAll()
	})
}

// play applies one piece of news.
func (w *world) play(kind byte, value int) {
	id := fmt.Sprintf("hook%d-%d", value%5, w.removed) // no id is used again
	switch kind % 8 {
	case 0:
		w.put(makeHook(id))
	case 1:
		if hook, found := w.hooks[id]; found {
			hook.Active = value%2 == 0
			if value%3 == 0 {
				hook.URL += "/moved"
			}
			w.put(hook)
		}
	case 2:
		if value%4 == 0 {
			w.remove(id)
		}
	case 3:
		if _, found := w.hooks[id]; found {
			w.enqueue(id, value)
		}
	case 4:
		w.now = w.now.Add(time.Duration(value) * 100 * time.Millisecond)
	default:
		results := []Result{accepted, accepted, accepted, {Status: 500}, {Failure: "timeout"}, {Status: 503, RetryAfter: time.Duration(value) * time.Second}}
		for range 1 + value%7 {
			if len(w.running) > 0 {
				w.endRequest(value%len(w.running), results[value%len(results)], time.Duration(value)*10*time.Millisecond)
			}
		}
	}
	w.step()
}

// deliverAll makes every webhook active and every endpoint accept, and advances the
// time until nothing is queued.
func (w *world) deliverAll() {
	for _, hook := range w.hooks {
		if !hook.Active {
			hook.Active = true
			w.put(hook)
		}
	}
	for range 100_000 {
		next := w.step()
		switch {
		case len(w.running) > 0:
			w.endRequest(len(w.running)-1, accepted, 0)
		case w.queued() == 0:
			if w.schedule.inFlight != 0 || w.schedule.doubtful != 0 {
				w.t.Fatalf("%d requests in flight, %d doubtful; want none", w.schedule.inFlight, w.schedule.doubtful)
			}
			return
		case next.IsZero():
			w.t.Fatalf("%d deliveries are queued and no round is planned", w.queued())
		default:
			w.now = next
		}
	}
	w.t.Fatalf("%d deliveries are still queued", w.queued())
}
