package stockclient

import (
	"context"
	"log/slog"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/reservation/internal/reservation"
)

// Settle implements reservation.Holder. It waits for stock's response, so that a
// read of stock after a confirm shows it, but not beyond SettleTimeout. Many at once
// come from the expiry, and no caller waits for them: while stock does not respond
// they are left to their events, or each batch would be late by the time-out of the
// previous one.
func (c *Client) Settle(ctx context.Context, ended []reservation.Reservation) error {
	if now := c.options.Clock.Now(); len(ended) > 1 && (c.down.lasts(now) || c.slow.lasts(now)) {
		return errPause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.options.SettleTimeout)
	defer cancel()
	if len(ended) == 1 {
		return c.report(ctx, c.settleOne(ctx, ended[0]))
	}
	settlements := make([]stockwire.Settlement, len(ended))
	for i, r := range ended {
		settlements[i] = settlement(ctx, r)
	}
	_, err := c.sendSettlements(ctx, settlements)
	return c.report(ctx, err)
}

func (c *Client) settleOne(ctx context.Context, r reservation.Reservation) error {
	ctx, span := c.options.Tracer.Within(ctx, tracing.Client, "settle")
	defer span.End()
	_, err := c.settlements.ask(ctx, settlement(ctx, r))
	span.Fail(err)
	return err
}

func (c *Client) report(ctx context.Context, err error) error {
	if err != nil {
		c.options.Logger.InfoContext(ctx, "settle left to the event", slog.Any("reason", err))
	}
	return err
}

func settlement(ctx context.Context, r reservation.Reservation) stockwire.Settlement {
	s := stockwire.Settlement{
		ReservationID: r.ID, Settlement: string(r.Status.Settling()), Actor: r.UpdatedBy,
		Traceparent: events.Traceparent(ctx),
	}
	switch r.Status {
	case protocol.Cancelled:
		s.Reason = inventory.ReleaseReason(r.Reason)
	case protocol.Expired:
		s.Reason = inventory.ReasonExpired
	}
	return s
}

func (c *Client) sendSettlements(ctx context.Context, list []stockwire.Settlement) ([]struct{}, error) {
	ctx = events.WithTraceparent(ctx, list[0].Traceparent) // as for holds
	send := func() error {
		return c.post(ctx, stockwire.SettlementsPath, c.options.SettleTimeout, stockwire.SettlementsRequest{Settlements: list}, nil)
	}
	err := send()
	if refusesActors(err) {
		for i := range list {
			list[i].Actor = ""
		}
		err = send()
	}
	if err != nil {
		return nil, err
	}
	return make([]struct{}, len(list)), nil
}
