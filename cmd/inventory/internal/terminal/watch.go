package terminal

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxEvent bounds one line of the stream.
const maxEvent = 1 << 20

// watch prints the events of the stream until ctx ends. After an interruption it
// continues after the last event.
func (s *session) watch(ctx context.Context, query url.Values) error {
	last, failures := "", 0
	for {
		printed, err := s.follow(ctx, query, &last)
		if printed {
			failures = 0
		}
		failures++
		var away *awayError
		if ctx.Err() == nil && (!errors.As(err, &away) || failures > maxAttempts) {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

// follow prints the events of one connection. It reports whether there were any.
func (s *session) follow(ctx context.Context, query url.Values, last *string) (printed bool, err error) {
	header := http.Header{"Accept": {"text/event-stream"}}
	if *last != "" {
		header.Set("Last-Event-ID", *last)
	}
	response, err := s.client.send(ctx, call{method: http.MethodGet, path: "/events/stream", query: query, header: header}, http.NoBody, "")
	if err != nil {
		return false, &awayError{s.client.base, plain(err)}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return false, refusalOf(response)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		if id, found := strings.CutPrefix(lines.Text(), "id:"); found {
			*last = strings.TrimSpace(id)
		}
		if data, found := strings.CutPrefix(lines.Text(), "data:"); found {
			printed = true
			if err := s.printEvent(strings.TrimSpace(data)); err != nil {
				return true, err
			}
		}
	}
	return printed, &awayError{s.client.base, fmt.Errorf("the stream broke off: %w", cmp.Or(lines.Err(), io.EOF))}
}

// printEvent prints an event: as JSON, or its time, type, store, and the figures of
// its payload.
func (s *session) printEvent(data string) error {
	var e streamed
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return fmt.Errorf("an event is not as expected: %w", err)
	}
	if s.asJSON {
		_, err := fmt.Fprintln(s.out, data)
		return err
	}
	var p struct {
		ProductID string `json:"product_id"`
		SKU       string `json:"sku"`
		Quantity  *int64 `json:"quantity"`
		Available *int64 `json:"available"`
		Reason    string `json:"reason"`
	}
	_ = json.Unmarshal(e.Payload, &p) // the figures that are not there are not shown
	line := fmt.Sprintf("%s  %-22s  %-10s  %s", e.CreatedAt, e.Type, e.StoreID, cmp.Or(p.SKU, p.ProductID))
	for _, figure := range []struct {
		name  string
		value *int64
	}{{"quantity", p.Quantity}, {"available", p.Available}} {
		if figure.value != nil {
			line += fmt.Sprintf("  %s %d", figure.name, *figure.value)
		}
	}
	if p.Reason != "" {
		line += "  " + p.Reason
	}
	_, err := fmt.Fprintln(s.out, strings.TrimRight(oneLine(line), " "))
	return err
}
