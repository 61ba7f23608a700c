package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// streamed is an event as the stream sends it.
type streamed struct {
	ID          string `json:"id"`
	Type        string `json:"event_type"`
	AggregateID string `json:"aggregate_id"`
}

// follow reads the stream of events until enough returns true. after is the id of
// the last event to skip; empty: the stream begins with the next event. follow
// calls opened once the stream is open.
func (c *client) follow(ctx context.Context, after string, opened func(), enough func(streamed) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/v1/events/stream", http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("X-API-Key", c.key)
	if after != "" {
		request.Header.Set("Last-Event-ID", after)
	}
	endless := &http.Client{Transport: c.http.Transport} // ctx bounds it
	response, err := endless.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the stream responds with %s", response.Status)
	}
	opened()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 2<<20)
	for lines.Scan() {
		document, isData := strings.CutPrefix(lines.Text(), "data: ")
		if !isData {
			continue
		}
		var event streamed
		if err := json.Unmarshal([]byte(document), &event); err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		if enough(event) {
			return nil
		}
	}
	return fmt.Errorf("the stream ended too early: %w", lines.Err())
}

// watched calls act while it follows the stream, and waits for an event of the
// type on the aggregate that act returns. It shows that the proxy does not buffer
// the stream.
func (c *client) watched(ctx context.Context, eventType string, act func() (aggregateID string, err error)) error {
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	var mu sync.Mutex
	seen := map[streamed]bool{} // without the id
	opened, ended := make(chan struct{}), make(chan error, 1)
	reading.Go(func() {
		ended <- c.follow(ctx, "", func() { close(opened) }, func(e streamed) bool {
			mu.Lock()
			defer mu.Unlock()
			seen[streamed{Type: e.Type, AggregateID: e.AggregateID}] = true
			return false
		})
	})
	select {
	case <-opened:
	case err := <-ended:
		return err
	}
	id, err := act()
	if err != nil {
		return err
	}
	return eventually(ctx, func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if !seen[streamed{Type: eventType, AggregateID: id}] {
			return fmt.Errorf("the stream has no %s of %s", eventType, id)
		}
		return nil
	})
}

// streamedOnce reads the stream from its beginning until it has seen the creation
// of every reservation of the load, and checks that no event comes twice.
func (l *load) streamedOnce(ctx context.Context) error {
	missing, seen := map[string]bool{}, map[string]bool{}
	for id := range l.orders {
		missing[id] = true
	}
	var twice error
	err := l.client.follow(ctx, "0", func() {}, func(e streamed) bool {
		if seen[e.ID] {
			twice = fmt.Errorf("the stream has event %s twice", e.ID)
		}
		seen[e.ID] = true
		if e.Type == "reservation.created" {
			delete(missing, e.AggregateID)
		}
		return len(missing) == 0 || twice != nil
	})
	if err != nil {
		return fmt.Errorf("%d reservations are missing in the stream: %w", len(missing), err)
	}
	return twice
}
