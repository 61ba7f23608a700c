package engine_test

import (
	"testing"
	"time"

	"inventory.example/pkg/engine"
)

func TestTime(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 5_000_000, time.UTC)
	for name, test := range map[string]struct {
		value any
		want  time.Time
		valid bool
	}{
		"text":         {"2026-08-01T12:00:00.005Z", noon, true},
		"bytes":        {[]byte("2026-08-01T12:00:00.005Z"), noon, true},
		"NULL":         {nil, time.Time{}, true},
		"empty":        {"", time.Time{}, true},
		"another text": {"now", time.Time{}, false},
		"a number":     {int64(5), time.Time{}, false},
	} {
		got := time.Now()
		if err := engine.Time(&got).Scan(test.value); (err == nil) != test.valid || test.valid && got != test.want {
			t.Errorf("%s: got %s, %v; want %s, valid %t", name, got, err, test.want, test.valid)
		}
	}
}
