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

// streamed is what the stream of events tells of an event.
type streamed struct {
	ID          string `json:"id"`
	Type        string `json:"event_type"`
	AggregateID string `json:"aggregate_id"`
}

// follow reads the stream of events until enough says so. after is the place to
// begin behind; empty: what happens next. opened is called once the stream is.
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
		return fmt.Errorf("the stream answers %s", response.Status)
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
	return fmt.Errorf("the stream ended before all was in it: %w", lines.Err())
}

// watched does something while the stream is followed, and waits until the
// stream has told that an event of the type happened to the aggregate that act
// returns: the proxy passes on what comes while the stream goes on.
func (c *client) watched(ctx context.Context, eventType string, act func() (aggregateID string, err error)) error {
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	var mu sync.Mutex
	told := map[streamed]bool{} // without the id
	opened, ended := make(chan struct{}), make(chan error, 1)
	reading.Go(func() {
		ended <- c.follow(ctx, "", func() { close(opened) }, func(e streamed) bool {
			mu.Lock()
			defer mu.Unlock()
			told[streamed{Type: e.Type, AggregateID: e.AggregateID}] = true
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
		if !told[streamed{Type: eventType, AggregateID: id}] {
			return fmt.Errorf("the stream does not tell %s of %s", eventType, id)
		}
		return nil
	})
}

// streamedOnce reads the stream from its beginning until it has told that every
// reservation of the load was made, and checks that it tells nothing twice.
func (l *load) streamedOnce(ctx context.Context) error {
	missing, told := map[string]bool{}, map[string]bool{}
	for id := range l.orders {
		missing[id] = true
	}
	var twice error
	err := l.client.follow(ctx, "0", func() {}, func(e streamed) bool {
		if told[e.ID] {
			twice = fmt.Errorf("the stream tells event %s twice", e.ID)
		}
		told[e.ID] = true
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
