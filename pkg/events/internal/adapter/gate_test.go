package adapter_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGate(t *testing.T) {
	g := adapter.NewGate()
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
		t.Errorf("Enter while it closes: got %v, want ErrClosed", err)
	}
	select {
	case <-ended:
		t.Error("Close did not wait for the call")
	default:
	}
	g.Leave()
	<-ended
	g.Close() // a second time
	if err := g.Run(func() error { t.Error("a call ran after Close"); return nil }); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Run after Close: got %v, want ErrClosed", err)
	}
}
