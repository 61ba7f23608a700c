package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/httpapi"
)

type systemResponse struct {
	Services    []serviceItem    `json:"services"`
	Broker      string           `json:"broker"`
	Groups      []groupItem      `json:"groups"`
	DeadLetters []deadLetterItem `json:"dead_letters"`
	DeadTotal   int              `json:"dead_letters_total"`
}

type serviceItem struct {
	Service       string `json:"service"`
	Status        string `json:"status"`
	PendingEvents int64  `json:"pending_events"`
	Broker        string `json:"broker"`
	Database      string `json:"database"`
}

type groupItem struct {
	Group   string `json:"group"`
	Lag     int64  `json:"lag"`
	Members int    `json:"members"`
}

type deadLetterItem struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	EventID  string `json:"event_id"`
	Reason   string `json:"reason"`
	Attempts int    `json:"attempts"`
	FailedAt string `json:"failed_at"`
}

// getSystem serves GET /system. A dead letter may concern any store, so a key of some
// stores sees only the number of dead letters.
func (h handlers) getSystem(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	state := h.deps.System.State(c.Request.Context())
	response := systemResponse{
		Services: make([]serviceItem, len(state.Services)), Broker: httpapi.BrokerOK,
		Groups: make([]groupItem, len(state.Groups)), DeadLetters: []deadLetterItem{}, DeadTotal: state.DeadTotal,
	}
	switch {
	case h.deps.NoBroker:
		response.Broker = httpapi.BrokerNone
	case state.BrokerFailed:
		response.Broker = httpapi.BrokerUnavailable
	}
	for i, s := range state.Services {
		response.Services[i] = serviceItem(s)
	}
	for i, g := range state.Groups {
		response.Groups[i] = groupItem{Group: g.Name, Lag: g.Lag, Members: g.Members}
	}
	if httpapi.CallerOf(c).Stores() == nil {
		for _, l := range state.DeadLetters {
			response.DeadLetters = append(response.DeadLetters, deadLetterItem{
				ID: l.ID, Group: l.Group, EventID: l.EventID, Reason: l.Reason, Attempts: l.Attempts, FailedAt: clock.Text(l.FailedAt),
			})
		}
	}
	httpapi.JSON(c, http.StatusOK, response)
	return nil
}

// replayedAnswer is a dead letter whose event was sent again, as clients see it.
type replayedAnswer struct {
	ID      string `json:"id"`
	Group   string `json:"group"`
	EventID string `json:"event_id"`
}

// replayDeadLetter serves POST /system/dead-letters/{id}/replay.
func (h handlers) replayDeadLetter(c *gin.Context) error {
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
