package httpapi

import (
	"net/http"
	"time"
)

// pieceBytes is how much of a streamed response is written with one deadline.
const pieceBytes = 32 << 10

// Unread is how long the client of a streamed response may read nothing before its
// connection ends. Otherwise a client that stops would keep its handler, with the
// memory of that, for ever.
const Unread = 30 * time.Second

// Pieces writes a streamed response in pieces, each with a deadline of its own. So a
// response may last as long as its client goes on reading, however slowly.
type Pieces struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	unread     time.Duration
}

// NewPieces returns a writer whose deadline is unread after the beginning of a piece.
func NewPieces(w http.ResponseWriter, unread time.Duration) Pieces {
	return Pieces{w, http.NewResponseController(w), unread}
}

// Write implements io.Writer.
func (p Pieces) Write(text []byte) (n int, err error) {
	for len(text) > 0 && err == nil {
		p.setDeadline()
		var written int
		written, err = p.w.Write(text[:min(len(text), pieceBytes)])
		n, text = n+written, text[written:]
	}
	return n, err
}

// Flush sends the pieces that a buffer still has.
func (p Pieces) Flush() error {
	p.setDeadline()
	return p.controller.Flush()
}

// End lifts the deadline, because the connection may have another request.
func (p Pieces) End() { _ = p.controller.SetWriteDeadline(time.Time{}) }

// setDeadline leaves writers of tests unchanged, which have no deadline.
func (p Pieces) setDeadline() { _ = p.controller.SetWriteDeadline(time.Now().Add(p.unread)) }
