package eventsapi

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/problem"
)

// The paths of the routes of a service's operators: Path, the service's name,
// and one of the suffixes.
const (
	Path         = "/internal/v1/events/"
	StatusSuffix = "/status"
	ReplaySuffix = "/replay"
)

// MaxReplay bounds the rows that one replay reads.
const MaxReplay = 2000

// Status is the state of a service's events.
type Status struct {
	SyncedSeq     int64  `json:"synced_seq"` // the greatest seq with a synced_at; 0 for none
	LastSeq       int64  `json:"last_seq"`
	Pending       int64  `json:"pending"`        // events that the broker has not acknowledged
	OldestSeconds int64  `json:"oldest_seconds"` // how long the oldest of them has been waiting
	Broker        string `json:"broker"`         // as in health
}

// ReplayRequest selects events to publish once more. Zero fields stand for all.
type ReplayRequest struct {
	After     int64      `json:"after,omitempty"`      // greater seqs
	UntilSeq  int64      `json:"until_seq,omitempty"`  // up to this seq
	Seqs      []int64    `json:"seqs,omitempty"`       // only these, MaxReplay at most
	FromTime  *time.Time `json:"from_time,omitempty"`  // created then or later
	UntilTime *time.Time `json:"until_time,omitempty"` // created then or before
	Types     []string   `json:"types,omitempty"`
	Group     string     `json:"group,omitempty"` // for this consumer group only
	DryRun    bool       `json:"dry_run,omitempty"`
}

// ReplayResult is the result of a ReplayRequest.
type ReplayResult struct {
	Published int64 `json:"published"` // once more; with DryRun the events that would be
	Pending   int64 `json:"pending"`   // left to the relay, which has not published them yet
	Next      int64 `json:"next"`      // After of the request that continues; 0 at the end
}

// Operators are the parts that RegisterOperators needs. All fields are required
// but Inspector, which is nil when there is no broker.
type Operators struct {
	Service   string
	Reader    outbox.Reader
	Inspector events.Inspector
	Health    func(ctx context.Context) httpapi.Health
	Clock     clock.Clock
	Logger    *slog.Logger
}

// RegisterOperators adds the internal routes by which operators see the
// backlog, and publish events of the table once more.
func RegisterOperators(api *httpapi.API, o Operators) {
	api.Handle(http.MethodGet, Path+o.Service+StatusSuffix, httpapi.Internal, o.status)
	api.Handle(http.MethodPost, Path+o.Service+ReplaySuffix, httpapi.Internal, o.replay)
}

func (o Operators) status(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	s, err := o.Reader.Status(ctx)
	if err != nil {
		return err
	}
	status := Status{SyncedSeq: s.SyncedSeq, LastSeq: s.LastSeq, Pending: s.Pending, Broker: o.Health(ctx).Broker}
	if s.Pending > 0 {
		status.OldestSeconds = max(0, int64(o.Clock.Now().Sub(s.OldestSince)/time.Second))
	}
	httpapi.JSON(c, http.StatusOK, status)
	return nil
}

func (o Operators) replay(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	request, err := httpapi.Decode[ReplayRequest](c)
	if err != nil {
		return err
	}
	if err := request.check(); err != nil {
		return err
	}
	if o.Inspector == nil {
		return brokerapi.NoBroker()
	}
	ctx := c.Request.Context()
	if err := o.knowsGroup(ctx, request.Group); err != nil {
		return err
	}
	last, err := o.Reader.Status(ctx)
	if err != nil {
		return err
	}
	selection, next := request.page(last.LastSeq)
	rows, err := o.Reader.Select(ctx, selection)
	if err != nil {
		return err
	}
	list, err := published(rows)
	if err != nil {
		return err
	}
	if len(list) > 0 && !request.DryRun {
		if err := o.Inspector.Republish(ctx, request.Group, list); err != nil {
			return brokerapi.Problem(err)
		}
		o.Logger.InfoContext(ctx, "events published once more", slog.Int("events", len(list)), slog.String("group", request.Group),
			slog.Int64("after_seq", selection.After), slog.Int64("until_seq", selection.Until))
	}
	httpapi.JSON(c, http.StatusOK, ReplayResult{
		Published: int64(len(list)), Pending: int64(len(rows) - len(list)), Next: next,
	})
	return nil
}

// published returns the events of rows that the broker had once. Those that it
// never had are left to the relay, which publishes them in order.
func published(rows []outbox.Row) ([]events.Event, error) {
	list := make([]events.Event, 0, len(rows))
	for _, row := range rows {
		if row.SyncedAt == "" {
			continue
		}
		event, err := events.Decode(row.Document)
		if err != nil {
			return nil, &problem.Error{
				Code: problem.InvalidState, Cause: err, Members: map[string]any{"seq": row.Seq},
				Detail: "An event of the table is damaged and cannot be published.",
			}
		}
		list = append(list, event)
	}
	return list, nil
}

// knowsGroup refuses a group that the broker does not know: no consumer would
// ever get the events.
func (o Operators) knowsGroup(ctx context.Context, group string) error {
	if group == "" {
		return nil
	}
	groups, err := o.Inspector.Groups(ctx)
	if err != nil {
		return brokerapi.Problem(err)
	}
	names := make([]string, len(groups))
	for i, g := range groups {
		if g.Name == group {
			return nil
		}
		names[i] = g.Name
	}
	if len(names) == 0 {
		return problem.Invalid("group", "is not known to the broker, nor is any other")
	}
	return problem.Invalid("group", "is not known to the broker, which has %s", strings.Join(names, ", "))
}

const (
	maxTypes = 50 // more than there are
	maxText  = 64 // characters of a type or group
)

func (r ReplayRequest) check() error {
	var checks problem.Checks
	checks.Range("after", r.After, 0, math.MaxInt64)
	checks.Range("until_seq", r.UntilSeq, 0, math.MaxInt64)
	checks.Require(len(r.Seqs) <= MaxReplay, "seqs", "must be %d at most", MaxReplay)
	checks.Require(len(r.Seqs) == 0 || r.After == 0, "after", "cannot be used together with seqs")
	checks.Require(len(r.Types) <= maxTypes, "types", "must be %d at most", maxTypes)
	for _, t := range r.Types {
		checks.Word("types", t, 1, maxText)
	}
	if r.Group != "" {
		checks.Text("group", r.Group, 1, maxText)
	}
	return checks.Err()
}

// page returns the part of the table, which ends with last, that this request
// concerns, and the seq after which the next one continues.
func (r ReplayRequest) page(last int64) (s outbox.Selection, next int64) {
	s = outbox.Selection{After: r.After, Until: last, Seqs: r.Seqs, Types: r.Types}
	if r.UntilSeq > 0 {
		s.Until = min(s.Until, r.UntilSeq)
	}
	if r.FromTime != nil {
		s.From = *r.FromTime
	}
	if r.UntilTime != nil {
		s.To = *r.UntilTime
	}
	if len(s.Seqs) == 0 {
		s.Seqs = nil
		if s.Until-s.After > MaxReplay {
			s.Until = s.After + MaxReplay
			next = s.Until
		}
	}
	if len(s.Types) == 0 {
		s.Types = nil
	}
	return s, next
}
