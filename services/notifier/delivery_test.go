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

func (d *desk) deliveries(id, query string) deliveryPage {
	d.t.Helper()
	return httpapitest.Decode[deliveryPage](d.t, d.call("GET", "/api/v1/webhooks/"+id+"/deliveries"+query, ""), 200)
}

func TestDelivery_log_and_redelivery(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	e.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte("try later"))
	})
	h := d.subscribe(e.URL, "")
	event := d.tell("p", "MAD-001", 1)
	e.next()
	d.until(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	got := d.deliveries(h.ID, "?state=pending").Data[0]
	if got.EventID != event.ID || got.EventType != "stock.low" || got.Last.Status != 500 || got.Last.Response != "try later" {
		t.Errorf("%+v %+v", got, got.Last)
	}
	path := "/api/v1/webhooks/" + h.ID + "/deliveries/"
	if w := d.call("POST", path+got.ID+"/redeliver", ""); w.Code != 409 || !strings.Contains(w.Body.String(), string(problem.InvalidState)) {
		t.Errorf("a pending one: %d %s", w.Code, w.Body)
	}
	// It dies after its last attempt, and the one behind it gets its turn.
	d.tell("p", "MAD-001", 2)
	d.untilRetried(h.ID, 10*time.Minute, func() bool { return d.deliveries(h.ID, "?state=dead").Total == 1 })
	if dead := d.deliveries(h.ID, "?state=dead").Data[0]; dead.ID != got.ID || dead.Attempts != 14 {
		t.Errorf("%+v", dead)
	}
	e.status(http.StatusOK)
	d.until(time.Minute, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 1 })
	for len(e.got) > 0 {
		e.next()
	}
	again := httpapitest.Decode[delivery](t, d.call("POST", path+got.ID+"/redeliver", "", "Idempotency-Key", "1"), 202)
	if again.ID == got.ID || again.EventID != event.ID || again.State != "pending" {
		t.Errorf("%+v", again)
	}
	if r := e.next(); r.id != event.ID || !bytes.Equal(r.body, event.Document()) {
		t.Errorf("told of %s", r.body)
	}
	for _, unknown := range []string{"0", "999", "x", "-1"} {
		if w := d.call("POST", path+unknown+"/redeliver", ""); w.Code != 404 {
			t.Errorf("%s: %d %s", unknown, w.Code, w.Body)
		}
	}
	if page := d.deliveries(h.ID, "?limit=1"); page.Total != 3 || len(page.Data) != 1 || page.Data[0].ID != again.ID {
		t.Errorf("%+v", page)
	}
}

func TestDelivery_test_event(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	h := d.subscribe(e.URL, `"event_types":["product.created"]`)
	queued := httpapitest.Decode[delivery](t, d.call("POST", "/api/v1/webhooks/"+h.ID+"/test", ""), 202)
	got := e.next()
	if got.id != queued.EventID || !strings.Contains(string(got.body), `"event_type":"webhook.test"`) {
		t.Errorf("told of %s", got.body)
	}
	if err := got.verify(t, h.Secret); err != nil {
		t.Error(err)
	}
	// Neither takes fields, so one that is sent is not dropped in silence.
	for _, path := range []string{"/test", "/deliveries/" + queued.ID + "/redeliver"} {
		httpapitest.WantInvalid(t, d.call("POST", "/api/v1/webhooks/"+h.ID+path, `{"event_type":"stock.low"}`), "event_type")
	}
	httpapitest.Decode[hook](t, d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","active":false}`), 200)
	if w := d.call("POST", "/api/v1/webhooks/"+h.ID+"/test", ""); w.Code != 409 {
		t.Errorf("inactive: %d %s", w.Code, w.Body)
	}
}

// What is delivered once more waits for what is pending with its ordering key.
func TestDelivery_redelivered_keeps_the_order(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	first := d.tell("p", "MAD-001", 1)
	d.until(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 1 })
	old := d.deliveries(h.ID, "").Data[0].ID
	e.next()
	e.status(http.StatusBadGateway)
	second := d.tell("p", "MAD-001", 2)
	d.until(0, func() bool { return d.deliveries(h.ID, "?state=pending").Data[0].Attempts == 1 })
	w := d.call("POST", "/api/v1/webhooks/"+h.ID+"/deliveries/"+old+"/redeliver", "")
	if w.Code != 202 || strings.Contains(w.Body.String(), "next_attempt_at") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	e.status(http.StatusOK)
	d.until(time.Minute, func() bool { return d.deliveries(h.ID, "?state=pending").Total == 0 })
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
