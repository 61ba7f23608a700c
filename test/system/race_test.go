//go:build race

package system_test

import "time"

// raceDetector tells that the tests run with it.
const raceDetector = true

// maxLateness is how long after its TTL a reservation may still be pending. The
// promise is a second, of the program without the detector, which slows it
// down several times.
const maxLateness = 3 * time.Second
