package brokerapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

// EndOfEvents begins the last line of the response of EventsPath, without which the
// response is incomplete; no id has a space. The time after it, in
// events.TimeFormat, is that from which on the broker has every event. There is
// none if the broker never trimmed an event.
const EndOfEvents = "end "

// events writes the id of every event in the broker, one per line.
func (b *broker) events(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	c.Header("Content-Type", "text/plain; charset=utf-8")
	out := bufio.NewWriter(c.Writer)
	err := b.inspector.Scan(c.Request.Context(), func(e events.Event) error {
		if strings.ContainsAny(e.ID, " \n") {
			return nil // not an id of this system; it must not look like the end
		}
		_, err := out.WriteString(e.ID + "\n")
		return err
	})
	if err != nil {
		return err
	}
	// After the scan: events that were trimmed during it count as trimmed.
	since, err := b.inspector.KeptSince(c.Request.Context())
	if err != nil {
		return err
	}
	end := EndOfEvents
	if !since.IsZero() {
		end += events.FormatTime(since)
	}
	if _, err := out.WriteString(end + "\n"); err != nil {
		return err
	}
	return out.Flush()
}

// maxTypes bounds the list of event types in a query, in characters.
const maxTypes = 1024

// tail writes the documents of the events that are published from now on, one per
// line, until the client disconnects or the server stops. The types of the query,
// separated by commas, select the events; without them it writes all.
func (b *broker) tail(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "types"); err != nil {
		return err
	}
	text, given, err := httpapi.Query(c, "types")
	if err != nil {
		return err
	}
	var types []string
	if given {
		var checks problem.Checks
		checks.Word("types", text, 1, maxTypes)
		if err := checks.Err(); err != nil {
			return err
		}
		types = strings.Split(text, ",")
	}
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	// The header is sent before the first event, so that the client knows that
	// the tail has begun. An error of the broker must come before that.
	if _, err := b.inspector.KeptSince(ctx); err != nil {
		return err
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-httpserver.Draining(ctx):
			cancel()
		case <-ctx.Done():
		}
	}()
	defer func() { cancel(); <-stopped }()
	c.Header("Content-Type", "application/x-ndjson")
	c.Writer.WriteHeader(http.StatusOK)
	c.Writer.Flush()
	return b.inspector.Tail(ctx, func(e events.Event) error {
		if len(types) > 0 && !slices.Contains(types, string(e.Type)) {
			return nil
		}
		if _, err := c.Writer.Write(line(e)); err != nil {
			return err
		}
		c.Writer.Flush()
		return nil
	})
}

// line returns the document of an event on one line.
func line(e events.Event) []byte {
	var one bytes.Buffer
	if err := json.Compact(&one, e.Document()); err != nil {
		return nil // cannot happen: Decode accepts only JSON
	}
	one.WriteByte('\n')
	return one.Bytes()
}
