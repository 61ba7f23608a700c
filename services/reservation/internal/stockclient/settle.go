package stockclient

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

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
	instances := c.settling(ended)
	if len(instances) == 0 {
		return errPause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.options.SettleTimeout)
	defer cancel()
	if len(ended) == 1 {
		return c.report(ctx, c.settleOne(ctx, instances, ended[0]))
	}
	settlements := make([]stockwire.Settlement, len(ended))
	for at, r := range ended {
		settlements[at] = settlement(ctx, r)
	}
	return c.report(ctx, repeatable(instances, func(i *instance) error { return c.sendSettlements(ctx, i, settlements) }))
}

// settling returns the instances for settlements: for a single one, whose caller waits,
// always at least one.
func (c *Client) settling(ended []reservation.Reservation) []*instance {
	product := ended[0].ProductID
	instances := c.available(product)
	if len(ended) > 1 {
		now := c.options.Clock.Now()
		return slices.DeleteFunc(slices.Clone(instances), func(i *instance) bool { return i.slow.lasts(now) })
	}
	if len(instances) == 0 {
		return c.order(product)
	}
	return instances
}

func (c *Client) settleOne(ctx context.Context, instances []*instance, r reservation.Reservation) error {
	ctx, span := c.options.Tracer.Within(ctx, tracing.Client, "settle")
	defer span.End()
	one := settlement(ctx, r)
	err := repeatable(instances, func(i *instance) error {
		_, err := i.settlements.ask(ctx, one)
		return err
	})
	span.Fail(err)
	return err
}

func (c *Client) report(ctx context.Context, err error) error {
	if err != nil {
		c.options.Logger.InfoContext(ctx, "settle left to the event", slog.Any("reason", err))
	}
	return err
}

// settlement is the settlement of a reservation's hold: in the form of the releases
// before totals when that says the same.
func settlement(ctx context.Context, r reservation.Reservation) stockwire.Settlement {
	s := stockwire.Settlement{ReservationID: r.ID, Actor: r.UpdatedBy, Traceparent: events.Traceparent(ctx)}
	switch cmp.Or(r.EndedBy, r.Status) {
	case protocol.Cancelled:
		s.Reason = inventory.ReleaseReason(r.Reason)
	case protocol.Expired:
		s.Reason = inventory.ReasonExpired
	}
	// Without lines the totals follow from the status. An aborted create does not know
	// the lines of its hold.
	if r.Lines == nil || r.Reason == inventory.ReasonAborted {
		s.Settlement = string(r.Status.Settling())
		return s
	}
	lines := make([]protocol.Line, len(r.Lines))
	for i, l := range r.Lines {
		lines[i] = l.Line
	}
	if s.Settlement = string(protocol.WholeOf(lines)); s.Settlement == "" {
		s.Lines = settledLines(lines)
	}
	return s
}

func settledLines(lines []protocol.Line) []stockwire.SettledLine {
	list := make([]stockwire.SettledLine, len(lines))
	for i, l := range lines {
		list[i] = stockwire.SettledLine{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked,
		}
	}
	return list
}

// TakesTotals implements reservation.Holder.
func (c *Client) TakesTotals() bool { return c.totals.Load() }

// noteTotals remembers that a response has said that stock takes totals. It never
// forgets it, because databases only go forward.
func (c *Client) noteTotals(takes bool) {
	if takes && !c.totals.Load() {
		c.totals.Store(true)
	}
}

func (c *Client) sendSettlements(ctx context.Context, i *instance, list []stockwire.Settlement) error {
	ctx = events.WithTraceparent(ctx, list[0].Traceparent) // as for holds
	send := func() error {
		return c.post(ctx, i, stockwire.SettlementsPath, c.options.SettleTimeout, stockwire.SettlementsRequest{Settlements: list}, nil)
	}
	err := send()
	if refusesActors(err) {
		for at := range list {
			list[at].Actor = ""
		}
		err = send()
	}
	return err
}
