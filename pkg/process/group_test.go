package process_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/process"
)

const limit = time.Minute

// journal records the stops of the parts, in order.
type journal struct {
	mu      sync.Mutex
	entries []string
}

func (j *journal) note(entry string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, entry)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

// part runs until it is stopped, and records its stop and its end.
func (j *journal) part(name string, started *sync.WaitGroup) func(context.Context) error {
	started.Add(1)
	return func(ctx context.Context) error {
		started.Done()
		<-ctx.Done()
		j.note("stop " + name)
		j.note("end " + name)
		return nil
	}
}

func TestGroup_stopsInOrder(t *testing.T) {
	var j journal
	var started sync.WaitGroup
	var g process.Group
	for _, name := range []string{"server", "consumers", "relay", "database"} {
		g.Add(name, j.part(name, &started))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, limit) }()
	started.Wait() // all run side by side
	if entries := j.all(); len(entries) > 0 {
		t.Errorf("before the end: %v", entries)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v", err)
	}
	want := []string{
		"stop server", "end server", "stop consumers", "end consumers",
		"stop relay", "end relay", "stop database", "end database",
	}
	if got := j.all(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGroup_stopsWhenPartEnds(t *testing.T) {
	boom := errors.New("boom")
	tests := map[string]struct {
		returns error
		want    string
	}{
		"with an error": {returns: boom, want: "broken: boom"},
		"without":       {want: "broken: ended unasked"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var j journal
			var started sync.WaitGroup
			var g process.Group
			g.Add("first", j.part("first", &started))
			g.Add("broken", func(context.Context) error {
				started.Wait()
				return test.returns
			})
			g.Add("last", j.part("last", &started))
			err := g.Run(t.Context(), limit)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if test.returns != nil && !errors.Is(err, test.returns) {
				t.Errorf("%v is not in the chain of %v", test.returns, err)
			}
			want := []string{"stop first", "end first", "stop last", "end last"}
			if got := j.all(); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestGroup_joinsErrors(t *testing.T) {
	var g process.Group
	errs := []error{errors.New("one"), errors.New("two"), errors.New("three")}
	g.Add("a", func(context.Context) error { return errs[0] })
	for i, name := range []string{"b", "c"} {
		g.Add(name, func(ctx context.Context) error {
			<-ctx.Done()
			return errs[i+1]
		})
	}
	err := g.Run(t.Context(), limit)
	for _, want := range errs {
		if !errors.Is(err, want) {
			t.Errorf("%v is not in the chain of %v", want, err)
		}
	}
}

func TestGroup_namesLateParts(t *testing.T) {
	var g process.Group
	release := make(chan struct{})
	var left sync.WaitGroup
	stuck := func(context.Context) error {
		defer left.Done()
		<-release
		return nil
	}
	left.Add(2)
	stopped := make(chan struct{})
	boom := errors.New("boom")
	g.Add("quick", func(context.Context) error { return boom })
	g.Add("stuck", stuck)
	g.Add("second", func(ctx context.Context) error {
		defer left.Done()
		<-ctx.Done()
		close(stopped)
		<-release
		return nil
	})
	err := g.Run(t.Context(), time.Millisecond)
	if !errors.Is(err, process.ErrDeadline) || !errors.Is(err, boom) {
		t.Errorf("got %v, want ErrDeadline and boom", err)
	}
	late := ": " + process.ErrDeadline.Error()
	if text := err.Error(); strings.Contains(text, "quick"+late) || !strings.Contains(text, "stuck"+late) ||
		!strings.Contains(text, "second"+late) {
		t.Errorf("got %q, want it to name stuck and second", text)
	}
	<-stopped // also an abandoned part's context ends
	close(release)
	left.Wait()
}

func TestGroup_keepsContextValues(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	var g process.Group
	g.Add("part", func(own context.Context) error {
		if own.Value(key{}) != "value" {
			t.Error("the value is lost")
		}
		cancel()
		<-own.Done()
		return nil
	})
	if err := g.Run(ctx, limit); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestGroup_noParts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var g process.Group
	if err := g.Run(ctx, limit); err != nil {
		t.Errorf("got %v", err)
	}
}
