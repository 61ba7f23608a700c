package alert

import "time"

// burst finds threshold times, less than window apart, the one at index at among
// them, and returns the last of these. times is sorted. Of several such groups
// it is the latest.
func burst(times []time.Time, at, threshold int, window time.Duration) (last time.Time, found bool) {
	for first := min(at, len(times)-threshold); first >= 0 && first > at-threshold; first-- {
		if end := times[first+threshold-1]; end.Sub(times[first]) < window {
			return end, true
		}
	}
	return time.Time{}, false
}

// isQuiet reports whether a rule that raised an alert at raised, zero for never,
// keeps quiet at now.
func isQuiet(raised, now time.Time, quiet time.Duration) bool {
	return now.Before(raised.Add(quiet))
}
