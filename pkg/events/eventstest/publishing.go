package eventstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"inventory.example/pkg/events"
)

const (
	largeBatch  = 5000
	largeReason = 256 << 10 // bytes
)

func testOrder(s *suite) {
	p := s.publisher()
	list := s.mixed(keys("product", 20), 1, 40)
	r := newRecord()
	s.join(s.subscriber(), "order", "a", r)
	for rest, size := list, 1; len(rest) > 0; size = size%97 + 13 { // batches of many sizes
		n := min(size, len(rest))
		s.publish(p, rest[:n]...)
		rest = rest[n:]
	}
	r.expectOnce(s, p, list)
}

func testConcurrentPublishers(s *suite) {
	const publishers, versions = 8, 60
	r := newRecord()
	s.join(s.subscriber(), "order", "a", r)
	lists := make([][]events.Event, publishers)
	errs := make([]error, publishers)
	var wait sync.WaitGroup
	for i := range publishers {
		p := s.publisher()
		lists[i] = s.mixed(keys(fmt.Sprintf("product-%d", i), 3), 1, versions)
		wait.Go(func() {
			for batch := range slices.Chunk(lists[i], 7) {
				if errs[i] = p.PublishBatch(s.ctx, batch); errs[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		s.Fatal(err)
	}
	var all []events.Event
	for _, list := range lists {
		all = append(all, list...)
	}
	r.expectOnce(s, s.publisher(), all)
}

func testDocuments(s *suite) {
	p := s.publisher()
	r := newRecord()
	s.join(s.subscriber(), "documents", "a", r)
	texts := []string{
		"", "plain", `quotes " and \ backslashes`, "línea\nnueva\tüber 東京 🛒", "<b>&amp;</b>", "nul \x00 in the middle",
		`{"id":"a document in a document"}`, strings.Repeat("x", largeReason),
	}
	list := make([]events.Event, len(texts))
	for i, text := range texts {
		list[i] = s.eventOf("product-1", int64(i+1), counted{Key: "product-1", Text: text})
		if err := p.Publish(s.ctx, list[i]); err != nil {
			s.Fatalf("publish an event with a reason of %d bytes: %v", len(text), err)
		}
	}
	traced, err := events.New(events.Meta{
		ID: "traced", Version: int64(len(list) + 1),
		Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}, removed{Key: "product-1"})
	if err != nil {
		s.Fatal(err)
	}
	s.publish(p, traced)
	r.expectOnce(s, p, append(list, traced))
}

func testLargeBatch(s *suite) {
	p := s.publisher()
	names := keys("product", 250)
	list := s.mixed(names, 1, largeBatch/int64(len(names)))
	s.publish(p, list...)
	r := newRecord()
	s.join(s.subscriber(), "large", "a", r)
	r.expectOnce(s, p, list)
}

func testEmptyBatch(s *suite) {
	if err := s.publisher().PublishBatch(s.ctx, nil); err != nil {
		s.Errorf("got %v", err)
	}
}

func testCancelledPublish(s *suite) {
	p := s.publisher()
	cancelled, cancel := context.WithCancel(s.ctx)
	cancel()
	if err := p.Publish(cancelled, s.event("product-1", 1)); !errors.Is(err, context.Canceled) {
		s.Errorf("Publish: got %v, want the context's error", err)
	}
	if err := p.PublishBatch(cancelled, s.mixed(keys("product", 3), 1, 3)); !errors.Is(err, context.Canceled) {
		s.Errorf("PublishBatch: got %v, want the context's error", err)
	}
	r := newRecord()
	s.join(s.subscriber(), "cancelled", "a", r)
	r.expectOnce(s, p, []events.Event{s.published(p, "product-9", 1)})
}

// published publishes one event and returns it.
func (s *suite) published(p events.Publisher, key string, version int64) events.Event {
	s.Helper()
	e := s.event(key, version)
	s.publish(p, e)
	return e
}

// testClosePublisher closes a publisher while batches are published: each batch is
// either acknowledged as a whole and stored, or refused.
func testClosePublisher(s *suite) {
	const writers = 4
	p := s.broker.Publisher(s.T)
	acknowledged := make([][]events.Event, writers)
	refused := make([]error, writers)
	started := make(chan struct{}, writers)
	var wait sync.WaitGroup
	for i := range writers {
		batches := make([][]events.Event, 0, 200)
		for version := int64(1); version <= 1000; version += 5 {
			batches = append(batches, s.mixed([]string{fmt.Sprintf("product-%d", i)}, version, version+4))
		}
		wait.Go(func() {
			for n, batch := range batches {
				if refused[i] = p.PublishBatch(s.ctx, batch); refused[i] != nil {
					return
				}
				acknowledged[i] = append(acknowledged[i], batch...)
				if n == 0 {
					started <- struct{}{}
				}
			}
		})
	}
	for range writers {
		select {
		case <-started:
		case <-s.ctx.Done():
			s.Fatal("no batch was published: ", s.ctx.Err())
		}
	}
	for range 2 { // a second Close does nothing
		if err := p.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
	}
	wait.Wait()
	for _, err := range refused {
		if err != nil && !errors.Is(err, events.ErrClosed) {
			s.Errorf("PublishBatch while closing: got %v, want ErrClosed", err)
		}
	}
	if err := p.Publish(s.ctx, s.event("product-x", 1)); !errors.Is(err, events.ErrClosed) {
		s.Errorf("Publish after Close: got %v, want ErrClosed", err)
	}
	if err := p.PublishBatch(s.ctx, s.mixed([]string{"product-x"}, 1, 3)); !errors.Is(err, events.ErrClosed) {
		s.Errorf("PublishBatch after Close: got %v, want ErrClosed", err)
	}
	var all []events.Event
	for _, list := range acknowledged {
		all = append(all, list...)
	}
	r := newRecord()
	s.join(s.subscriber(), "closing", "a", r)
	r.waitFor(s, all)
	r.expectSound(s)
}
