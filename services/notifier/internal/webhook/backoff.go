package webhook

import (
	"time"

	"inventory.example/pkg/clock"
)

// A delivery is tried MaxAttempts times. The pauses between the attempts grow from
// firstPause by pauseFactor to maxPause. Half of each pause is random, so that
// deliveries that failed together are not repeated together. All pauses of a
// delivery take 28 to 56 hours.
const (
	MaxAttempts = 14
	firstPause  = 5 * time.Second
	pauseFactor = 4
	maxPause    = 8 * time.Hour
)

// Jitter returns a random part of a pause.
type Jitter func(atMost time.Duration) time.Duration

// decide returns the attempt that a result ends, with the next state of the
// delivery.
func decide(delivery Delivery, r Result, began time.Time, took time.Duration, jitter Jitter) Attempt {
	delivery.Attempts++
	a := Attempt{Delivery: delivery, Result: r, At: clock.Truncate(began), Latency: took}
	switch {
	case r.ok():
		a.State = Delivered
	case r.Status == statusGone:
		a.State = Dead
	default:
		a = planRetry(a, began.Add(took), jitter)
	}
	return a
}

// planRetry returns the attempt, which failed, with the time of the next one; after
// the last attempt the delivery is dead.
func planRetry(a Attempt, ended time.Time, jitter Jitter) Attempt {
	if a.Attempts >= MaxAttempts {
		a.State = Dead
		return a
	}
	pause := pauseAfter(a.Attempts)
	pause = max(pause/2+jitter(pause/2), a.askedPause())
	a.State, a.NextAt = Pending, clock.Truncate(ended.Add(pause))
	return a
}

// pauseAfter returns the longest pause after that many attempts.
func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for range attempts - 1 {
		if pause *= pauseFactor; pause >= maxPause {
			return maxPause
		}
	}
	return pause
}

// maxRetryAfter limits the Retry-After of an endpoint, which makes a pause longer
// and never shorter.
const maxRetryAfter = time.Hour

// The pauses of a webhook whose endpoint fails: however many deliveries are
// queued, it gets one request at a time, with these pauses between the requests.
const (
	firstRest = time.Second
	maxRest   = time.Minute
)

// restAfter returns the pause after that many failures in a row.
func restAfter(failures int) time.Duration {
	rest := firstRest
	for range failures - 1 {
		if rest *= 2; rest >= maxRest {
			return maxRest
		}
	}
	return rest
}
