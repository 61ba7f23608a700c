package httpapitest

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Walk reads a whole list by its cursors and returns its items, which are in
// the member items of a page. get responds to a GET of a target; between is
// called after every page but the last.
func Walk[T any](t testing.TB, get func(target string) *httptest.ResponseRecorder, target, items string, between func()) (list []T) {
	t.Helper()
	const maxPages = 1000
	cursor := ""
	for range maxPages {
		next := target
		if cursor != "" {
			separator := "?"
			if strings.Contains(target, "?") {
				separator = "&"
			}
			next += separator + "cursor=" + url.QueryEscape(cursor)
		}
		page := Decode[map[string]json.RawMessage](t, get(next), 200)
		var part []T
		if err := json.Unmarshal(page[items], &part); err != nil {
			t.Fatalf("%s: %s: %v", next, items, err)
		}
		list = append(list, part...)
		if page["next_cursor"] == nil {
			return list
		}
		if err := json.Unmarshal(page["next_cursor"], &cursor); err != nil || cursor == "" {
			t.Fatalf("%s: next_cursor %s, %v", next, page["next_cursor"], err)
		}
		between()
	}
	t.Fatalf("%s: more than %d pages", target, maxPages)
	return nil
}

// Once fails the test unless each of the wanted keys appears exactly once in
// the list; other keys may appear.
func Once[T any](t testing.TB, list []T, key func(T) string, want ...string) {
	t.Helper()
	count := map[string]int{}
	for _, item := range list {
		count[key(item)]++
	}
	for _, k := range want {
		if count[k] != 1 {
			t.Errorf("%s appears %d times among %d items, want once", k, count[k], len(list))
		}
	}
}
