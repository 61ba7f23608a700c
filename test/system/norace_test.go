//go:build !race

package system_test

import "time"

// raceDetector tells that the tests run with it.
const raceDetector = false

// maxLateness is how long after its TTL a reservation may still be pending.
const maxLateness = time.Second
