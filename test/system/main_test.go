package system_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/postgres/postgrestest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(postgrestest.Tests{M: m}, goleak.Cleanup(func(code int) {
		removeBinary()
		os.Exit(code)
	}))
}

// within bounds every wait for a condition. It is not a measurement: a test that
// waits this long has failed.
const within = 30 * time.Second

// eventually polls until cond returns nil, and fails the test with its last
// error when that takes too long.
func eventually(t testing.TB, what string, cond func() error) {
	t.Helper()
	if err := poll(cond); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func poll(cond func() error) error {
	const pause = 5 * time.Millisecond
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		err := cond()
		if err == nil {
			return nil
		}
		select {
		case <-deadline.C:
			return fmt.Errorf("not within %s: %w", within, err)
		case <-ticker.C:
		}
	}
}

// reached waits for a channel to be closed.
func reached(t testing.TB, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(within):
		t.Fatalf("%s: not within %s", what, within)
	}
}

// notRun skips a test that this machine cannot run. In CI that is a failure, because
// every test must run there.
func notRun(t testing.TB, format string, args ...any) {
	t.Helper()
	why := "not run: " + fmt.Sprintf(format, args...)
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
