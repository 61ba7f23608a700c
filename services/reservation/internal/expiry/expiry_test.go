package expiry_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/services/reservation/internal/expiry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	safetyTick = 30 * time.Second
	retryAfter = 250 * time.Millisecond
)

// script is an Expirer that returns the results of the test, and notes when it was
// called.
type script struct {
	began  time.Time
	answer func(call int) (more bool, next time.Time, err error)

	mu    sync.Mutex
	calls []time.Duration // since began
}

// Expire implements expiry.Expirer.
func (s *script) Expire(context.Context) (bool, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, time.Since(s.began))
	return s.answer(len(s.calls))
}

// in returns the time after d.
func in(d time.Duration) time.Time { return time.Now().Add(d) }

// began is when the time of a bubble begins.
var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// work runs a worker, in a bubble of its own time, while test runs.
func work(t *testing.T, answer func(call int) (bool, time.Time, error), test func(w *expiry.Worker, s *script, log *strings.Builder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := &strings.Builder{}
		w := expiry.New(clock.System{}, slog.New(slog.NewTextHandler(log, nil)))
		s := &script{began: time.Now(), answer: answer}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx, s) }()
		synctest.Wait()
		test(w, s, log)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// wantCalls lets the time pass and expects exactly these calls so far.
func wantCalls(t *testing.T, s *script, pass time.Duration, want ...time.Duration) {
	t.Helper()
	time.Sleep(pass)
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.calls, want) {
		t.Errorf("called after %v, want %v", s.calls, want)
	}
}

func TestWorker_Run(t *testing.T) {
	t.Run("looks again when the next is due", func(t *testing.T) {
		next := []time.Duration{3 * time.Second, 1500 * time.Millisecond, 0, time.Hour}
		work(t, func(call int) (bool, time.Time, error) { return false, in(next[call-1]), nil }, func(_ *expiry.Worker, s *script, _ *strings.Builder) {
			wantCalls(t, s, 3*time.Second-1, 0)
			wantCalls(t, s, 1, 0, 3*time.Second)
			// Reservations that are due at the start are handled at once.
			wantCalls(t, s, 1500*time.Millisecond, 0, 3*time.Second, 4500*time.Millisecond, 4500*time.Millisecond)
		})
	})
	t.Run("goes on while there is more", func(t *testing.T) {
		work(t, func(call int) (bool, time.Time, error) { return call < 5, time.Time{}, nil }, func(_ *expiry.Worker, s *script, _ *strings.Builder) {
			wantCalls(t, s, 0, 0, 0, 0, 0, 0)
		})
	})
	t.Run("looks now and then although nothing is due", func(t *testing.T) {
		for _, next := range []func() time.Time{func() time.Time { return time.Time{} }, func() time.Time { return in(24 * time.Hour) }} {
			work(t, func(int) (bool, time.Time, error) { return false, next(), nil }, func(_ *expiry.Worker, s *script, _ *strings.Builder) {
				wantCalls(t, s, safetyTick-1, 0)
				wantCalls(t, s, safetyTick+1, 0, safetyTick, 2*safetyTick)
			})
		}
	})
	t.Run("tries again after a failure", func(t *testing.T) {
		answer := func(call int) (bool, time.Time, error) {
			if call <= 2 {
				return false, time.Time{}, errors.New("disk full")
			}
			return false, time.Time{}, nil
		}
		work(t, answer, func(_ *expiry.Worker, s *script, log *strings.Builder) {
			wantCalls(t, s, safetyTick, 0, retryAfter, 2*retryAfter)
			if n := strings.Count(log.String(), "disk full"); n != 2 {
				t.Errorf("logged %d times: %s", n, log)
			}
		})
	})
	t.Run("ends in the middle of much to do", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			s := &script{began: time.Now()}
			s.answer = func(call int) (bool, time.Time, error) {
				if call == 3 {
					stop()
				}
				return true, time.Time{}, nil
			}
			log := &strings.Builder{}
			if err := expiry.New(clock.System{}, slog.New(slog.NewTextHandler(log, nil))).Run(ctx, s); err != nil || len(s.calls) != 3 || log.Len() > 0 {
				t.Errorf("%d calls, %v, logged %s", len(s.calls), err, log)
			}
		})
	})
}

func TestWorker_Schedule(t *testing.T) {
	// due returns the times passed to Schedule.
	due := func(all ...time.Time) func(int) (bool, time.Time, error) {
		return func(call int) (bool, time.Time, error) { return false, all[min(call, len(all))-1], nil }
	}
	t.Run("wakes for an earlier time", func(t *testing.T) {
		work(t, due(time.Time{}, began.Add(5*time.Second), time.Time{}), func(w *expiry.Worker, s *script, _ *strings.Builder) {
			w.Schedule(began.Add(5 * time.Second))
			wantCalls(t, s, 0, 0, 0)
			wantCalls(t, s, 5*time.Second, 0, 0, 5*time.Second)
		})
	})
	t.Run("does not wake for a later or equal time", func(t *testing.T) {
		work(t, due(began.Add(5*time.Second)), func(w *expiry.Worker, s *script, _ *strings.Builder) {
			for _, at := range []time.Duration{5 * time.Second, 5*time.Second + 1, 24 * time.Hour} {
				w.Schedule(began.Add(at))
			}
			wantCalls(t, s, 4*time.Second, 0)
		})
	})
	t.Run("is heard while the worker looks", func(t *testing.T) {
		var worker *expiry.Worker
		answer := func(call int) (bool, time.Time, error) {
			if call == 2 { // the query is over when the new time is scheduled
				worker.Schedule(began.Add(20 * time.Second))
			}
			return false, began.Add(10 * time.Second), nil
		}
		work(t, answer, func(w *expiry.Worker, s *script, _ *strings.Builder) {
			worker = w
			w.Schedule(began.Add(time.Second))
			wantCalls(t, s, 0, 0, 0, 0)
		})
	})
	t.Run("never blocks", func(*testing.T) {
		w := expiry.New(clock.System{}, slog.New(slog.DiscardHandler)) // it does not run
		for range 3 {
			w.Schedule(began)
		}
	})
}
