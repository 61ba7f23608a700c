package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"inventory.example/pkg/httpapi/httpserver"
)

// The bounds of the reading of a body that no handler wants. net/http alone
// would wait for 30 s until such a body has arrived before it sends the
// response, or close the connection while the client still sends, which then
// may never see the response.
const (
	arrivalGrace  = 50 * time.Millisecond // for a body on its way before the response
	maxArrival    = 256 << 10             // bytes of it
	lingerSilence = time.Second
	maxLinger     = 5 * time.Second
	maxLingering  = 4 << 20 // bytes after the response
)

// unread is the body of a request that may be refused before it was read.
type unread struct {
	source     io.Reader // the body as net/http has it; nil when there is none
	controller *http.ResponseController
	awaited    bool // the client sends it only after 100 Continue
	chunked    bool // net/http reads no more of it once a deadline has passed
}

// unreadBody returns the body of r. Only HTTP/1 needs this: in other protocols
// requests do not share a stream of bytes.
func unreadBody(w http.ResponseWriter, r *http.Request) unread {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || r.ProtoMajor != 1 {
		return unread{}
	}
	return unread{
		source: r.Body, controller: http.NewResponseController(w), chunked: r.ContentLength < 0, awaited: strings.EqualFold(header(r.Header, "Expect"), "100-continue"),
	}
}

// finish is called before the response to a request whose body is not wanted.
// It reads a body of a known length that has arrived, so that the connection
// can be used again. For any other body it announces the end of the connection,
// and returns true: then linger must be called after the response.
func (u *unread) finish(h http.Header) (lingers bool) {
	if u.source == nil {
		return false
	}
	deadline := time.Now().Add(arrivalGrace)
	if u.controller.SetReadDeadline(deadline) != nil {
		u.source = nil // a call within the process
		return false
	}
	if !u.awaited && !u.chunked {
		_, err := io.CopyN(io.Discard, u.source, maxArrival)
		if errors.Is(err, io.EOF) && u.controller.SetReadDeadline(time.Time{}) == nil && time.Now().Before(deadline) {
			u.source = nil
			return false
		}
	}
	h["Connection"] = []string{"close"}
	return true
}

// linger sends the response and then reads for a while the rest that the client
// still sends, because closing the connection at once could destroy the
// response on its way (RFC 9112, section 9.6).
func (u *unread) linger(ctx context.Context) {
	_ = u.controller.Flush()
	// net/http reads the rest of a body when the handler returns; with a
	// deadline in the past it does not wait.
	defer func() { _ = u.controller.SetReadDeadline(time.Unix(1, 0)) }()
	if u.awaited {
		return
	}
	end, draining := time.Now().Add(maxLinger), httpserver.Draining(ctx)
	buffer := make([]byte, 16<<10)
	for taken := 0; taken < maxLingering; {
		select {
		case <-draining:
			return
		default:
		}
		next := time.Now().Add(lingerSilence)
		if next.After(end) {
			next = end
		}
		if u.controller.SetReadDeadline(next) != nil {
			return
		}
		n, err := u.source.Read(buffer)
		if taken += n; err != nil {
			return
		}
	}
}
