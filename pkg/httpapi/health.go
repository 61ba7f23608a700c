package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
)

// The values of Health.Broker.
const (
	BrokerOK          = "ok"
	BrokerUnavailable = "unavailable"
	BrokerNone        = "none"
)

// The values of database in the response of GET /health.
const (
	databaseHealthy   = "healthy"
	databaseUnhealthy = "unhealthy"
)

// Health is the current state of a service.
type Health struct {
	DatabaseOK    bool   // the database responded
	Broker        string // BrokerOK, BrokerUnavailable or BrokerNone, which is also meant by ""
	PendingEvents int64  // events that wait for the broker
	Peers         []Peer // the instances of a service that this one calls; nil when it has one address
}

// Peer is an instance of another service, as far as this one knows from its calls.
type Peer struct {
	Address   string `json:"address"`
	Available bool   `json:"available"`
}

// Words returns the words of GET /health for h: its status and that of the
// database.
func (h Health) Words() (status, database string) {
	switch {
	case !h.DatabaseOK:
		return "unhealthy", databaseUnhealthy
	case h.Broker == BrokerUnavailable:
		return "degraded", databaseHealthy
	default:
		return "healthy", databaseHealthy
	}
}

type healthResponse struct {
	Status        string `json:"status"`
	Service       string `json:"service"`
	Version       string `json:"version"`
	InstanceID    string `json:"instance_id"`
	Timestamp     string `json:"timestamp"`
	Database      string `json:"database"`
	Broker        string `json:"broker"`
	PendingEvents int64  `json:"pending_events"`
	Peers         []Peer `json:"peers,omitempty"`
}

// health responds with 503 only when the database is away: without it nothing
// works, while events wait for a broker in their table.
func (a *API) health(c *gin.Context) error {
	h := Health{DatabaseOK: true}
	if a.options.Health != nil {
		h = a.options.Health(c.Request.Context())
	}
	response := healthResponse{
		Service: a.options.Service, Version: a.options.Version,
		InstanceID: a.options.InstanceID, Timestamp: events.FormatTime(a.clock.Now()),
		Broker: h.Broker, PendingEvents: h.PendingEvents, Peers: h.Peers,
	}
	if response.Broker == "" {
		response.Broker = BrokerNone
	}
	response.Status, response.Database = h.Words()
	status := http.StatusOK
	if !h.DatabaseOK {
		status = http.StatusServiceUnavailable
	}
	JSON(c, status, response)
	return nil
}

func (a *API) readiness(c *gin.Context) error {
	if !a.ready.Load() {
		return problem.Unavailable(problem.StorageUnavailable, time.Second, nil, "The service is starting or stopping.")
	}
	JSON(c, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ready"})
	return nil
}
