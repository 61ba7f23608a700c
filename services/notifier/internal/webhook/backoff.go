package webhook

import "time"

// A delivery is tried MaxAttempts times. The pauses between them grow from
// firstPause by pauseFactor to maxPause; half of each is left to chance, so
// that what failed together does not come back together. Without luck they
// last 28 hours in all, with it 56.
const (
	MaxAttempts = 14
	firstPause  = 5 * time.Second
	pauseFactor = 4
	maxPause    = 8 * time.Hour
)

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

// maxRetryAfter is how much of an endpoint's Retry-After is obeyed. It makes a
// pause longer and never shorter.
const maxRetryAfter = time.Hour

// The pauses of a webhook that does not take what it is sent: however much is
// queued, it sees one request at a time, and these pauses between them.
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
