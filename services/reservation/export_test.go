package reservation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestExport(t *testing.T) {
	d := openDesk(t)
	first := d.reserve(1, `, "reference": "=cmd"`)
	d.clock.Advance(time.Second)
	second := d.reserve(2, "")
	d.do("POST", base+"/"+second.ID+"/confirm", "")
	rows := strings.Split(d.do("GET", base+"/export", "").Body.String(), "\n")
	if len(rows) != 4 || !strings.HasPrefix(rows[0], "id,customer_id,reference,status,") {
		t.Fatalf("got %q", rows)
	}
	if want := second.ID + ",c-1,,confirmed,p-1,MAD-001,2,2,2,0,0,"; !strings.HasPrefix(rows[1], want) {
		t.Errorf("got %s, want %s", rows[1], want)
	}
	if want := first.ID + ",c-1,'=cmd,pending,p-1,MAD-001,1,1,0,0,0,"; !strings.HasPrefix(rows[2], want) {
		t.Errorf("got %s, want %s", rows[2], want)
	}
	w := d.do("GET", base+"/export?status=pending", "", "Accept", "application/x-ndjson")
	var got item
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.ID != first.ID || strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("got %s, %v", w.Body, err)
	}
	for _, query := range []string{"format=xml", "limit=1", "status=sold"} {
		httpapitest.WantProblem(t, d.do("GET", base+"/export?"+query, ""), 400, problem.ValidationError)
	}
}
