package stockclient

import (
	"context"
	"errors"
	"time"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry/tracing"
)

// CheckReturn implements reservation.Holder.
func (c *Client) CheckReturn(ctx context.Context, storeID string, productIDs []string) error {
	available := c.available(storeID)
	if len(available) == 0 {
		return returnUnchecked(errPause)
	}
	ctx, span := c.options.Tracer.Within(ctx, tracing.Client, "check return")
	defer span.End()
	check := stockwire.ReturnCheck{StoreID: storeID, ProductIDs: productIDs}
	err := repeatable(available, func(i *instance) error {
		return c.post(ctx, i, stockwire.ReturnChecksPath, c.options.HoldTimeout, check, nil)
	})
	var p *problem.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p) && p.Code == problem.UnknownStore:
		return p // it names the store for the caller as well
	case errors.As(err, &p) && p.Code == problem.NotFound:
		return nil // the route of a stock of the previous release, which takes every store
	default:
		span.Fail(err)
		return returnUnchecked(err)
	}
}

func returnUnchecked(cause error) error {
	return problem.Unavailable(problem.StockUnavailable, time.Second, cause,
		"Stock does not respond at the moment, so the store of to_store_id cannot be checked; nothing was returned. Send the request again.")
}
