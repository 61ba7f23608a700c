package observability_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/postgres/postgrestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

// within bounds every wait for a condition. It is not a measurement: a test that
// waits this long has failed.
const within = time.Minute

// eventually polls until cond returns nil, and fails the test with its last
// error when that takes too long.
func eventually(t *testing.T, what string, cond func() error) {
	t.Helper()
	deadline, ticker := time.NewTimer(within), time.NewTicker(50*time.Millisecond)
	defer deadline.Stop()
	defer ticker.Stop()
	for {
		err := cond()
		if err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatal(fmt.Errorf("%s: not within %s: %w", what, within, err))
		}
	}
}
