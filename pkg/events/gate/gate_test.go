package gate_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGate(t *testing.T) {
	g := gate.New()
	if err := g.Enter(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.Close()
	}()
	<-g.Closing()
	if err := g.Enter(); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Enter while it closes: %v", err)
	}
	select {
	case <-ended:
		t.Error("Close did not wait for the call")
	default:
	}
	g.Leave()
	<-ended
	g.Close() // again
	if err := g.Enter(); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Enter after Close: %v", err)
	}
}
