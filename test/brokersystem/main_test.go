package brokersystem_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/test/brokertest"
)

func TestMain(m *testing.M) {
	if os.Getenv(memberGroup) != "" {
		os.Exit(memberMain())
	}
	goleak.VerifyTestMain(brokertest.Tests{M: m}, goleak.Cleanup(func(code int) {
		removeBinaries()
		os.Exit(code)
	}))
}

// within bounds every wait for a condition. A test that waits this long has
// failed. A group's dead member is replaced only
// after its lease or session, and a backlog is worked off on a busy machine.
const within = 90 * time.Second

// errHopeless is in the chain of a condition's error that more waiting does not
// change.
var errHopeless = errors.New("it cannot come true any more")

// eventually polls until cond returns nil, and fails the test with its last
// error when that takes too long.
func eventually(t testing.TB, what string, cond func() error) {
	t.Helper()
	const pause = 20 * time.Millisecond
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		err := cond()
		if err == nil {
			return
		}
		if errors.Is(err, errHopeless) {
			t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s: %v", what, within, err)
		case <-ticker.C:
		}
	}
}

// outageLength is how long a broker is away: TEST_OUTAGE, otherwise 30 s in CI
// and 3 s elsewhere.
func outageLength(t testing.TB) time.Duration {
	t.Helper()
	if text := os.Getenv("TEST_OUTAGE"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			t.Fatalf("TEST_OUTAGE: %q is no length of an outage, such as 30s", text)
		}
		return d
	}
	if os.Getenv("CI") == "true" {
		return 30 * time.Second
	}
	return 3 * time.Second
}
