// Package system tests the whole system: all services over their real HTTP API,
// with real databases and the real broker. It has two harnesses. A cluster opens
// the services in the test's process, so that a test can put faults between them
// and control the clock; a program is the shipped program in a process of its own,
// which a test can kill.
//
// The package contains only tests.
package system
