package rest

import (
	"inventory.example/pkg/contract/eventschema"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/webhook"
)

// Events returns the event types that notifier delivers: those of the other
// services, and its own two, which the broker never has.
func Events() eventschema.Set {
	return eventschema.Set{Service: "notifier", Delivered: append(eventschema.Published(),
		eventschema.Kind{
			Type: alert.TypeRaised, Aggregate: alert.AggregateRule, Payload: alert.Alert{}, Of: "alert rule", Store: true,
			When: "An alert rule counted the configured number of events in its window. Webhooks and the live stream get the event, the broker does not.",
		},
		eventschema.Kind{
			Type: webhook.TestType, Aggregate: webhook.Aggregate, Payload: webhook.Test{}, Of: "webhook",
			When: "A caller tested a webhook. Only this webhook gets the event.",
		},
	)}
}
