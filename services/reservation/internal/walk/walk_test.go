package walk_test

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
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/walk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	interval = 30 * time.Second
	ms       = time.Millisecond
)

// script is a Walker that returns the results of the test, and notes when it was
// called.
type script struct {
	began  time.Time
	answer func(call int) (reservation.Walked, error)

	mu    sync.Mutex
	calls []time.Duration // since began
}

// Walk implements walk.Walker.
func (s *script) Walk(context.Context) (reservation.Walked, error) {
	s.mu.Lock()
	s.calls = append(s.calls, time.Since(s.began))
	n := len(s.calls)
	s.mu.Unlock()
	return s.answer(n)
}

// work runs a worker, in a bubble of its own time, while test runs.
func work(
	t *testing.T, answer func(call int) (reservation.Walked, error),
	test func(w *walk.Worker, s *script, log *strings.Builder, failed *[]bool),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log, failed := &strings.Builder{}, &[]bool{}
		w := walk.New(walk.Options{
			Interval: interval, Clock: clock.System{}, Logger: slog.New(slog.NewTextHandler(log, nil)),
			Counted: func(f bool) { *failed = append(*failed, f) },
		})
		s := &script{began: time.Now(), answer: answer}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx, s) }()
		synctest.Wait()
		test(w, s, log, failed)
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
		t.Errorf("called at %v, want %v", s.calls, want)
	}
}

func idle(int) (reservation.Walked, error) { return reservation.Walked{Held: 3}, nil }

func TestWorker(t *testing.T) {
	t.Run("walks at the start and every so often", func(t *testing.T) {
		work(t, idle, func(_ *walk.Worker, s *script, log *strings.Builder, failed *[]bool) {
			wantCalls(t, s, 2*interval, 0, interval, 2*interval)
			if log.Len() > 0 || !slices.Equal(*failed, []bool{false, false, false}) {
				t.Errorf("logged %s, counted %v", log, *failed)
			}
		})
	})
	t.Run("walks when it is called for, but not at once again", func(t *testing.T) {
		work(t, idle, func(w *walk.Worker, s *script, _ *strings.Builder, _ *[]bool) {
			w.Wake()
			w.Wake()
			wantCalls(t, s, 499*ms, 0)
			wantCalls(t, s, 1501*ms, 0, 500*ms)
			w.Wake()
			wantCalls(t, s, 0, 0, 500*ms, 2000*ms)
		})
	})
	t.Run("walks soon again when something was left", func(t *testing.T) {
		left := func(call int) (reservation.Walked, error) { return reservation.Walked{More: call == 1}, nil }
		work(t, left, func(_ *walk.Worker, s *script, _ *strings.Builder, _ *[]bool) {
			wantCalls(t, s, interval, 0, 500*ms)
		})
	})
	t.Run("rests for twenty times as long as a walk took", func(t *testing.T) {
		long := func(int) (reservation.Walked, error) {
			time.Sleep(100 * ms)
			return reservation.Walked{More: true}, nil
		}
		work(t, long, func(w *walk.Worker, s *script, _ *strings.Builder, _ *[]bool) {
			w.Wake()
			wantCalls(t, s, 4000*ms, 0, 2100*ms)
		})
	})
	t.Run("tries again until it succeeds", func(t *testing.T) {
		away := func(call int) (reservation.Walked, error) {
			if call <= 8 {
				return reservation.Walked{}, errors.New("stock is away")
			}
			return reservation.Walked{Held: 7, Settled: 2, Repaired: 1}, nil
		}
		work(t, away, func(_ *walk.Worker, s *script, log *strings.Builder, failed *[]bool) {
			wantCalls(t, s, 20*time.Second,
				0, 100*ms, 300*ms, 700*ms, 1500*ms, 3100*ms, 6300*ms, 11300*ms, 16300*ms)
			if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "stock is away") ||
				!strings.Contains(text, "held=7 settled=2 repaired=1") {
				t.Errorf("logged %s", text)
			}
			if n := len(*failed); n != 9 || (*failed)[8] || !(*failed)[7] {
				t.Errorf("counted %v", *failed)
			}
		})
	})
	t.Run("counts no walk that the end broke off", func(t *testing.T) {
		broken := func(int) (reservation.Walked, error) {
			time.Sleep(time.Hour)
			return reservation.Walked{}, context.Canceled
		}
		synctest.Test(t, func(t *testing.T) {
			w := walk.New(walk.Options{
				Interval: interval, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler),
				Counted: func(bool) { t.Error("counted") },
			})
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			if err := w.Run(ctx, &script{began: time.Now(), answer: broken}); err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	})
}
