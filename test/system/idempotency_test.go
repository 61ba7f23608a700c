package system_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/problem"
)

func TestIdempotency(t *testing.T) {
	t.Run("usual case", testIdempotencyUsualCase)
	t.Run("concurrent", testIdempotencyConcurrent)
	t.Run("refusals", testIdempotencyRefusals)
}

// testIdempotencyUsualCase sends every POST of the API twice under one key, and then
// another request under that key. The routes come from the running process, so
// a new POST without an example here fails.
func testIdempotencyUsualCase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir, "WEBHOOK_ALLOW_PRIVATE=true")
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer endpoint.Close()
	product := p.newStock(t, 100)
	p.addStock(t, product, barcelona, 100)
	p = bury(t, p, dir, "WEBHOOK_ALLOW_PRIVATE=true")
	row := "/api/v1/stock/" + product + "/" + madrid
	newID := func() string { return p.reserved(t, orderOf(product, 1), "").ID }
	// Each example is a path with a body, and another request to the route.
	type example struct {
		path, otherPath string
		body, other     any
		file            bool // the bodies are CSV
	}
	confirmed, cancelled := newID(), newID()
	const hooks = "/api/v1/webhooks"
	examples := map[string]example{
		"/api/v1/products": {
			body:  map[string]any{"sku": "once", "name": "Once"},
			other: map[string]any{"sku": "twice", "name": "Twice"},
		},
		"/api/v1/products/import": {
			file: true, body: []byte("sku,name\nonce-1,Once\n"), other: []byte("sku,name\nonce-2,Once\n"),
		},
		"/api/v1/stock/import": {
			file:  true,
			body:  []byte("product_id,store_id,quantity\n" + product + "," + madrid + ",90\n"),
			other: []byte("product_id,store_id,quantity\n" + product + "," + madrid + ",91\n"),
		},
		"/api/v1/stock": {
			body:  map[string]any{"product_id": product, "store_id": "STO-3", "initial_quantity": 5},
			other: map[string]any{"product_id": product, "store_id": "STO-4", "initial_quantity": 5},
		},
		"/api/v1/stock/transfer": {
			body:  map[string]any{"product_id": product, "from_store_id": madrid, "to_store_id": barcelona, "quantity": 5},
			other: map[string]any{"product_id": product, "from_store_id": madrid, "to_store_id": barcelona, "quantity": 6},
		},
		"/api/v1/transfers": {
			body: transferOf(product, 2), other: transferOf(product, 3),
		},
		"/api/v1/transfers/{id}/ship":   {path: p.transfer(t, product) + "/ship", otherPath: p.transfer(t, product) + "/ship"},
		"/api/v1/transfers/{id}/cancel": {path: p.transfer(t, product) + "/cancel", otherPath: p.transfer(t, product) + "/cancel"},
		"/api/v1/transfers/{id}/receive": {
			path: p.shipped(t, product) + "/receive", body: receiptOf(product, 1), other: receiptOf(product, 2),
		},
		countsPath:                   {body: countOf("first"), other: countOf("second")},
		countsPath + "/{id}/apply":   {path: p.count(t, madrid) + "/apply", otherPath: p.count(t, madrid) + "/apply"},
		countsPath + "/{id}/discard": {path: p.count(t, madrid) + "/discard", otherPath: p.count(t, madrid) + "/discard"},
		"/api/v1/stock/{product_id}/{store_id}/states": {
			path: row + "/states", body: map[string]any{"from": "available", "to": "damaged", "quantity": 1},
			other: map[string]any{"from": "available", "to": "damaged", "quantity": 2},
		},
		"/api/v1/stock/{product_id}/{store_id}/adjust": {
			path: row + "/adjust", body: map[string]any{"adjustment": 3}, other: map[string]any{"adjustment": 4},
		},
		"/api/v1/reservations": {body: orderOf(product, 2), other: orderOf(product, 3)},
		"/api/v1/reservations/{id}/confirm": {
			path: "/api/v1/reservations/" + confirmed + "/confirm", otherPath: "/api/v1/reservations/" + newID() + "/confirm",
		},
		"/api/v1/reservations/{id}/cancel": {
			path: "/api/v1/reservations/" + cancelled + "/cancel", body: map[string]any{"reason": "changed my mind"},
			other: map[string]any{"reason": "sold out"},
		},
		"/api/v1/reservations/{id}/return": {
			path: "/api/v1/reservations/" + p.sold(t, product) + "/return", body: returned(product, 1), other: returned(product, 2),
		},
		"/api/v1/reservations/{id}/extend": {
			path: "/api/v1/reservations/" + newID() + "/extend", body: map[string]any{"ttl_minutes": 60}, other: map[string]any{"ttl_minutes": 61},
		},
		"/api/v1/alerts/rules": {body: alertRule(1), other: alertRule(2)},
		"/api/v1/system/dead-letters/{id}/replay": {
			path: "/api/v1/system/dead-letters/1/replay", otherPath: "/api/v1/system/dead-letters/2/replay",
		},
	}
	for path, e := range map[string]example{
		hooks: {body: map[string]any{"url": "https://shop.example.com/a"}, other: map[string]any{"url": "https://shop.example.com/b"}},
		hooks + "/{id}/rotate-secret": {
			path: hooks + "/" + p.newWebhook(t) + "/rotate-secret", otherPath: hooks + "/" + p.newWebhook(t) + "/rotate-secret",
		},
		hooks + "/{id}/replay": {
			path:  hooks + "/" + p.liveWebhook(t, endpoint.URL) + "/replay",
			body:  map[string]any{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"},
			other: map[string]any{"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"},
		},
		hooks + "/{id}/test": {path: hooks + "/" + p.liveWebhook(t, endpoint.URL) + "/test", otherPath: hooks + "/" + p.liveWebhook(t, endpoint.URL) + "/test"},
		hooks + "/{id}/deliveries/{delivery_id}/redeliver": {
			path: hooks + p.delivered(t, endpoint.URL) + "/redeliver", otherPath: hooks + p.delivered(t, endpoint.URL) + "/redeliver",
		},
	} {
		examples[path] = e
	}
	for _, o := range operations(t, p.client) {
		if o.method != http.MethodPost {
			continue
		}
		e, known := examples[o.path]
		if !known {
			t.Errorf("POST %s has no example here", o.path)
			continue
		}
		delete(examples, o.path)
		if e.path == "" {
			e.path = o.path
		}
		if e.otherPath == "" {
			e.otherPath = e.path
		}
		headers := once(unique("idempotency"))
		if e.file {
			headers = append(headers, "Content-Type", "text/csv")
		}
		first := p.do(t, http.MethodPost, e.path, e.body, headers...)
		if first.status/100 != 2 || first.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("first: %s %v", first, first.header)
			continue
		}
		before := p.row(t, product, madrid)
		again := p.do(t, http.MethodPost, e.path, e.body, headers...)
		if again.status != first.status || !bytes.Equal(again.body, withoutSecret(first.body)) || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("first: %s\nagain: %s %v", first, again, again.header)
		}
		p.do(t, http.MethodPost, e.otherPath, e.other, headers...).wantsProblem(t, problem.IdempotencyKeyReused)
		if after := p.row(t, product, madrid); after != before {
			t.Errorf("POST %s: the repetition changed %+v to %+v", o.path, before, after)
		}
	}
	if len(examples) > 0 {
		t.Errorf("the API does not describe POST %s", strings.Join(slices.Sorted(maps.Keys(examples)), ", "))
	}
	p.balanced(t)
	p.audit(t)
}

// withoutSecret returns a response without the secret of a webhook, which only the
// first response shows.
func withoutSecret(body []byte) []byte {
	return regexp.MustCompile(`"secret":"whsec_[^"]*",`).ReplaceAll(body, nil)
}

// bury restarts the process with a dead letter in the broker, whose id is 1.
func bury(t *testing.T, p *program, dir string, env ...string) *program {
	t.Helper()
	p.balanced(t)
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	execute(t, filepath.Join(dir, "broker.db"), "ATTACH '"+filepath.Join(dir, "catalog.db")+`' AS catalog;
		INSERT INTO dead_letters (group_name, event_id, document, reason, attempts, failed_at)
		SELECT 'stock', id, CAST(document AS BLOB), 'not today', 5, '2026-01-01T00:00:00.000Z'
		FROM catalog.event_documents WHERE event_type = 'product.created' LIMIT 1`)
	return serve(t, dir, env...)
}

// testIdempotencyConcurrent sends one create from 50 clients at once.
func testIdempotencyConcurrent(t *testing.T) {
	t.Parallel()
	const clients = 50
	p := serve(t, t.TempDir())
	product := p.newStock(t, 100)
	responses := make([]apiResponse, clients)
	var done sync.WaitGroup
	for i := range clients {
		done.Go(func() {
			var err error
			if responses[i], err = p.reserve(orderOf(product, 3), "the-key"); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	bodies := map[string]int{}
	replayed := 0
	for _, a := range responses {
		a.wants(t, http.StatusCreated)
		bodies[string(a.body)]++
		if a.header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	if len(bodies) != 1 {
		t.Errorf("the clients got %d different responses: %v", len(bodies), bodies)
	}
	if replayed != clients-1 {
		t.Errorf("%d responses are marked as replayed, want %d", replayed, clients-1)
	}
	p.wantsRow(t, product, 100, 3)
	if list := p.reservations(t, product, madrid); len(list) != 1 {
		t.Errorf("%d reservations: %s", len(list), fmt.Sprint(list))
	}
	p.balanced(t)
}

// testIdempotencyRefusals: a refusal changes nothing, so the service does not save
// it for the key, and the key is free for another request.
func testIdempotencyRefusals(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	product := p.newStock(t, 2)
	row := "/api/v1/stock/" + product + "/" + madrid
	reserve := func(quantity int64, key string) apiResponse {
		t.Helper()
		a, err := p.reserve(orderOf(product, quantity), key)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for range 2 {
		reserve(3, "later").wantsProblem(t, problem.InsufficientStock)
		p.do(t, http.MethodPost, row+"/adjust", map[string]any{"adjustment": -3}, once("less")...).wantsProblem(t, problem.InsufficientStock)
	}
	p.do(t, http.MethodPost, row+"/adjust", map[string]any{"adjustment": 1}, once("less")...).wants(t, http.StatusOK)
	for i, want := range []string{"", "true"} {
		if a := reserve(3, "later").wants(t, http.StatusCreated); a.header.Get("Idempotency-Replayed") != want {
			t.Errorf("response %d: Idempotency-Replayed %q, want %q", i+1, a.header.Get("Idempotency-Replayed"), want)
		}
	}
	p.wantsRow(t, product, 3, 3)
	p.audit(t)
}
