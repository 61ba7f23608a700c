// Package system holds the tests of the whole: all services over their real
// HTTP API, with real databases and the real broker. They come in two
// harnesses. A cluster opens the services in the test's process, so that a test
// can put faults between them and be the master of time; a process is the
// program that is shipped, which a test can kill.
//
// The package has nothing but tests.
package system
