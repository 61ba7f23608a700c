package reservation_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// searchPage is a page of a search.
type searchPage struct {
	Data       []order `json:"data"`
	NextCursor string  `json:"next_cursor"`
}

// search returns the ids that a search finds for a key, on pages of two.
func (d *desk) search(key, query string) (ids []string) {
	d.t.Helper()
	for cursor := ""; ; {
		page := httpapitest.Decode[searchPage](d.t, d.as(key, "GET", base+"?limit=2&"+query+cursor, ""), 200)
		for _, r := range page.Data {
			ids = append(ids, r.ID)
		}
		if page.NextCursor == "" {
			return ids
		}
		cursor = "&cursor=" + url.QueryEscape(page.NextCursor)
	}
}

func TestSearch(t *testing.T) {
	t.Run("usual case", testSearchUsualCase)
	t.Run("refuses", testSearchRefuses)
}

func testSearchUsualCase(t *testing.T) {
	d := openDesk(t)
	var ids []string // newest first
	for _, more := range []string{`, "reference": "order-1"`, "", `, "reference": "order 2"`, `, "reference": "order-1"`} {
		ids = slices.Insert(ids, 0, d.reserve(1, more).ID)
		d.clock.Advance(time.Second)
	}
	other := httpapitest.Decode[item](t, d.do("POST", base, `{"product_id": "p-1", "store_id": "BCN-001", "customer_id": "c-2", "quantity": 1}`), 201).ID
	d.do("POST", base+"/"+ids[2]+"/confirm", "")
	all := slices.Insert(slices.Clone(ids), 0, other)
	for query, want := range map[string][]string{
		"":                               all,
		"reference=order-1":              {ids[0], ids[3]},
		"reference=order%202":            {ids[1]},
		"customer_id=c-1":                ids,
		"status=confirmed":               {ids[2]},
		"store_id=BCN-001":               {other},
		"product_id=p-1":                 all,
		"product_id=p-9":                 nil,
		"from=2026-08-01T12:00:03Z":      {other, ids[0]},
		"to=2026-08-01T12:00:01Z":        {ids[3]},
		"customer_id=c-1&status=pending": {ids[0], ids[1], ids[3]},
	} {
		if got := d.search(admin, query); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	// A key of some stores sees these alone.
	if got := d.search("k-madrid", "product_id=p-1"); !slices.Equal(got, ids) {
		t.Errorf("the key of Madrid found %q, want %q", got, ids)
	}
	httpapitest.WantProblem(t, d.as("k-madrid", "GET", base+"?store_id=BCN-001", ""), 403, problem.Forbidden)
}

func testSearchRefuses(t *testing.T) {
	d := openDesk(t)
	d.reserve(1)
	d.reserve(1)
	cursor := url.QueryEscape(httpapitest.Decode[searchPage](t, d.do("GET", base+"?limit=1", ""), 200).NextCursor)
	for _, query := range []string{
		"customer_id=", "reference=", "status=", "product_id=", "store_id=", "from=", "to=", "status=held", "store_id=!", "customer_id=%00",
		"from=yesterday", "from=2026-08-02T00:00:00Z&to=2026-08-01T00:00:00Z", "limit=0", "limit=101", "offset=1", "page=1", "cursor=x",
		"limit=1&customer_id=c-1&cursor=" + cursor, "customer=c-1", "status=pending&status=expired",
	} {
		httpapitest.WantProblem(t, d.do("GET", base+"?"+query, ""), 400, problem.ValidationError)
	}
	httpapitest.WantProblem(t, d.as("k-unknown", "GET", base, ""), 401, problem.Unauthorized)
}
