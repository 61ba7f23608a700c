package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// Record is a delivery in the log of a webhook. Status, LatencyMS, Failure and
// Response describe the last attempt. Times are zero when there is none.
type Record struct {
	ID            int64
	WebhookID     string
	EventID       string
	EventType     events.Type
	State         State
	Attempts      int
	CreatedAt     time.Time
	NextAttemptAt time.Time // also zero while an older delivery of its key is pending
	FinishedAt    time.Time
	LastAttemptAt time.Time
	Status        int    // 0 when there was no response
	LatencyMS     int64  //
	Failure       string // why there was no response
	Response      string // the beginning of the response
}

// TestType is the type of the event that Test sends.
const TestType events.Type = "webhook.test"

// Aggregate is the aggregate of the event that Test sends.
const Aggregate events.Aggregate = "webhook"

// Test is the payload of the event that Service.Test sends.
type Test struct {
	WebhookID string `json:"webhook_id" format:"uuid" doc:"The webhook that is tested."`
}

// Deliveries returns a page of a webhook's deliveries that match, newest first.
// An empty state means any.
func (s *Service) Deliveries(ctx context.Context, webhookID string, state State, page paging.Page) (paging.List[Record], error) {
	switch state {
	case "", Pending, Delivered, Dead:
	default:
		return paging.List[Record]{}, problem.Invalid("state", "must be pending, delivered or dead")
	}
	if _, err := s.Get(ctx, webhookID); err != nil {
		return paging.List[Record]{}, err
	}
	return s.repo.Deliveries(ctx, webhookID, state, page)
}

// Redeliver queues the event of a delivery that is not pending once more, after the
// pending deliveries with its ordering key.
func (s *Service) Redeliver(ctx context.Context, webhookID string, id int64, once idempotency.Request) (r Record, replayed bool, err error) {
	return s.queueDelivery(ctx, webhookID, once, func(tx Tx, at time.Time) (int64, error) {
		old, found, err := tx.Delivery(webhookID, id)
		switch {
		case err != nil:
			return 0, err
		case !found:
			return 0, problem.New(problem.NotFound, "The webhook has no delivery with this id.")
		case old.State == Pending:
			return 0, problem.New(problem.InvalidState, "The delivery is still pending.")
		}
		return tx.Repeat(id, at)
	})
}

// Test queues an event without any other meaning for one webhook.
func (s *Service) Test(ctx context.Context, webhookID string, once idempotency.Request) (r Record, replayed bool, err error) {
	id, now := s.newID(), s.clock.Now()
	document, err := testDocument(id, webhookID, events.Actor(ctx, inventory.ActorNotifier), now)
	if err != nil {
		return Record{}, false, err
	}
	return s.queueDelivery(ctx, webhookID, once, func(tx Tx, at time.Time) (int64, error) {
		return tx.QueueOwn(webhookID, id, TestType, document, at)
	})
}

// queueDelivery adds a delivery to a webhook that is active.
func (s *Service) queueDelivery(
	ctx context.Context, webhookID string, once idempotency.Request, add func(tx Tx, at time.Time) (int64, error),
) (r Record, replayed bool, err error) {
	at := clock.Truncate(s.clock.Now())
	err = s.repo.Write(ctx, func(tx Tx) error {
		var err error
		if r, replayed, err = idempotency.Replay(tx, once, s.savedRecords); err != nil || replayed {
			return err
		}
		w, err := currentWebhook(tx, webhookID, nil)
		if err != nil {
			return err
		}
		if !w.Active {
			return problem.New(problem.InvalidState, "The webhook is not active.")
		}
		id, err := add(tx, at)
		if err != nil {
			return err
		}
		if r, _, err = tx.Delivery(webhookID, id); err != nil {
			return err
		}
		return idempotency.Save(tx, once, s.savedRecords, r)
	})
	return r, replayed, err
}

// testDocument returns the test event in the format of all events.
func testDocument(id, webhookID, actor string, at time.Time) ([]byte, error) {
	payload, err := json.Marshal(Test{webhookID})
	if err != nil {
		return nil, fmt.Errorf("encode test event: %w", err)
	}
	e, err := events.Restore(events.Event{
		ID: id, Type: TestType, AggregateType: Aggregate, AggregateID: webhookID, CreatedAt: at, Actor: actor,
	}, payload)
	if err != nil {
		return nil, fmt.Errorf("create test event: %w", err)
	}
	return e.Document(), nil
}
