//go:build race

package brokersystem_test

// raceDetector tells that the tests run with it.
const raceDetector = true
