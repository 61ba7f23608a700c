package adapter

import (
	"context"

	"inventory.example/pkg/events"
)

// Commands are the commands of a broker that its publisher runs.
type Commands struct {
	// Publish is events.Publisher's PublishBatch.
	Publish func(ctx context.Context, list []events.Event) error
	// Ping is events.Pinger's Ping.
	Ping func(ctx context.Context) error
	// Close, which may be nil, frees the publisher's connections. It runs when
	// no other command does, and again when the publisher is closed twice.
	Close func()
}

// Publisher implements events.Publisher and events.Pinger.
type Publisher struct {
	gate, broker *Gate
	commands     Commands
}

var _ interface {
	events.Publisher
	events.Pinger
} = (*Publisher)(nil)

// NewPublisher returns a publisher whose calls fail with events.ErrClosed once
// it or the gate of its broker is closed.
func NewPublisher(broker *Gate, commands Commands) *Publisher {
	return &Publisher{gate: NewGate(), broker: broker, commands: commands}
}

// Publish implements events.Publisher.
func (p *Publisher) Publish(ctx context.Context, event events.Event) error {
	return p.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher.
func (p *Publisher) PublishBatch(ctx context.Context, list []events.Event) error {
	return p.run(func() error { return p.commands.Publish(ctx, list) })
}

// Ping implements events.Pinger.
func (p *Publisher) Ping(ctx context.Context) error {
	return p.run(func() error { return p.commands.Ping(ctx) })
}

// run runs call unless the publisher or its broker is closed. Close waits for
// the call, so that it is not cut off.
func (p *Publisher) run(call func() error) error {
	return p.gate.Run(func() error { return p.broker.Run(call) })
}

// Close implements events.Publisher. It leaves the broker open.
func (p *Publisher) Close() error {
	p.gate.Close()
	if p.commands.Close != nil {
		p.commands.Close()
	}
	return nil
}
