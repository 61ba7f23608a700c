package broker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
)

const (
	scrapeLimit = 2 * time.Second // for the requests to the broker
	scrapeEvery = 5 * time.Second // the shortest time between two requests, also after a failure
	// countedDeadLetters bounds the dead letters that one scrape reads. An alert
	// fires at far fewer.
	countedDeadLetters = 1000
)

var (
	consumerLag = prometheus.NewDesc("inventory_consumer_lag_events",
		"Events of the stream that a consumer group has not acknowledged.", []string{"group"}, nil)
	consumerMembers = prometheus.NewDesc("inventory_consumer_members",
		"Members of a consumer group that are connected, as the broker counts them.", []string{"group"}, nil)
	deadLetters = prometheus.NewDesc("inventory_broker_dead_letters",
		"Dead letters in the broker, at most 1000.", nil, nil)
	scrapeFailures = prometheus.NewDesc("inventory_broker_scrape_failures_total",
		"Times that the broker could not be asked for its metrics.", nil, nil)
)

// measurable is an adapter that has metrics of its own: the embedded one has a
// database in this process.
type measurable interface {
	RegisterMetrics(registerer prometheus.Registerer) error
}

// serviceLabel is the label service of the metrics of a broker in this process.
const serviceLabel = "broker"

// RegisterMetrics registers the metrics of the groups and dead letters, and those
// of the database of an embedded broker. Each process of an installation reports
// the same groups and dead letters. A broker without an Inspector has no metrics.
func (b *Broker) RegisterMetrics(registerer prometheus.Registerer, c clock.Clock) error {
	if b.measurable != nil {
		own := prometheus.WrapRegistererWith(prometheus.Labels{"service": serviceLabel}, registerer)
		if err := b.measurable.RegisterMetrics(own); err != nil {
			return fmt.Errorf("register the metrics of the broker: %w", err)
		}
	}
	if b.Inspector == nil {
		return nil
	}
	if err := registerer.Register(&inspection{inspector: b.Inspector, clock: c}); err != nil {
		return fmt.Errorf("register the metrics of the broker: %w", err)
	}
	return nil
}

// inspection reads the state of the broker at a scrape and keeps it for
// scrapeEvery.
type inspection struct {
	inspector events.Inspector
	clock     clock.Clock

	mu       sync.Mutex // locked during a request: scrapes share its result
	readAt   time.Time
	metrics  []prometheus.Metric // empty if the broker failed
	failures float64
}

// Describe implements prometheus.Collector.
func (i *inspection) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{consumerLag, consumerMembers, deadLetters, scrapeFailures} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector.
func (i *inspection) Collect(metrics chan<- prometheus.Metric) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if now := i.clock.Now(); clock.Passed(i.readAt, now, scrapeEvery) {
		var err error
		if i.metrics, err = i.readMetrics(); err != nil {
			i.metrics = nil
			i.failures++
		}
		i.readAt = now
	}
	for _, m := range i.metrics {
		metrics <- m
	}
	metrics <- prometheus.MustNewConstMetric(scrapeFailures, prometheus.CounterValue, i.failures)
}

func (i *inspection) readMetrics() ([]prometheus.Metric, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	groups, err := i.inspector.Groups(ctx)
	if err != nil {
		return nil, err
	}
	letters, err := i.inspector.DeadLetters(ctx, "", countedDeadLetters)
	if err != nil {
		return nil, err
	}
	list := []prometheus.Metric{
		prometheus.MustNewConstMetric(deadLetters, prometheus.GaugeValue, float64(len(letters))),
	}
	for _, g := range groups {
		list = append(list,
			prometheus.MustNewConstMetric(consumerLag, prometheus.GaugeValue, float64(g.Lag), g.Name),
			prometheus.MustNewConstMetric(consumerMembers, prometheus.GaugeValue, float64(g.Members), g.Name))
	}
	return list, nil
}
