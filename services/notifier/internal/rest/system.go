package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/httpapi"
)

type systemAnswer struct {
	Services    []serviceAnswer    `json:"services"`
	Broker      string             `json:"broker"`
	Groups      []groupAnswer      `json:"groups"`
	DeadLetters []deadLetterAnswer `json:"dead_letters"`
	DeadTotal   int                `json:"dead_letters_total"`
}

type serviceAnswer struct {
	Service       string `json:"service"`
	Status        string `json:"status"`
	PendingEvents int64  `json:"pending_events"`
	Broker        string `json:"broker"`
	Database      string `json:"database"`
}

type groupAnswer struct {
	Group   string `json:"group"`
	Lag     int64  `json:"lag"`
	Members int    `json:"members"`
}

type deadLetterAnswer struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	EventID  string `json:"event_id"`
	Reason   string `json:"reason"`
	Attempts int    `json:"attempts"`
	FailedAt string `json:"failed_at"`
}

// system serves GET /system. A dead letter may be about any store, so a key of
// some stores is told only how many there are.
func (h handlers) system(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	state := h.deps.System.State(c.Request.Context())
	answer := systemAnswer{
		Services: make([]serviceAnswer, len(state.Services)), Broker: httpapi.BrokerOK,
		Groups: make([]groupAnswer, len(state.Groups)), DeadLetters: []deadLetterAnswer{}, DeadTotal: state.DeadTotal,
	}
	switch {
	case h.deps.NoBroker:
		answer.Broker = httpapi.BrokerNone
	case state.BrokerFailed:
		answer.Broker = httpapi.BrokerUnavailable
	}
	for i, s := range state.Services {
		answer.Services[i] = serviceAnswer(s)
	}
	for i, g := range state.Groups {
		answer.Groups[i] = groupAnswer{Group: g.Name, Lag: g.Lag, Members: g.Members}
	}
	if httpapi.CallerOf(c).Stores() == nil {
		for _, l := range state.DeadLetters {
			answer.DeadLetters = append(answer.DeadLetters, deadLetterAnswer{
				ID: l.ID, Group: l.Group, EventID: l.EventID, Reason: l.Reason, Attempts: l.Attempts, FailedAt: events.FormatTime(l.FailedAt),
			})
		}
	}
	httpapi.JSON(c, http.StatusOK, answer)
	return nil
}

// replayedAnswer is a dead letter whose event was sent again, as clients see it.
type replayedAnswer struct {
	ID      string `json:"id"`
	Group   string `json:"group"`
	EventID string `json:"event_id"`
}

// replay serves POST /system/dead-letters/{id}/replay.
func (h handlers) replay(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	done, again, err := h.deps.System.Replay(c.Request.Context(), c.Param("id"), once)
	if err != nil {
		return brokerapi.Problem(err)
	}
	httpapi.Replayed(c, again)
	httpapi.JSON(c, http.StatusOK, replayedAnswer(done))
	return nil
}
