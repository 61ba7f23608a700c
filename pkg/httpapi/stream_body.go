package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

// streamIdle is how long a streamed body may send nothing.
const streamIdle = 30 * time.Second

// StreamBody returns the body of a request on a route of HandleStream, to be
// read piece by piece, at most maxBytes of it. Its errors but io.EOF are
// problems: PayloadTooLarge, ValidationError for a body that breaks off or that
// sends nothing for half a minute, StorageUnavailable once the Server
// shuts down.
func StreamBody(c *gin.Context, maxBytes int64) io.Reader {
	k := callOf(c)
	k.unread.awaited = false // reading requests it
	k.body.limit(c, maxBytes)
	r := c.Request.Body
	if r == nil {
		r = http.NoBody
	}
	return &streamBody{
		body: r, idle: streamIdle, controller: http.NewResponseController(c.Writer), draining: httpserver.Draining(c.Request.Context()),
	}
}

type streamBody struct {
	body       io.Reader
	idle       time.Duration
	controller *http.ResponseController
	draining   <-chan struct{}
}

// Read implements io.Reader.
func (s *streamBody) Read(p []byte) (int, error) {
	select {
	case <-s.draining:
		return 0, problem.Unavailable(problem.StorageUnavailable, time.Second, nil,
			"The service is shutting down; send the request again.")
	default:
	}
	// The machine's own clock, as the connection's. Writers without deadlines,
	// such as those of tests, are left unchanged.
	_ = s.controller.SetReadDeadline(time.Now().Add(s.idle))
	n, err := s.body.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		// A deadline that passed now would end the request's context.
		_ = s.controller.SetReadDeadline(time.Time{})
	default:
		err = bodyProblem(err)
	}
	return n, err
}
