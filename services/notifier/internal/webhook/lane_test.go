package webhook

import (
	"testing"
	"time"
)

func newTestLane() *lane {
	return &lane{hook: Webhook{Details: Details{Active: true}}, inFlight: map[int64]struct{}{}, mayHaveDue: true}
}

func TestLane_finish(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	retryAt := now.Add(time.Hour)
	// failures returns the outcomes of that many failures in a row.
	failures := func(n int) []outcome { return make([]outcome, n) }
	otherURL := start{hook: Webhook{Details: Details{URL: "https://other.example"}}}
	for name, test := range map[string]struct {
		outcomes []outcome
		limit    int
		doubtful bool
		readyAt  time.Time
	}{
		"a new webhook gets one request at a time":        {nil, 1, true, now},
		"a success makes it trusted":                      {[]outcome{{ok: true}}, maxPerWebhook, false, now},
		"a slow success leaves it doubtful":               {[]outcome{{ok: true, took: slowResponse + 1}}, maxPerWebhook, true, now},
		"a fast success after a slow one":                 {[]outcome{{ok: true, took: slowResponse + 1}, {ok: true}}, maxPerWebhook, false, now},
		"one failure":                                     {append([]outcome{{ok: true}}, failures(1)...), 1, true, now.Add(time.Second)},
		"two failures in a row":                           {failures(2), 1, true, now.Add(2 * time.Second)},
		"three failures in a row":                         {failures(3), 1, true, now.Add(4 * time.Second)},
		"many failures in a row":                          {failures(50), 1, true, now.Add(maxRest)},
		"a success after failures":                        {append(failures(3), outcome{ok: true}), maxPerWebhook, false, now},
		"failures of a URL that the webhook has no more":  {[]outcome{{ok: true}, {start: otherURL}, {start: otherURL}}, maxPerWebhook, false, now},
		"slowness of a URL that the webhook has no more":  {[]outcome{{ok: true}, {start: otherURL, took: slowResponse + 1}}, maxPerWebhook, false, now},
		"a pause that the endpoint asks for":              {[]outcome{{pause: time.Minute}}, 1, true, now.Add(time.Minute)},
		"a success beside a request that asks to pause":   {[]outcome{{pause: time.Minute}, {ok: true}}, maxPerWebhook, false, now.Add(time.Minute)},
		"the latest pause counts":                         {[]outcome{{pause: time.Minute}, {pause: maxRetryAfter}}, 1, true, now.Add(maxRetryAfter)},
		"a failure that disabled the webhook":             {append(failures(3), outcome{disabled: true}), 1, true, now},
		"a retry that is planned does not delay the rest": {[]outcome{{ok: true, nextAt: retryAt}}, maxPerWebhook, false, now},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLane()
			for _, o := range test.outcomes {
				l.finish(o, now)
			}
			if l.limit() != test.limit || l.isDoubtful() != test.doubtful || !l.readyAt(now).Equal(test.readyAt) {
				t.Errorf("limit %d, doubtful %t, ready at %s; want %d, %t, %s",
					l.limit(), l.isDoubtful(), l.readyAt(now), test.limit, test.doubtful, test.readyAt)
			}
		})
	}
}

func TestLane_readyAt(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for name, test := range map[string]struct {
		change func(*lane)
		idle   bool
		want   time.Time
	}{
		"nothing queued":         {func(*lane) {}, true, time.Time{}},
		"a retry in an hour":     {func(l *lane) { l.finish(outcome{nextAt: now.Add(time.Hour)}, now) }, false, now.Add(time.Hour)},
		"another delivery due":   {func(l *lane) { l.finish(outcome{ok: true, more: true}, now) }, false, now},
		"not active":             {func(l *lane) { l.mayHaveDue, l.hook.Active = true, false }, true, time.Time{}},
		"all requests in flight": {func(l *lane) { l.mayHaveDue, l.inFlight[1] = true, struct{}{} }, false, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLane()
			l.mayHaveDue = false
			test.change(l)
			if l.isIdle() != test.idle || !l.readyAt(now).Equal(test.want) {
				t.Errorf("idle %t, ready at %s; want %t, %s", l.isIdle(), l.readyAt(now), test.idle, test.want)
			}
		})
	}
}

// The clock was set back: pauses from the time before it do not count.
func TestLane_ClockSetBack(t *testing.T) {
	t.Parallel()
	now := time.Unix(10_000, 0)
	for name, o := range map[string]outcome{"rest": {}, "pause": {pause: maxRetryAfter}} {
		t.Run(name, func(t *testing.T) {
			l := newTestLane()
			l.finish(o, now)
			if before := now.Add(-2 * maxRest); !l.readyAt(before).Equal(before) {
				t.Errorf("ready at %s, want %s", l.readyAt(before), before)
			}
			if later := now.Add(maxRetryAfter); !l.readyAt(later).Equal(later) {
				t.Errorf("after the pause ready at %s, want %s", l.readyAt(later), later)
			}
		})
	}
}

func TestLane_addRead(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	due := func(n int) (list []Delivery) {
		for i := range n {
			list = append(list, Delivery{ID: int64(i + 1), DueAt: now})
		}
		return list
	}
	later := Delivery{ID: 99, DueAt: now.Add(time.Minute)}
	for name, test := range map[string]struct {
		inFlight   []int64
		list       []Delivery
		due        int
		mayHaveDue bool
		nextDueAt  time.Time
	}{
		"nothing":                             {nil, nil, 0, false, time.Time{}},
		"less than a page":                    {nil, due(3), 3, false, time.Time{}},
		"a whole page":                        {nil, due(pageDue), pageDue, true, time.Time{}},
		"deliveries in flight are left out":   {[]int64{1, 2}, due(3), 1, false, time.Time{}},
		"a whole page beside those in flight": {[]int64{1, 2}, due(pageDue + 2), pageDue, true, time.Time{}},
		"a delivery that is due later":        {nil, append(due(1), later), 1, false, later.DueAt},
		"a whole page that is due later":      {nil, append(due(pageDue-1), later), pageDue - 1, false, later.DueAt},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLane()
			for _, id := range test.inFlight {
				l.inFlight[id] = struct{}{}
			}
			if limit := l.readLimit(now); limit != pageDue+len(test.inFlight) {
				t.Fatalf("reads %d", limit)
			}
			l.addRead(test.list, now)
			if len(l.due) != test.due || l.mayHaveDue != test.mayHaveDue || !l.nextDueAt.Equal(test.nextDueAt) {
				t.Errorf("%d due, more %t, next at %s", len(l.due), l.mayHaveDue, l.nextDueAt)
			}
			if limit := l.readLimit(now); test.due > 0 && limit != 0 {
				t.Errorf("reads %d more before these are started", limit)
			}
		})
	}
}
