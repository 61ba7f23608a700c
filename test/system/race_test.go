//go:build race

package system_test

import "time"

// raceDetector is true when the tests run with the race detector.
const raceDetector = true

// maxLateness is how long after its TTL a reservation may still be pending. The
// promised second is for a program without the detector, which slows it down
// several times.
const maxLateness = 3 * time.Second
