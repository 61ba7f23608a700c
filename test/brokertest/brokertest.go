// Package brokertest runs real message brokers for tests: Redis and Apache
// Kafka, each on 127.0.0.1 and with a port that survives restarts. A test gets a
// server of its own, which it may stop, kill, pause and wipe, or the one that
// all tests of the binary share.
//
// Servers are local programs where TEST_REDIS_SERVER names a redis-server
// program, or TEST_KAFKA_LIBS a folder with the jars of Apache Kafka; otherwise
// containers of REDIS_IMAGE (default redis:7-alpine) and KAFKA_IMAGE (default
// apache/kafka:4.1.0) where a Docker daemon responds. TEST_REDIS_ADDR
// (host:port) and TEST_KAFKA_BROKERS (host:port,…) name running servers for the
// shared ones. A test without any of these is skipped with "not run: …",
// which is a failure where CI=true.
package brokertest

import (
	"fmt"
	"os"
	"testing"
)

// The default images of the containers.
const (
	RedisImage = "redis:7-alpine"
	KafkaImage = "apache/kafka:4.1.0"
)

// Tests are the tests of a binary. The shared servers end with them:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.Tests{M: m}) }
type Tests struct{ M interface{ Run() int } }

// Run runs the tests, then stops the shared servers, and returns the exit code.
func (t Tests) Run() int {
	defer Cleanup()
	return t.M.Run()
}

// notRun skips a test that this machine cannot run. In CI that is a failure:
// there everything must run.
func notRun(t testing.TB, format string, args ...any) {
	t.Helper()
	why := "not run: " + fmt.Sprintf(format, args...)
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
