package system_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

const countsPath = "/api/v1/stock/counts"

// countOf is the request for a count of Madrid.
func countOf(reference string) any {
	return map[string]any{"store_id": madrid, "reference": reference}
}

// count opens a count and returns its path.
func (p *program) count(t testing.TB, storeID string) string {
	t.Helper()
	var opened struct{ ID string }
	a := p.do(t, http.MethodPost, countsPath, map[string]any{"store_id": storeID}).wants(t, http.StatusCreated)
	if err := json.Unmarshal(a.body, &opened); err != nil {
		t.Fatal(err)
	}
	return countsPath + "/" + opened.ID
}
