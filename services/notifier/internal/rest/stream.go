package rest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/stream"
)

const (
	// heartbeat is the time between two comments that show that the connection works;
	// proxies close connections that are silent for a minute.
	heartbeat = 15 * time.Second
	// writeChunk is how many bytes are written at once, unless one event has
	// more. A batch of usual events is one write, because the system calls of the
	// writes are most of the cost of a reader. It is also the memory that a reader
	// occupies while it does not read.
	writeChunk = 32 << 10
)

// The fixed parts of the response. retry is in milliseconds.
var (
	textRetry     = []byte("retry: 2000\n\n")
	textHeartbeat = []byte(": heartbeat\n\n")
)

// followStream serves GET /events/stream.
func (h handlers) followStream(c *gin.Context) error {
	if err := httpapi.KnownQueryAndLists(c, []string{"event_type"}, "store_id", "last_event_id"); err != nil {
		return err
	}
	filter, err := streamFilter(c)
	if err != nil {
		return err
	}
	after, err := lastEventID(c)
	if err != nil {
		return err
	}
	reader, err := h.deps.Stream.Open(httpapi.CallerOf(c).Name, filter, after)
	if err != nil {
		return err
	}
	defer reader.Close()
	header := c.Writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // nginx passes each write on at once
	c.Writer.WriteHeader(http.StatusOK)
	var connection http.ResponseWriter = c.Writer
	if u, ok := connection.(interface{ Unwrap() http.ResponseWriter }); ok {
		connection = u.Unwrap()
	}
	s := &sender{
		deps: h.deps, writer: c.Writer, controller: http.NewResponseController(connection), reader: reader,
		admitted: func() bool { return httpapi.StillAdmitted(c) },
	}
	err = s.sendAll(c.Request.Context())
	switch {
	case errors.Is(err, errGone):
		return nil
	case errors.Is(err, stream.ErrTooSlow):
		h.deps.Logger.InfoContext(c.Request.Context(), "stream reader dropped", slog.String("caller", httpapi.CallerOf(c).Name))
		return nil
	default:
		return err
	}
}

func streamFilter(c *gin.Context) (f stream.Filter, err error) {
	caller := httpapi.CallerOf(c)
	f.Within = caller.Stores()
	names, err := httpapi.QueryList(c, "event_type")
	if err != nil {
		return f, err
	}
	var checks problem.Checks
	for _, name := range names {
		checks.Require(slices.Contains(feed.Types(), events.Type(name)), "event_type", "must be the name of an event type, or several separated by commas")
		f.Types = append(f.Types, events.Type(name))
	}
	store, given, err := httpapi.Query(c, "store_id")
	if err != nil {
		return f, err
	}
	if given {
		checks.StoreID("store_id", store)
	}
	if err := checks.Err(); err != nil || !given {
		return f, err
	}
	f.StoreID = store
	return f, caller.CheckStore("store_id", store)
}

// lastEventID returns the id of the last event that the caller has, nil when the
// request has none. A browser's EventSource can set the parameter when it begins;
// when it connects again it sends the header, which is newer.
func lastEventID(c *gin.Context) (*int64, error) {
	after, err := httpapi.QueryInt(c, "last_event_id", 0, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	given := c.Request.Header.Values("Last-Event-ID")
	if len(given) == 0 {
		return after, nil
	}
	id, err := strconv.ParseUint(given[0], 10, 63)
	if err != nil || len(given) > 1 {
		return nil, problem.Invalid("Last-Event-ID", "must be the id of an event of this stream")
	}
	seq := int64(id)
	return &seq, nil
}

// sender writes to one reader's connection.
type sender struct {
	deps       Deps
	writer     gin.ResponseWriter
	controller *http.ResponseController // of the connection itself: gin's hides its errors
	reader     *stream.Reader
	admitted   func() bool // the reader's API key is still valid
}

// sendAll writes until the client goes, the server stops, or the reader is too slow. In
// each case the response ends, and the client connects again with the last id.
func (s *sender) sendAll(ctx context.Context) error {
	if err := s.write(textRetry); err != nil {
		return err
	}
	draining := httpserver.Draining(ctx)
	timer := s.deps.Clock.NewTimer(heartbeat)
	defer func() { timer.Stop() }()
	for {
		frames, more, err := s.reader.Next(ctx)
		if err != nil {
			return err
		}
		if err := s.send(frames); err != nil {
			return err
		}
		select {
		case <-draining:
			return nil
		case <-ctx.Done():
			return nil
		case <-timer.C():
			if !s.admitted() {
				return nil
			}
			if err := s.write(textHeartbeat); err != nil {
				return err
			}
			timer = s.deps.Clock.NewTimer(heartbeat)
		case <-orNow(more):
		}
	}
}

// now is a channel that is closed already.
var now = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// orNow returns more, or a closed channel when more is nil.
func orNow(more <-chan struct{}) <-chan struct{} {
	if more == nil {
		return now
	}
	return more
}

var chunks = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// send writes the frames, several at once.
func (s *sender) send(frames []*stream.Frame) error {
	if len(frames) == 0 {
		return nil
	}
	chunk := chunks.Get().(*bytes.Buffer)
	defer chunks.Put(chunk)
	chunk.Reset()
	for i, f := range frames {
		text := f.Text()
		if chunk.Len() > 0 && chunk.Len()+len(text) > writeChunk {
			if err := s.write(chunk.Bytes()); err != nil {
				return err
			}
			chunk.Reset()
		}
		if len(text) <= writeChunk {
			chunk.Write(text)
		} else if err := s.write(text); err != nil {
			return err
		}
		frames[i] = nil // so that the window can free it
	}
	if chunk.Len() == 0 {
		return nil
	}
	return s.write(chunk.Bytes())
}

// errGone is the error of a client that has disconnected.
var errGone = errors.New("the reader of the stream has gone")

// write sends text at once. A connection that does not accept it in time belongs to a
// reader that is too slow. The network measures that time, not the clock.
func (s *sender) write(text []byte) error {
	_ = s.controller.SetWriteDeadline(time.Now().Add(s.deps.WriteTimeout)) // a writer of tests has none
	_, err := s.writer.Write(text)
	if err == nil {
		err = s.controller.Flush()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return s.reader.TooSlow()
	default:
		return errGone
	}
}
