package notifier_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

type delivery struct {
	ID        string `json:"id"`
	EventID   string `json:"event_id"`
	EventType string `json:"event_type"`
	State     string `json:"state"`
	Attempts  int    `json:"attempts"`
	NextAt    string `json:"next_attempt_at"`
	Last      *struct {
		Status   int    `json:"status"`
		Failure  string `json:"failure"`
		Response string `json:"response"`
	} `json:"last_attempt"`
}

type deliveryPage struct {
	Data  []delivery `json:"data"`
	Total int        `json:"total"`
}

func (d *fixture) deliveries(id, query string) deliveryPage {
	d.t.Helper()
	return httpapitest.Decode[deliveryPage](d.t, d.send("GET", "/api/v1/webhooks/"+id+"/deliveries"+query, ""), 200)
}

func TestDelivery_Log(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte("try later"))
	})
	h := d.subscribe(e.URL, "")
	event := d.publish("p", "MAD-001", 1)
	e.next()
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	got := d.deliveries(h.ID, "?state=pending").Data[0]
	if got.EventID != event.ID || got.EventType != "stock.low" || got.Last.Status != 500 || got.Last.Response != "try later" {
		t.Errorf("%+v %+v", got, got.Last)
	}
	path := "/api/v1/webhooks/" + h.ID + "/deliveries/"
	if w := d.send("POST", path+got.ID+"/redeliver", ""); w.Code != 409 || !strings.Contains(w.Body.String(), string(problem.InvalidState)) {
		t.Errorf("a pending one: %d %s", w.Code, w.Body)
	}
	// The delivery is dead after its last attempt, and the next one becomes due.
	d.publish("p", "MAD-001", 2)
	d.advanceUntilRetried(h.ID, 10*time.Minute, func() bool { return d.deliveries(h.ID, "?state=dead").Total == 1 })
	if dead := d.deliveries(h.ID, "?state=dead").Data[0]; dead.ID != got.ID || dead.Attempts != 14 {
		t.Errorf("%+v", dead)
	}
	e.respondStatus(http.StatusOK)
	d.advanceUntil(time.Minute, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 1 })
	for len(e.got) > 0 {
		e.next()
	}
	again := httpapitest.Decode[delivery](t, d.send("POST", path+got.ID+"/redeliver", "", "Idempotency-Key", "1"), 202)
	if again.ID == got.ID || again.EventID != event.ID || again.State != "pending" {
		t.Errorf("%+v", again)
	}
	if r := e.next(); r.id != event.ID || !bytes.Equal(r.body, event.Document()) {
		t.Errorf("got %s", r.body)
	}
	for _, unknown := range []string{"0", "999", "x", "-1"} {
		if w := d.send("POST", path+unknown+"/redeliver", ""); w.Code != 404 {
			t.Errorf("%s: %d %s", unknown, w.Code, w.Body)
		}
	}
	if page := d.deliveries(h.ID, "?limit=1"); page.Total != 3 || len(page.Data) != 1 || page.Data[0].ID != again.ID {
		t.Errorf("%+v", page)
	}
}

func TestDelivery_TestEvent(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, `"event_types":["product.created"]`)
	queued := httpapitest.Decode[delivery](t, d.send("POST", "/api/v1/webhooks/"+h.ID+"/test", ""), 202)
	got := e.next()
	if got.id != queued.EventID || !strings.Contains(string(got.body), `"event_type":"webhook.test"`) {
		t.Errorf("got %s", got.body)
	}
	if err := got.verify(t, h.Secret); err != nil {
		t.Error(err)
	}
	// Neither request has fields, and an unknown field is refused.
	for _, path := range []string{"/test", "/deliveries/" + queued.ID + "/redeliver"} {
		httpapitest.WantInvalid(t, d.send("POST", "/api/v1/webhooks/"+h.ID+path, `{"event_type":"stock.low"}`), "event_type")
	}
	httpapitest.Decode[hook](t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","active":false}`), 200)
	if w := d.send("POST", "/api/v1/webhooks/"+h.ID+"/test", ""); w.Code != 409 {
		t.Errorf("inactive: %d %s", w.Code, w.Body)
	}
}

// A repeated delivery is sent after the pending deliveries with its ordering key.
func TestDelivery_RedeliveryInOrder(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	first := d.publish("p", "MAD-001", 1)
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 1 })
	old := d.deliveries(h.ID, "").Data[0].ID
	e.next()
	e.respondStatus(http.StatusBadGateway)
	second := d.publish("p", "MAD-001", 2)
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=pending").Data[0].Attempts == 1 })
	w := d.send("POST", "/api/v1/webhooks/"+h.ID+"/deliveries/"+old+"/redeliver", "")
	if w.Code != 202 || strings.Contains(w.Body.String(), "next_attempt_at") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	e.respondStatus(http.StatusOK)
	d.advanceUntil(time.Minute, func() bool { return d.deliveries(h.ID, "?state=pending").Total == 0 })
	var last string
	for len(e.got) > 0 {
		if last = e.next().id; last == first.ID && len(e.got) > 0 {
			t.Errorf("%s came before %s was taken", first.ID, second.ID)
		}
	}
	if last != first.ID {
		t.Errorf("the last is %s, want %s", last, first.ID)
	}
}
