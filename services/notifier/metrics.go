package notifier

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/events"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/webhook"
)

// registerWebhooks registers the metrics of the attempts to deliver and returns the
// function that observes an attempt.
func registerWebhooks(registerer prometheus.Registerer) (func(webhook.Attempt), error) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "inventory_webhook_deliveries_total", Help: "Outcomes of the attempts to deliver an event to a webhook.",
	}, []string{"outcome"})
	latency := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "inventory_webhook_request_seconds", Help: "Duration of the requests to webhooks, failed ones included.",
		Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 10),
	})
	for _, c := range []prometheus.Collector{total, latency} {
		if err := registerer.Register(c); err != nil {
			return nil, fmt.Errorf("register the metrics of webhooks: %w", err)
		}
	}
	// All counters exist from the start, so that a rate shows the first attempt.
	counters := map[webhook.State]prometheus.Counter{
		webhook.Delivered: total.WithLabelValues("delivered"),
		webhook.Pending:   total.WithLabelValues("retried"),
		webhook.Dead:      total.WithLabelValues("dead"),
	}
	return func(a webhook.Attempt) {
		counters[a.State].Inc()
		latency.Observe(a.Latency.Round(time.Microsecond).Seconds())
	}, nil
}

// otherType keeps the label bounded: an event has the type that its sender gave.
const otherType = "other"

// registerFeed registers the count of the recorded events and returns the function
// that counts an event.
func registerFeed(registerer prometheus.Registerer) (func(events.Type), error) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "inventory_feed_events_total", Help: "Events that were recorded for webhooks and the live stream.",
	}, []string{"event_type"})
	if err := registerer.Register(total); err != nil {
		return nil, fmt.Errorf("register the metrics of the feed: %w", err)
	}
	counters := map[events.Type]prometheus.Counter{}
	for _, t := range feed.Types() {
		counters[t] = total.WithLabelValues(string(t))
	}
	other := total.WithLabelValues(otherType)
	return func(t events.Type) {
		if counter, known := counters[t]; known {
			counter.Inc()
		} else {
			other.Inc()
		}
	}, nil
}

// registerAlerts registers the count of alerts and returns the function that counts
// an alert.
func registerAlerts(registerer prometheus.Registerer) (func(events.Type), error) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "inventory_alerts_raised_total", Help: "Alerts that were raised, by the type of the events that they are about.",
	}, []string{"event_type"})
	if err := registerer.Register(total); err != nil {
		return nil, fmt.Errorf("register the count of alerts: %w", err)
	}
	for _, t := range alert.Types() {
		total.WithLabelValues(string(t))
	}
	return func(t events.Type) { total.WithLabelValues(string(t)).Inc() }, nil
}
