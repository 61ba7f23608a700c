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

// EndOfEvents begins the last line of the answer of EventsPath, which tells
// that nothing is missing; no id has a space. Behind it stands the time from
// which on the broker has all, in events.TimeFormat; nothing when it has all
// that ever were.
const EndOfEvents = "end "

// events writes the id of every event in the broker, one each line.
func (b *broker) events(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	c.Header("Content-Type", "text/plain; charset=utf-8")
	out := bufio.NewWriter(c.Writer)
	err := b.inspector.Scan(c.Request.Context(), func(e events.Event) error {
		if strings.ContainsAny(e.ID, " \n") {
			return nil // none of ours; it must not look like the end
		}
		_, err := out.WriteString(e.ID + "\n")
		return err
	})
	if err != nil {
		return err
	}
	// Only now: what is trimmed during the scan counts as trimmed.
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

// tail writes the documents of the events that are published from now on, one
// each line, until the client goes or the server stops. The query's types,
// separated by commas, are those that it wants; by default all.
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
	// The answer begins before the first event, so that the client knows that
	// it is being served; so the broker is asked for something before.
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
		return nil // no event is without a document; one that Decode read is JSON
	}
	one.WriteByte('\n')
	return one.Bytes()
}
