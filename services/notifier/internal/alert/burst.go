package alert

import "time"

// lastOfBurst finds threshold times within less than window that include the one at
// index at, and returns the last of them. times is sorted. Of several such groups it
// chooses the latest.
func lastOfBurst(times []time.Time, at, threshold int, window time.Duration) (last time.Time, found bool) {
	for first := min(at, len(times)-threshold); first >= 0 && first > at-threshold; first-- {
		if end := times[first+threshold-1]; end.Sub(times[first]) < window {
			return end, true
		}
	}
	return time.Time{}, false
}

// isQuiet reports whether a rule that raised its last alert at raised, zero for
// never, may raise none at now.
func isQuiet(raised, now time.Time, quiet time.Duration) bool {
	return now.Before(raised.Add(quiet))
}
