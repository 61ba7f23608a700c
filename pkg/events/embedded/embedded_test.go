package embedded_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashVariable); path != "" {
		crash(path) // does not return
	}
	goleak.VerifyTestMain(m)
}

// broker is an eventstest.Broker.
type broker struct {
	options embedded.Options
	*embedded.Broker
}

func (b *broker) Publisher(*testing.T) events.Publisher   { return b.Broker.Publisher() }
func (b *broker) Subscriber(*testing.T) events.Subscriber { return b.Broker.Subscriber() }
func (b *broker) Inspector(*testing.T) events.Inspector   { return b.Broker }

func (b *broker) Restart(t *testing.T) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.Broker, err = embedded.Open(t.Context(), b.options); err != nil {
		t.Fatal(err)
	}
}

// open opens a broker and closes it with the test. The path may be empty.
func open(t *testing.T, o embedded.Options) *broker {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "broker.db")
	}
	o.Logger = slog.New(slog.DiscardHandler)
	opened, err := embedded.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{options: o, Broker: opened}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestBroker_Conformance(t *testing.T) {
	tests := map[string]embedded.Options{
		"from memory":       {},
		"mostly catch up":   {TailLength: 3},
		"every batch twice": {Rehearse: true},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			eventstest.Run(t, func(t *testing.T) eventstest.Broker { return open(t, options) },
				eventstest.Features{ClientsEndWithBroker: true})
		})
	}
}

func TestOpen_FileInUse(t *testing.T) {
	b := open(t, embedded.Options{})
	if _, err := embedded.Open(t.Context(), b.options); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
}
