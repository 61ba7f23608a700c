package importapi

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// maxPacked is how much of a report, compressed, waits for the end of the request's
// body, in bytes. Many clients read no response before they have sent their body, and
// would wait for a server that waits for them.
const maxPacked = 4 << 20

// report is the response with every line that failed: NDJSON with an object for each
// of them, and at the end the summary. Its memory is bounded: the response begins
// before the body has ended if the report is long.
type report struct {
	c          *gin.Context
	controller *http.ResponseController
	to         httpapi.Pieces
	limit      int // bytes of packed

	packed  bytes.Buffer
	packer  *flate.Writer // nil: nothing is packed
	encoder *json.Encoder // to the packer, or, once begun, to the response
	begun   bool
	lines   int64
}

// newReport returns a report whose client may leave it unread for that time.
func newReport(c *gin.Context, unread time.Duration) *report {
	return &report{
		c: c, controller: http.NewResponseController(c.Writer), to: httpapi.NewPieces(c.Writer, unread), limit: maxPacked,
	}
}

// errUnread is the error of a client that does not read the report, or has left.
var errUnread = problem.Invalid("errors", "cannot be all for a client that does not read the response while it sends the file")

// add reports lines that failed. Without a report, r is nil, it does nothing.
func (r *report) add(failed []bulk.Error) error {
	if r == nil || len(failed) == 0 {
		return nil
	}
	if r.encoder == nil {
		r.packer, _ = flate.NewWriter(&r.packed, flate.BestSpeed) // an error means another level
		r.encode(r.packer)
	}
	for _, e := range failed {
		r.lines++
		if err := r.encoder.Encode(e); err != nil {
			return errUnread
		}
	}
	if !r.begun && r.packed.Len() > r.limit {
		return r.begin()
	}
	return nil
}

func (r *report) encode(to io.Writer) {
	r.encoder = json.NewEncoder(to)
	r.encoder.SetEscapeHTML(false)
}

// begin begins the response with the packed lines.
func (r *report) begin() error {
	r.begun = true
	_ = r.controller.EnableFullDuplex() // HTTP/2 always is
	h := r.c.Writer.Header()
	h.Set("Content-Type", typeNDJSON)
	h.Set("X-Accel-Buffering", "no")
	r.c.Writer.WriteHeader(http.StatusOK)
	if r.packer != nil {
		_ = r.packer.Close()
		if _, err := io.Copy(r.to, flate.NewReader(&r.packed)); err != nil { //nolint:gosec // the lines of add
			return errUnread
		}
		r.packer, r.packed = nil, bytes.Buffer{}
	}
	r.encode(r.to)
	return nil
}

// sendSummary ends the report with the summary.
func (r *report) sendSummary(s bulk.Summary) error {
	if !r.begun {
		if err := r.begin(); err != nil {
			return err
		}
	}
	defer r.to.End()
	_ = r.encoder.Encode(s.Reported(r.lines)) // or the client has left
	return nil
}

// fail ends the report with the problem of the request, if the response has begun, and
// returns err.
func (r *report) fail(err error) error {
	if r == nil || !r.begun {
		return err
	}
	defer r.to.End()
	_, _ = r.to.Write(append(httpapi.ProblemDocument(r.c, err), '\n'))
	return err
}
