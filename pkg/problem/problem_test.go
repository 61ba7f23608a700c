package problem_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/problem"
)

// down is the error of a part that does not use problems.
type down struct{}

func (down) Error() string { return "down" }

func (down) Unavailable() (detail string, retryAfter time.Duration) {
	return "It is down.", 3 * time.Second
}

func TestOf(t *testing.T) {
	if p := problem.Of(errors.New("other")); p != nil {
		t.Errorf("got %v for an error without a problem", p)
	}
	known := problem.New(problem.NotFound, "It is not there.")
	if p := problem.Of(fmt.Errorf("read: %w", known)); p != known {
		t.Errorf("got %v, want the problem itself", p)
	}
	err := fmt.Errorf("read: %w", down{})
	p := problem.Of(err)
	if p == nil || p.Code != problem.StorageUnavailable || p.Detail != "It is down." || p.RetryAfter != 3*time.Second {
		t.Fatalf("got %+v", p)
	}
	if !errors.Is(p, down{}) {
		t.Error("the cause is lost")
	}
	if code := problem.CodeOf(err); code != problem.StorageUnavailable {
		t.Errorf("the code is %s", code)
	}
}
