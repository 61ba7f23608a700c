package clock_test

import (
	"testing"
	"time"

	"inventory.example/pkg/clock"
)

func TestText(t *testing.T) {
	zone := time.FixedZone("east", 5*60*60)
	for at, want := range map[time.Time]string{
		{}: "",
		time.Date(2026, 8, 1, 12, 0, 0, 999_999_999, zone):       "2026-08-01T07:00:00.999Z",
		time.Date(2026, 12, 31, 23, 59, 59, 5_000_000, time.UTC): "2026-12-31T23:59:59.005Z",
		time.Date(1, 1, 1, 0, 0, 0, 120_000_000, time.UTC):       "0001-01-01T00:00:00.120Z",
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC):         "9999-12-31T23:59:59.000Z",
	} {
		text := clock.Text(at)
		if text != want {
			t.Errorf("%s: got %s, want %s", at, text, want)
		}
		if parsed, err := clock.ParseText(text); err != nil || parsed != clock.Truncate(at) {
			t.Errorf("%s is read as %s, %v; want %s", text, parsed, err, clock.Truncate(at))
		}
	}
}

func TestTextFrom(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]string{
		0:                    "2026-08-01T12:00:00.000Z",
		1:                    "2026-08-01T12:00:00.001Z",
		time.Millisecond - 1: "2026-08-01T12:00:00.001Z",
		time.Millisecond:     "2026-08-01T12:00:00.001Z",
		-1:                   "2026-08-01T12:00:00.000Z",
		-time.Millisecond:    "2026-08-01T11:59:59.999Z",
	} {
		if got := clock.TextFrom(noon.Add(after)); got != want {
			t.Errorf("%s after noon: got %s, want %s", after, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	now := time.Now() // has a monotonic reading
	if parsed, err := clock.ParseText(clock.Text(now)); err != nil || parsed != clock.Truncate(now) {
		t.Errorf("%s is read as %s, %v", now, parsed, err)
	}
}

func TestParseText_refuses(t *testing.T) {
	for _, text := range []string{
		"now", "2026-08-01", "2026-08-01T12:00:00Z", "2026-08-01T12:00:00.00Z", "2026-08-01T12:00:00.0000Z",
		"2026-08-01T12:00:00.000+02:00", "2026-08-01T12:00:00,000Z", "2026-08-01 12:00:00.000Z", "2026-08-01T24:00:00.000Z",
		"2026-02-30T12:00:00.000Z", "2026-08-01T12:00:00.000z",
	} {
		if at, err := clock.ParseText(text); err == nil || !at.IsZero() {
			t.Errorf("%s is read as %s, %v", text, at, err)
		}
	}
}
