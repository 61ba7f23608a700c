// Package brokersystem holds the tests of the whole on the brokers of
// production: the four services as processes of their own, with real Redis and
// Kafka servers between them. The servers are stopped, lose their data and
// refuse events; the processes are killed, restarted in order, and upgraded from
// the previous release.
//
// The package has nothing but tests.
package brokersystem
