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
	scrapeLimit = 2 * time.Second // for what the broker is asked
	scrapeEvery = 5 * time.Second // it is asked at most this often, also when it failed
	// countedDeadLetters bounds what one scrape reads; whoever has more has been
	// told for long.
	countedDeadLetters = 1000
)

var (
	consumerLag = prometheus.NewDesc("inventory_consumer_lag_events",
		"Events of the stream that a consumer group has not acknowledged.", []string{"group"}, nil)
	consumerMembers = prometheus.NewDesc("inventory_consumer_members",
		"Members of a consumer group that are connected, as far as the broker can tell.", []string{"group"}, nil)
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

// serviceLabel is what the metrics of a broker within this process have in the
// label service.
const serviceLabel = "broker"

// RegisterMetrics registers what the broker tells of its groups and dead
// letters; each process of an installation tells the same. A broker without an
// Inspector has nothing to tell. The database of an embedded broker gets its
// metrics too.
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

// inspection asks the broker at a scrape and keeps the answer for a while.
type inspection struct {
	inspector events.Inspector
	clock     clock.Clock

	mu       sync.Mutex // held while the broker is asked: scrapes share the answer
	askedAt  time.Time
	answer   []prometheus.Metric // empty when the broker failed
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
	if now := i.clock.Now(); clock.Passed(i.askedAt, now, scrapeEvery) {
		var err error
		if i.answer, err = i.ask(); err != nil {
			i.answer = nil
			i.failures++
		}
		i.askedAt = now
	}
	for _, m := range i.answer {
		metrics <- m
	}
	metrics <- prometheus.MustNewConstMetric(scrapeFailures, prometheus.CounterValue, i.failures)
}

func (i *inspection) ask() ([]prometheus.Metric, error) {
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
	answer := []prometheus.Metric{
		prometheus.MustNewConstMetric(deadLetters, prometheus.GaugeValue, float64(len(letters))),
	}
	for _, g := range groups {
		answer = append(answer,
			prometheus.MustNewConstMetric(consumerLag, prometheus.GaugeValue, float64(g.Lag), g.Name),
			prometheus.MustNewConstMetric(consumerMembers, prometheus.GaugeValue, float64(g.Members), g.Name))
	}
	return answer, nil
}
