package operator

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/problem"
)

// AskBroker calls ask with the name of a service that gives access to the broker.
// All of them do; one that cannot be reached is skipped.
func (c *Client) AskBroker(ask func(service string) error) error {
	var first error
	for _, name := range Services {
		err := ask(name)
		if !errors.Is(err, errUnreachable) {
			return err
		}
		if first == nil {
			first = err
		}
		if c.target.url != "" {
			break // the others are the same process
		}
	}
	return first
}

// GetBroker asks for JSON about the broker.
func (c *Client) GetBroker(ctx context.Context, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, PageTimeout)
	defer cancel()
	return c.AskBroker(func(service string) error { return c.Get(ctx, service, path, answer) })
}

// IsNoBroker reports whether err says that no broker is configured.
func IsNoBroker(err error) bool { return problem.CodeOf(err) == problem.InvalidState }

// eventDigest stands for the id of an event in a set of very many.
type eventDigest [16]byte

func digestOf(id string) eventDigest {
	sum := sha256.Sum256([]byte(id))
	return eventDigest(sum[:16])
}

// BrokerContents says which events the broker holds.
type BrokerContents struct {
	events map[eventDigest]struct{}
	since  string // from then on it has all, in events.TimeFormat; empty: all that ever were
}

// Trimmed reports whether the broker may have trimmed an event.
func (b *BrokerContents) Trimmed(e audit.Event) bool { return e.CreatedAt <= b.since }

// Holds reports whether an event is in the broker.
func (b *BrokerContents) Holds(e audit.Event) bool {
	_, found := b.events[digestOf(e.ID)]
	return found
}

// Contents asks which events the broker holds.
func (c *Client) Contents(ctx context.Context) (*BrokerContents, error) {
	ctx, cancel := context.WithTimeout(ctx, c.target.timeout)
	defer cancel()
	b := &BrokerContents{}
	return b, c.AskBroker(func(service string) error {
		b.events = map[eventDigest]struct{}{}
		body, err := c.Open(ctx, http.MethodGet, service, brokerapi.EventsPath, nil)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		if err := b.read(body); err != nil {
			return fmt.Errorf("%s: the response of %s at %s broke off: %w", c.target.command, service, c.target.urls[service]+brokerapi.EventsPath, err)
		}
		return nil
	})
}

func (b *BrokerContents) read(body io.Reader) error {
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		since, last := strings.CutPrefix(lines.Text(), brokerapi.EndOfEvents)
		if last {
			b.since = since
			return nil
		}
		b.events[digestOf(lines.Text())] = struct{}{}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// Stamped calls each for the events of a service that have a synced_at and a
// seq up to until.
func (c *Client) Stamped(ctx context.Context, service string, until int64, each func(audit.Event)) error {
	for after := int64(0); after < until; {
		var page audit.Events
		if err := c.Page(ctx, service, "events", strconv.FormatInt(after, 10), &page); err != nil {
			return err
		}
		if len(page.Events) == 0 {
			return nil
		}
		for _, e := range page.Events {
			if e.Synced && e.Seq <= until {
				each(e)
			}
			after = e.Seq
		}
	}
	return nil
}
