package webhook

import (
	"testing"
	"time"

	"inventory.example/pkg/clock"
)

func TestPauseAfter_MoreThanADay(t *testing.T) {
	t.Parallel()
	var shortest time.Duration
	for attempts := 1; attempts < MaxAttempts; attempts++ {
		pause := pauseAfter(attempts)
		if pause < pauseAfter(max(1, attempts-1)) || pause > maxPause {
			t.Errorf("after %d attempts %s", attempts, pause)
		}
		shortest += pause / 2
	}
	if shortest < 24*time.Hour || shortest > 30*time.Hour {
		t.Errorf("all pauses take %s", shortest)
	}
	if pauseAfter(1) != 5*time.Second || restAfter(1) != time.Second || restAfter(100) != time.Minute {
		t.Errorf("%s, %s, %s", pauseAfter(1), restAfter(1), restAfter(100))
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	began, took := time.Unix(1000, 0), time.Second
	ended := began.Add(took)
	none := func(time.Duration) time.Duration { return 0 }
	all := func(atMost time.Duration) time.Duration { return atMost }
	for name, test := range map[string]struct {
		attempts int
		result   Result
		jitter   Jitter
		state    State
		pause    time.Duration
	}{
		"accepted":                               {0, Result{Status: 204}, none, Delivered, 0},
		"gone":                                   {0, Result{Status: 410, RetryAfter: time.Minute}, none, Dead, 0},
		"half of the pause is fixed":             {0, Result{Status: 500}, none, Pending, firstPause / 2},
		"half of the pause is random":            {0, Result{Status: 500}, all, Pending, firstPause},
		"no response":                            {0, Result{Failure: "timeout"}, all, Pending, firstPause},
		"the pause grows":                        {1, Result{Status: 500}, all, Pending, firstPause * pauseFactor},
		"Retry-After makes the pause longer":     {0, Result{Status: 503, RetryAfter: time.Minute}, none, Pending, time.Minute},
		"Retry-After makes no pause shorter":     {11, Result{Status: 503, RetryAfter: time.Minute}, none, Pending, maxPause / 2},
		"Retry-After counts up to an hour":       {0, Result{Status: 503, RetryAfter: 24 * time.Hour}, none, Pending, maxRetryAfter},
		"the last attempt but one is repeated":   {MaxAttempts - 2, Result{Status: 500}, all, Pending, maxPause},
		"the delivery is dead after the last":    {MaxAttempts - 1, Result{Status: 500}, all, Dead, 0},
		"the last attempt may still be accepted": {MaxAttempts - 1, Result{Status: 200}, all, Delivered, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := decide(Delivery{ID: 7, Attempts: test.attempts}, test.result, began, took, test.jitter)
			var nextAt time.Time
			if test.pause > 0 {
				nextAt = clock.Truncate(ended.Add(test.pause))
			}
			if a.State != test.state || !a.NextAt.Equal(nextAt) {
				t.Errorf("%s, due again at %s; want %s, %s", a.State, a.NextAt, test.state, nextAt)
			}
			if a.Attempts != test.attempts+1 || !a.At.Equal(clock.Truncate(began)) || a.Latency != took {
				t.Errorf("%+v", a)
			}
		})
	}
}
