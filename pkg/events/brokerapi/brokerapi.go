// Package brokerapi gives operators access to the message broker on internal
// paths, so that an operator who can reach a service needs no access to the broker
// itself.
package brokerapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// The paths. The path of one dead letter is DeadLettersPath, a slash and its id,
// escaped: DELETE discards it, and POST to this path and ReplaySuffix replays it.
const (
	Path            = "/internal/v1/broker/" // the prefix of the others
	EventsPath      = Path + "events"
	TailPath        = Path + "tail"
	GroupsPath      = Path + "groups"
	DeadLettersPath = Path + "dead-letters"
	ReplaySuffix    = "/replay"
)

// Groups is the response of GroupsPath.
type Groups struct {
	Groups []Group `json:"groups"`
}

// Group is a consumer group.
type Group struct {
	Name    string `json:"name"`
	Members int    `json:"members"`
	Lag     int64  `json:"lag"` // events that it has not acknowledged
}

// Register adds the routes to api. A nil inspector stands for no broker: every
// route responds with InvalidState. The logger gets a line for each discarded dead
// letter.
func Register(api *httpapi.API, inspector events.Inspector, logger *slog.Logger) {
	b := &broker{inspector, logger}
	api.HandleStream(http.MethodGet, EventsPath, httpapi.Internal, b.when(b.events))
	api.HandleStream(http.MethodGet, TailPath, httpapi.Internal, b.when(b.tail))
	api.Handle(http.MethodGet, GroupsPath, httpapi.Internal, b.when(b.groups))
	api.Handle(http.MethodGet, DeadLettersPath, httpapi.Internal, b.when(b.deadLetters))
	api.Handle(http.MethodGet, DeadLettersPath+"/:id", httpapi.Internal, b.when(b.deadLetter))
	api.Handle(http.MethodDelete, DeadLettersPath+"/:id", httpapi.Internal, b.when(b.discard))
	api.Handle(http.MethodPost, DeadLettersPath+"/:id"+ReplaySuffix, httpapi.Internal, b.when(b.replay))
}

type broker struct {
	inspector events.Inspector
	logger    *slog.Logger
}

// when returns h with its errors as problems. Without a broker it returns a handler
// whose result is the problem of NoBroker.
func (b *broker) when(h func(c *gin.Context) error) func(c *gin.Context) error {
	return func(c *gin.Context) error {
		if b.inspector == nil {
			return NoBroker()
		}
		return Problem(h(c))
	}
}

func (b *broker) groups(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	list, err := b.inspector.Groups(c.Request.Context())
	if err != nil {
		return err
	}
	answer := Groups{Groups: make([]Group, len(list))}
	for i, g := range list {
		answer.Groups[i] = Group(g)
	}
	httpapi.JSON(c, http.StatusOK, answer)
	return nil
}

// retryAfter is the Retry-After of a broker that cannot be reached.
const retryAfter = 5 * time.Second

// NoBroker returns the problem of a request to a broker that is not configured.
func NoBroker() error {
	return problem.New(problem.InvalidState, "No message broker is configured (MESSAGE_BROKER=none).")
}

// Problem returns the problem for an error of an Inspector. An error of the broker
// itself is StorageUnavailable.
func Problem(err error) error {
	switch {
	case err == nil || problem.Of(err) != nil:
		return err
	case errors.Is(err, events.ErrNoDeadLetter):
		return &problem.Error{Code: problem.NotFound, Detail: "There is no such dead letter, or not any more.", Cause: err}
	case errors.Is(err, events.ErrMalformed):
		return &problem.Error{
			Code: problem.InvalidState, Detail: "The dead letter is not an event, so it cannot be replayed, only discarded.", Cause: err,
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem.Unavailable(problem.StorageUnavailable, retryAfter, err, "The message broker did not respond in time.")
	default:
		return problem.Unavailable(problem.StorageUnavailable, retryAfter, err, "The message broker cannot be reached, or it failed.")
	}
}
