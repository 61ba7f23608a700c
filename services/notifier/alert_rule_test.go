package notifier_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestAlertRule_Defaults(t *testing.T) {
	d := openNotifier(t) // has deleted them
	d.close()
	d.open()
	if got := httpapitest.Decode[page[rule]](t, d.send("GET", rulesPath, ""), 200); got.Total != 0 || len(got.Data) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAlertRule_Life(t *testing.T) {
	d := openNotifier(t)
	body := details("stock.low", 2, 60, 300, `,"store_ids":["MAD-001","BCN-001","MAD-001"],"active":false`)
	w := d.send("POST", rulesPath, body, "Idempotency-Key", "1")
	made := httpapitest.Decode[rule](t, w, 201)
	if w.Header().Get("ETag") != `"1"` || w.Header().Get("Location") != rulesPath+"/"+made.ID || made.Active || len(made.StoreIDs) != 2 {
		t.Errorf("%v %+v", w.Header(), made)
	}
	again := d.send("POST", rulesPath, body, "Idempotency-Key", "1")
	if httpapitest.Decode[rule](t, again, 201).ID != made.ID || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("%s", again.Body)
	}
	one := rulesPath + "/" + made.ID
	d.publish("p", "MAD-001", 1)
	d.publish("p", "MAD-001", 2) // it is not active
	if w := d.send("PUT", one, details("stock.low", 3, 60, 300, ""), "If-Match", `"2"`); w.Code != 412 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = d.send("PUT", one, details("stock.low", 3, 60, 300, ""), "If-Match", `"1"`)
	if got := httpapitest.Decode[rule](t, w, 200); got.Version != 2 || got.Threshold != 3 || !got.Active || len(got.StoreIDs) != 0 || w.Header().Get("ETag") != `"2"` {
		t.Errorf("%+v", got)
	}
	d.publish("p", "MAD-001", 3)
	if got := d.alerts(""); got.Total != 1 || got.Data[0].Count != 3 {
		t.Errorf("%+v", got)
	}
	if w := d.send("DELETE", one, "", "If-Match", `"1"`); w.Code != 412 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := d.send("DELETE", one, "", "If-Match", `"2"`); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if w := d.send(method, one, ""); w.Code != 404 {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
	if d.alerts("").Total != 1 {
		t.Error("its alert went with it")
	}
}

func TestAlertRule_NewQuietPeriod(t *testing.T) {
	d := openNotifier(t)
	r := d.createRule(inventory.TypeStockLow, 1, 60, 3600, "")
	d.publish("p", "MAD-001", 1)
	d.clock.Advance(time.Minute)
	d.publish("p", "MAD-001", 2)
	httpapitest.Decode[rule](t, d.send("PUT", rulesPath+"/"+r.ID, details("stock.low", 1, 60, 60, "")), 200)
	d.publish("p", "MAD-001", 3)
	if got := d.alerts(""); got.Total != 2 {
		t.Errorf("%+v", got)
	}
}

func TestAlertRule_BadInput(t *testing.T) {
	d := openNotifier(t)
	long := make([]string, 101)
	for i := range long {
		long[i] = fmt.Sprintf(`"S-%d"`, i)
	}
	for field, body := range map[string]string{
		"name":           `{"name":"","event_type":"stock.low","threshold":1,"window_seconds":1,"quiet_seconds":1}`,
		"event_type":     details("stock.updated", 1, 1, 1, ""),
		"store_ids":      details("stock.low", 1, 1, 1, `,"store_ids":["a b"]`),
		"threshold":      details("stock.low", 0, 1, 1, ""),
		"window_seconds": details("stock.low", 1, 3601, 1, ""),
		"quiet_seconds":  details("stock.low", 1, 1, 0, ""),
		"unknown":        details("stock.low", 1, 1, 1, `,"unknown":1`),
		"store_ids ":     details("stock.low", 1, 1, 1, `,"store_ids":[`+strings.Join(long, ",")+`]`),
		"threshold ":     details("stock.low", 1001, 1, 1, ""),
	} {
		w := d.send("POST", rulesPath, body)
		if w.Code != 400 || !strings.Contains(w.Body.String(), `"field":"`+strings.TrimSpace(field)+`"`) {
			t.Errorf("%s: %d %s", field, w.Code, w.Body)
		}
	}
	for range 50 {
		d.createRule(inventory.TypeStockLow, 1, 60, 300, "")
	}
	if w := d.send("POST", rulesPath, details("stock.low", 1, 1, 1, "")); w.Code != 409 || !strings.Contains(w.Body.String(), string(problem.Conflict)) {
		t.Errorf("one too many: %d %s", w.Code, w.Body)
	}
}

func TestAlert_KeysOfStores(t *testing.T) {
	d := openNotifier(t)
	all := d.createRule(inventory.TypeStockLow, 1, 60, 300, "")
	both := d.createRule(inventory.TypeStockLow, 9, 60, 300, `,"store_ids":["MAD-001","BCN-001"]`)
	other := d.createRule(inventory.TypeStockLow, 9, 60, 300, `,"store_ids":["BCN-001"]`)
	d.publish("p", "MAD-001", 1)
	d.publish("p", "BCN-001", 1)
	const madrid = "k-madrid"
	if got := httpapitest.Decode[page[raised]](t, d.sendAs(madrid, "GET", "/api/v1/alerts", ""), 200); got.Total != 1 || got.Data[0].StoreID != "MAD-001" {
		t.Errorf("%+v", got)
	}
	if w := d.sendAs(madrid, "GET", "/api/v1/alerts?store_id=BCN-001", ""); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w := d.sendAs(madrid, "GET", rulesPath, "")
	if got := httpapitest.Decode[page[rule]](t, w, 200); got.Total != 2 || got.Data[0].ID != all.ID || got.Data[1].ID != both.ID || strings.Contains(w.Body.String(), "BCN") {
		t.Errorf("%+v", got)
	}
	if got := httpapitest.Decode[rule](t, d.sendAs(madrid, "GET", rulesPath+"/"+both.ID, ""), 200); len(got.StoreIDs) != 1 {
		t.Errorf("%+v", got)
	}
	if w := d.sendAs(madrid, "GET", rulesPath+"/"+other.ID, ""); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := httpapitest.Decode[page[raised]](t, d.sendAs("k-read", "GET", "/api/v1/alerts?store_id=BCN-001", ""), 200); got.Total != 1 {
		t.Errorf("%+v", got)
	}
	for _, key := range []string{madrid, "k-read"} {
		for _, method := range []string{"PUT", "DELETE"} {
			if w := d.sendAs(key, method, rulesPath+"/"+all.ID, ""); w.Code != 403 {
				t.Errorf("%s as %s: %d", method, key, w.Code)
			}
		}
		if w := d.sendAs(key, "POST", rulesPath, ""); w.Code != 403 {
			t.Errorf("POST as %s: %d", key, w.Code)
		}
	}
}
