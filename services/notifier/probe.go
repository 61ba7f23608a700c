package notifier

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
)

const (
	probeInterval = 5 * time.Second
	probeTimeout  = 2 * time.Second
)

// probe asks the broker regularly whether it responds, for Health: notifier has no
// relay, which would notice an outage.
type probe struct {
	broker      events.Pinger // nil: no requests
	clock       clock.Clock
	logger      *slog.Logger
	unreachable atomic.Bool
}

func newProbe(broker events.Pinger, c clock.Clock, logger *slog.Logger) *probe {
	return &probe{broker: broker, clock: c, logger: logger}
}

// down reports whether the broker did not respond to the last request.
func (p *probe) down() bool { return p.unreachable.Load() }

// Run asks the broker every probeInterval until ctx ends.
func (p *probe) Run(ctx context.Context) error {
	for p.broker != nil && ctx.Err() == nil {
		p.askBroker(ctx)
		_ = clock.Sleep(ctx, p.clock, probeInterval) // the loop looks at ctx
	}
	<-ctx.Done()
	return nil
}

// askBroker asks the broker once.
func (p *probe) askBroker(ctx context.Context) {
	asked, cancel := context.WithTimeout(ctx, probeTimeout)
	err := p.broker.Ping(asked)
	cancel()
	if ctx.Err() != nil {
		return
	}
	down := err != nil
	switch changed := p.unreachable.Swap(down) != down; {
	case changed && down:
		p.logger.WarnContext(ctx, "broker unavailable", slog.Any("err", err))
	case changed:
		p.logger.InfoContext(ctx, "broker available again")
	}
}
