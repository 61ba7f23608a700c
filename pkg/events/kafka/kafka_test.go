package kafka

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"inventory.example/pkg/events"
	"inventory.example/pkg/tlsfiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a broker without a server.
func open(t *testing.T) *Broker {
	t.Helper()
	c := testConfig
	c.SASLMechanism, c.Username, c.Password = saslPlain, "alice", "opensesame"
	b, err := Open(t.Context(), Options{Config: c, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestBroker_WithoutServer(t *testing.T) {
	b := open(t)
	p := b.Publisher()
	pinger, ok := p.(events.Pinger)
	if !ok {
		t.Fatal("the publisher is no events.Pinger")
	}
	_, groups := b.Groups(t.Context())
	for what, err := range map[string]error{
		"publish": p.Publish(t.Context(), newEvent(t, 1, "")), "ping": pinger.Ping(t.Context()), "groups": groups,
		"scan": b.Scan(t.Context(), func(events.Event) error { return nil }),
	} {
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "opensesame") {
			t.Errorf("%s: got %v, want an error about the connection", what, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := b.Subscriber().Subscribe(ctx, events.Subscription{
		Group: "group", Handler: func(context.Context, events.Event) error { return nil },
	})
	if err != nil {
		t.Errorf("Subscribe: %v", err)
	}
}

func TestBroker_Close(t *testing.T) {
	b := open(t)
	p := b.Publisher()
	if err := errors.Join(b.Close(), b.Close(), p.Close(), p.Close()); err != nil {
		t.Fatal(err)
	}
	_, discard := b.DiscardDeadLetter(t.Context(), "0-1")
	for what, err := range map[string]error{
		"publish": p.Publish(t.Context(), newEvent(t, 1, "")), "replay": b.ReplayDeadLetter(t.Context(), "0-1"), "discard": discard,
		"a publisher that is opened late": b.Publisher().Publish(t.Context(), newEvent(t, 1, "")),
	} {
		if !errors.Is(err, events.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", what, err)
		}
	}
}

func TestOpen_InvalidConfig(t *testing.T) {
	c := testConfig
	c.TLS = tlsfiles.ClientConfig{Enabled: true, CAFile: "nowhere.pem"}
	if _, err := Open(t.Context(), Options{Config: c}); err == nil || !strings.Contains(err.Error(), "nowhere.pem") {
		t.Errorf("got %v, want an error about the file", err)
	}
	c = testConfig
	c.Brokers = []string{"host:port"}
	if _, err := Open(t.Context(), Options{Config: c}); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("got %v, want an error about the address", err)
	}
}

func TestConnection_CheckSizes(t *testing.T) {
	small := eventRecord(newEvent(t, 1, ""), "")
	c := &connection{limits: map[string]int32{testConfig.Topic: int32(recordSize(small))}} //nolint:gosec // some hundred bytes
	if err := c.checkSizes([]*kgo.Record{small}); err != nil {
		t.Error(err)
	}
	large := eventRecord(newEvent(t, 1, ""), "group")
	err := c.checkSizes([]*kgo.Record{small, large})
	if !errors.Is(err, kerr.MessageTooLarge) || !strings.Contains(err.Error(), "product-1") {
		t.Errorf("got %v, want MESSAGE_TOO_LARGE with the record's key", err)
	}
}

func TestDialErrors_Explain(t *testing.T) {
	var dialErrors dialErrors
	if err := dialErrors.explain(kgo.ErrRecordTimeout); err.Error() != kgo.ErrRecordTimeout.Error() {
		t.Errorf("got %v", err)
	}
	refused := errors.New("refused")
	dialErrors.OnBrokerConnect(kgo.BrokerMetadata{}, 0, nil, refused)
	if err := dialErrors.explain(kgo.ErrRecordTimeout); !errors.Is(err, refused) || !errors.Is(err, kgo.ErrRecordTimeout) {
		t.Errorf("got %v, want both errors", err)
	}
	if err := dialErrors.explain(kerr.TopicAuthorizationFailed); errors.Is(err, refused) {
		t.Errorf("got %v, which was clear already", err)
	}
}
