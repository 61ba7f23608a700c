package brokerapi

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// maxDeadLetters bounds the dead letters of a page. An empty page is the end.
const maxDeadLetters = 200

// DeadLetters is a page of dead letters, oldest first.
type DeadLetters struct {
	DeadLetters []DeadLetter `json:"dead_letters"`
}

// DeadLetter is an event that a group could not handle.
type DeadLetter struct {
	ID       string          `json:"id"`
	Group    string          `json:"group"`
	EventID  string          `json:"event_id,omitempty"`
	Reason   string          `json:"reason"`
	Attempts int             `json:"attempts"`
	FailedAt string          `json:"failed_at"`          // events.TimeFormat
	Event    json.RawMessage `json:"event,omitempty"`    // its document, if that is JSON
	Document []byte          `json:"document,omitempty"` // otherwise, in base64
}

func deadLetterOf(l events.StoredDeadLetter) DeadLetter {
	d := DeadLetter{
		ID: l.ID, Group: l.Group, EventID: l.EventID, Reason: l.Reason, Attempts: l.Attempts, FailedAt: events.FormatTime(l.FailedAt),
	}
	if json.Valid(l.Document) {
		d.Event = l.Document
	} else {
		d.Document = l.Document
	}
	return d
}

func (b *broker) deadLetters(c *gin.Context) error {
	after, limit, err := httpapi.AfterOf(c, maxDeadLetters)
	if err != nil {
		return err
	}
	if after != "" {
		if err := checkID("after", after); err != nil {
			return err
		}
	}
	list, err := b.inspector.DeadLetters(c.Request.Context(), after, limit)
	if err != nil {
		return err
	}
	answer := DeadLetters{DeadLetters: make([]DeadLetter, len(list))}
	for i, l := range list {
		answer.DeadLetters[i] = deadLetterOf(l)
	}
	httpapi.JSON(c, http.StatusOK, answer)
	return nil
}

func (b *broker) deadLetter(c *gin.Context) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	l, err := b.inspector.DeadLetter(c.Request.Context(), id)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, deadLetterOf(l))
	return nil
}

func (b *broker) replay(c *gin.Context) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	if err := b.inspector.ReplayDeadLetter(c.Request.Context(), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// discard removes a dead letter for ever. Only a line of the log remains, which is
// a warning for this reason.
func (b *broker) discard(c *gin.Context) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	letter, err := b.inspector.DiscardDeadLetter(ctx, id)
	attrs := []any{
		slog.String("dead_letter", letter.ID), slog.String("event_id", letter.EventID), slog.String("group", letter.Group),
		slog.String("reason", letter.Reason), slog.Int("attempts", letter.Attempts),
	}
	if err != nil {
		if letter.ID != "" {
			b.logger.WarnContext(ctx, "dead letter perhaps discarded", append(attrs, slog.Any("err", err))...)
		}
		return err
	}
	b.logger.WarnContext(ctx, "dead letter discarded", attrs...)
	c.Status(http.StatusNoContent)
	return nil
}

func idOf(c *gin.Context) (string, error) {
	if err := httpapi.KnownQuery(c); err != nil {
		return "", err
	}
	id := c.Param("id")
	return id, checkID("id", id)
}

// maxID is more than any broker's id of a dead letter has.
const maxID = 128

func checkID(field, id string) error {
	var checks problem.Checks
	checks.Word(field, id, 1, maxID)
	return checks.Err()
}
