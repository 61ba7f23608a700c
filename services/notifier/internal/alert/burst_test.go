package alert

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func times(seconds ...int) []time.Time {
	list := make([]time.Time, len(seconds))
	for i, s := range seconds {
		list[i] = noon.Add(time.Duration(s) * time.Second)
	}
	return list
}

func TestLastOfBurst(t *testing.T) {
	for name, test := range map[string]struct {
		seconds       []int
		at, threshold int
		last          int // -1: none
	}{
		"one is enough":               {[]int{5}, 0, 1, 5},
		"too few":                     {[]int{5, 6}, 1, 3, -1},
		"just within":                 {[]int{0, 30, 59}, 2, 3, 59},
		"a window apart is too much":  {[]int{0, 30, 60}, 2, 3, -1},
		"at one moment":               {[]int{7, 7, 7}, 1, 3, 7},
		"late, before the others":     {[]int{0, 58, 59}, 0, 3, 59},
		"late, between the others":    {[]int{0, 30, 59}, 1, 3, 59},
		"others alone are none of it": {[]int{0, 60, 61, 62}, 0, 3, -1},
		"the latest group":            {[]int{0, 10, 20, 30, 40}, 2, 3, 40},
		"a steady trickle":            {[]int{0, 31, 62, 93, 124}, 2, 3, -1},
	} {
		t.Run(name, func(t *testing.T) {
			last, found := lastOfBurst(times(test.seconds...), test.at, test.threshold, time.Minute)
			want := noon.Add(time.Duration(test.last) * time.Second)
			if found != (test.last >= 0) || found && !last.Equal(want) {
				t.Errorf("%v %v", last, found)
			}
		})
	}
}

// lastOfBurst sees only the events near each new one. In any order of the events a
// rule has fired after the last one exactly when some window has enough of them.
func TestLastOfBurst_AnyOrder(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 0))
		threshold, count := 1+random.IntN(6), 1+random.IntN(12)
		arriving := make([]time.Time, count)
		for i := range arriving {
			arriving[i] = noon.Add(time.Duration(random.IntN(400)) * time.Second)
		}
		var recorded []time.Time
		fired := false
		for _, at := range arriving {
			recorded = append(recorded, at)
			slices.SortFunc(recorded, time.Time.Compare)
			// The database returns the events less than a window away.
			near := slices.DeleteFunc(slices.Clone(recorded), func(o time.Time) bool { return o.Sub(at).Abs() >= time.Minute })
			index := slices.IndexFunc(near, func(o time.Time) bool { return o.After(at) }) - 1
			if index < 0 {
				index = len(near) - 1
			}
			_, found := lastOfBurst(near, index, threshold, time.Minute)
			fired = fired || found
		}
		want := false
		for i := range recorded {
			want = want || i+threshold <= len(recorded) && recorded[i+threshold-1].Sub(recorded[i]) < time.Minute
		}
		if fired != want {
			t.Fatalf("seed %d: fired %v, want %v, threshold %d of %v", seed, fired, want, threshold, arriving)
		}
	}
}

func TestIsQuiet(t *testing.T) {
	for after, want := range map[time.Duration]bool{0: true, time.Minute - 1: true, time.Minute: false, -time.Second: true} {
		if isQuiet(noon, noon.Add(after), time.Minute) != want {
			t.Errorf("%s after: %v", after, !want)
		}
	}
	if isQuiet(time.Time{}, noon, time.Minute) {
		t.Error("quiet without an alert")
	}
}
