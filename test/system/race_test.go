//go:build race

package system_test

// raceDetector tells that the tests run with it.
const raceDetector = true
