//go:build !race

package system_test

import "time"

// raceDetector is true when the tests run with the race detector.
const raceDetector = false

// maxLateness is how long after its TTL a reservation may still be pending.
const maxLateness = time.Second
