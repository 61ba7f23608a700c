package stock_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

type transferPage struct {
	Data       []transferOrder `json:"data"`
	NextCursor string          `json:"next_cursor"`
}

// references returns the references of the transfers of all pages of a list.
func (s *shop) references(key, query string) string {
	s.t.Helper()
	var list []string
	for cursor := ""; ; {
		page := httpapitest.Decode[transferPage](s.t, s.as(key, "GET", transfersPath+"?limit=2&"+query+cursor, ""), 200)
		for _, t := range page.Data {
			list = append(list, t.Reference)
		}
		if page.NextCursor == "" {
			return strings.Join(list, " ")
		}
		cursor = "&cursor=" + page.NextCursor
	}
}

func TestTransferList(t *testing.T) {
	t.Run("filters", testTransferListFilters)
	t.Run("shows each transfer once", testTransferListShowsEachOnce)
	t.Run("keys of stores", testTransferListKeysOfStores)
}

// listed creates six transfers, of which the third is shipped.
func (s *shop) listed() (all []transferOrder) {
	s.t.Helper()
	for _, store := range []string{"MAD-001", "BCN-001", "VLC-001"} {
		s.stocked("p-1", store, 40)
	}
	for _, from := range []string{
		`"reference": "1", "from_store_id": "MAD-001", "to_store_id": "BCN-001"`,
		`"reference": "2", "from_store_id": "BCN-001", "to_store_id": "MAD-001"`,
		`"reference": "3", "from_store_id": "MAD-001", "to_store_id": "VLC-001"`,
		`"reference": "4", "supplier": "s", "to_store_id": "MAD-001"`,
		`"reference": "5", "supplier": "s", "to_store_id": "VLC-001"`,
		`"reference": "6", "from_store_id": "VLC-001", "to_store_id": "BCN-001"`,
	} {
		all = append(all, s.requested(from+`, "lines": [{"product_id": "p-1", "quantity": 1}, {"sku": "SKU p-1", "quantity": 1}]`))
	}
	s.acted(all[2], "ship", "")
	return all
}

func testTransferListFilters(t *testing.T) {
	s := openShop(t)
	s.listed()
	for query, want := range map[string]string{
		"":                                  "6 5 4 3 2 1",
		"status=shipped":                    "3",
		"status=requested":                  "6 5 4 2 1",
		"status=cancelled":                  "",
		"store_id=MAD-001":                  "4 3 2 1",
		"store_id=MAD-001&status=requested": "4 2 1",
		"store_id=VLC-001&status=shipped":   "3",
		"store_id=STO-9":                    "",
	} {
		if got := s.references(admin, query); got != want {
			t.Errorf("%q lists %q, want %q", query, got, want)
		}
	}
}

func testTransferListShowsEachOnce(t *testing.T) {
	s := openShop(t)
	all := s.listed()
	first := httpapitest.Decode[transferPage](t, s.do("GET", transfersPath+"?limit=3", ""), 200)
	s.requested(`"reference": "7", "supplier": "s", "to_store_id": "VLC-001", "lines": [{"product_id": "p-1", "quantity": 1}]`)
	s.acted(all[0], "cancel", "")
	second := httpapitest.Decode[transferPage](t, s.do("GET", transfersPath+"?limit=3&cursor="+first.NextCursor, ""), 200)
	if got := second.Data[2]; len(second.Data) != 3 || second.NextCursor != "" || got.Reference != "1" || got.Status != "cancelled" ||
		!slices.Equal(got.Lines, []transferOrderLine{{ProductID: "p-1", Quantity: 2}}) {
		t.Errorf("second page %+v", second)
	}
	w := s.do("GET", transfersPath+"?limit=3&status=requested&cursor="+first.NextCursor, "")
	httpapitest.WantInvalid(t, w, "cursor")
}

// testTransferListKeysOfStores: a key sees a transfer if all of its stores are the
// key's own.
func testTransferListKeysOfStores(t *testing.T) {
	s := openShop(t)
	all := s.listed()
	for query, want := range map[string]string{"": "4", "status=requested": "4", "store_id=MAD-001": "4"} {
		if got := s.references("k-madrid", query); got != want {
			t.Errorf("a key of Madrid: %q lists %q, want %q", query, got, want)
		}
	}
	if got := s.references("k-two", ""); got != "4 2 1" {
		t.Errorf("a key of Madrid and Barcelona lists %q", got)
	}
	httpapitest.WantProblem(t, s.as("k-madrid", "GET", transfersPath+"?store_id=BCN-001", ""), 403, problem.Forbidden)
	before := len(s.events(""))
	const receive = `{"lines": [{"product_id": "p-1", "received": 1}]}`
	for call, body := range map[string]string{"ship": "", "cancel": "", "receive": receive} {
		path := transfersPath + "/" + all[0].ID + "/" + call
		httpapitest.WantProblem(t, s.as("k-madrid", "POST", path, body), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.as("k-read", "POST", path, body), 403, problem.Forbidden)
		httpapitest.WantProblem(t, s.request("POST", path, body), 401, problem.Unauthorized)
	}
	httpapitest.WantProblem(t, s.as("k-madrid", "GET", transfersPath+"/"+all[0].ID, ""), 404, problem.NotFound)
	for _, stores := range []string{
		`"from_store_id": "MAD-001", "to_store_id": "BCN-001"`, `"from_store_id": "BCN-001", "to_store_id": "MAD-001"`,
		`"supplier": "s", "to_store_id": "BCN-001"`,
	} {
		w := s.as("k-madrid", "POST", transfersPath, `{`+stores+`, "lines": [{"product_id": "p-1", "quantity": 1}]}`)
		httpapitest.WantProblem(t, w, 403, problem.Forbidden)
	}
	if n := len(s.events("")) - before; n != 0 {
		t.Errorf("refused requests left %d events", n)
	}
	for _, key := range []string{"k-two", admin, "k-read"} {
		httpapitest.Decode[transferOrder](t, s.as(key, "GET", transfersPath+"/"+all[0].ID, ""), 200)
	}
	httpapitest.Decode[transferOrder](t, s.as("k-madrid", "POST", transfersPath+"/"+all[3].ID+"/ship", ""), 200)
	httpapitest.Decode[transferOrder](t, s.as("k-two", "POST", transfersPath+"/"+all[0].ID+"/ship", ""), 200)
	s.wantActors("transfer.shipped by Both")
	own := httpapitest.Decode[struct {
		Events []struct {
			Type string `json:"event_type"`
		}
	}](t, s.as("k-madrid", "GET", "/api/v1/events/stock?event_type=transfer.shipped", ""), 200)
	both := s.events("?event_type=transfer.shipped&store_id=BCN-001")
	if len(own.Events) != 1 || len(both) != 1 {
		t.Errorf("%d events of the deliveries to Madrid, %d of Barcelona", len(own.Events), len(both))
	}
}

// TestTransferOnce sends each call of a transfer twice under one key.
func TestTransferOnce(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	path := transfersPath
	for i, call := range []struct{ name, body, other string }{
		{"", "{" + madridToBarcelona + tenOfOne + "}", "{" + madridToBarcelona + `"reference": "r", ` + tenOfOne + "}"},
		{"/ship", "", "{}"},
		{"/receive", `{"lines": [{"product_id": "p-1", "received": 4}]}`, `{"lines": [{"product_id": "p-1", "received": 5}]}`},
	} {
		key := []string{"Idempotency-Key", "k-" + call.name}
		first := s.do("POST", path+call.name, call.body, key...)
		made := httpapitest.Decode[transferOrder](t, first, first.Code)
		if i == 0 {
			path += "/" + made.ID
		}
		events := len(s.events(""))
		s.reopen()
		s.clock.Advance(24 * time.Hour)
		at := path
		if i == 0 {
			at = transfersPath
		}
		again := s.do("POST", at+call.name, call.body, key...)
		if first.Code/100 != 2 || again.Code != first.Code || again.Body.String() != first.Body.String() ||
			again.Header().Get("Idempotency-Replayed") != "true" || again.Header().Get("ETag") != first.Header().Get("ETag") {
			t.Errorf("%s again: %d %s %v\nfirst: %d %s", call.name, again.Code, again.Body, again.Header(), first.Code, first.Body)
		}
		httpapitest.WantProblem(t, s.do("POST", at+call.name, call.other, key...), 422, problem.IdempotencyKeyReused)
		if n := len(s.events("")) - events; n != 0 {
			t.Errorf("%s again left %d events", call.name, n)
		}
	}
	s.wantRow("p-1", "BCN-001", 4, 0, 3)
}
