package eventschema

import (
	"reflect"
	"strings"

	"inventory.example/pkg/contract/inventory"
)

// structSchemaOf returns the schema of a kind's payload.
func structSchemaOf(k Kind) object {
	schema := structSchema(reflect.TypeOf(k.Payload))
	schema["description"] = "The payload of " + string(k.Type) + "."
	return schema
}

// AsyncAPI returns the AsyncAPI 3 document of the sets: the stream of the broker
// with the published events, and the webhooks and the live stream with the
// delivered ones.
func AsyncAPI(title, version string, sets ...Set) []byte {
	d := document{channels: object{}, operations: object{}, messages: object{}}
	for _, s := range sets {
		d.publish(s)
		d.deliver(s)
	}
	schemas := object{}
	for _, k := range kinds(sets...) {
		schemas[k.payloadName()] = structSchemaOf(k)
		schemas[k.eventName()] = k.event(reference("schemas", k.payloadName()))
	}
	whole := object{
		"asyncapi": "3.0.0",
		"info": object{
			"title": title, "version": version,
			"description": "Each event is delivered at least once, and in order among those with the same aggregate_id. " +
				"Consumers ignore members and event types that they do not know.",
		},
		"defaultContentType": "application/json",
		"channels":           d.channels, "operations": d.operations,
		"components": object{"messages": d.messages, "schemas": schemas},
	}
	if d.channels["events"] != nil {
		whole["servers"] = brokers()
	}
	return indented(whole)
}

// document is the parts of an AsyncAPI document while they come together.
type document struct{ channels, operations, messages object }

// brokers are the brokers that MESSAGE_BROKER can name.
func brokers() object {
	return object{
		"redis": object{
			"protocol": "redis", "host": "{REDIS_HOST}:{REDIS_PORT}", "description": "With MESSAGE_BROKER=redis: Redis Streams.",
			"variables": object{
				"REDIS_HOST": object{"description": "The host of the installation's Redis.", "default": "localhost"},
				"REDIS_PORT": object{"description": "Its port.", "default": "6379"},
			},
		},
		"kafka": object{
			"protocol": "kafka", "host": "{KAFKA_BROKERS}", "description": "With MESSAGE_BROKER=kafka.",
			"variables": object{
				"KAFKA_BROKERS": object{"description": "A broker of the installation's Kafka, with its port.", "default": "localhost:9092"},
			},
		},
	}
}

// publish adds the events that a service publishes to the broker.
func (d document) publish(s Set) {
	if len(s.Published) == 0 {
		return
	}
	channel, _ := d.channels["events"].(object)
	if channel == nil {
		channel = object{
			"address": inventory.Stream, "title": "All events", "messages": object{},
			"description": "One stream of Redis, with the document in the field event of each entry and its type in event_type; " +
				"or one topic of Kafka, with the document as the value of each record.",
			"servers":  []any{object{"$ref": "#/servers/redis"}, object{"$ref": "#/servers/kafka"}},
			"bindings": object{"kafka": object{"topic": inventory.Stream, "bindingVersion": "0.5.0"}},
		}
		d.channels["events"] = channel
	}
	messages, _ := channel["messages"].(object)
	var sent []any
	for _, k := range s.Published {
		name := string(k.Type)
		d.messages[name] = k.message()
		messages[name] = reference("messages", name)
		sent = append(sent, object{"$ref": "#/channels/events/messages/" + name})
	}
	d.operations["publish"+strings.ToUpper(s.Service[:1])+s.Service[1:]+"Events"] = object{
		"action": "send", "channel": object{"$ref": "#/channels/events"}, "messages": sent,
		"summary": s.Service + " publishes each of its changes.",
	}
}

// message returns the message of a kind as the broker carries it.
func (k Kind) message() object {
	return object{
		"name": string(k.Type), "title": string(k.Type), "summary": k.When, "contentType": "application/json",
		"payload": reference("schemas", k.eventName()),
		"headers": object{
			"type": "object", "description": "The headers of a record of Kafka. They repeat these fields of the document.",
			"properties": object{"event_type": object{"const": string(k.Type)}, "traceparent": object{"type": "string"}},
		},
		"bindings": object{"kafka": object{
			"key":            object{"type": "string", "description": "The aggregate_id."},
			"bindingVersion": "0.5.0",
		}},
		"examples": []any{object{"payload": k.Example()}},
	}
}

// deliver adds the events that a service sends to webhooks and to readers of its
// stream.
func (d document) deliver(s Set) {
	if len(s.Delivered) == 0 {
		return
	}
	var list []any
	for _, k := range s.Delivered {
		list = append(list, reference("schemas", k.eventName()))
	}
	text := func(description string) object { return object{"type": "string", "description": description} }
	d.messages["webhookRequest"] = object{
		"name": "webhookRequest", "title": "A signed POST request", "contentType": "application/json",
		"payload": object{"oneOf": list},
		"headers": object{
			"type": "object", "required": []any{"webhook-id", "webhook-timestamp", "webhook-signature"},
			"properties": object{
				"webhook-id":        text("The id of the event."),
				"webhook-timestamp": text("The time of the request, in seconds since 1970."),
				"webhook-signature": text("One signature of the Standard Webhooks specification for each secret that is valid, with spaces between them."),
			},
		},
	}
	d.messages["streamEvent"] = object{
		"name": "streamEvent", "title": "A server-sent event", "contentType": "application/json",
		"payload": object{"oneOf": list},
	}
	d.channels["webhooks"] = object{
		"address": nil, "title": "Webhooks", "messages": object{"webhookRequest": reference("messages", "webhookRequest")},
		"description": "The URLs of the webhooks that POST /api/v1/webhooks created.",
	}
	d.channels["stream"] = object{
		"address": "/api/v1/events/stream", "title": "The live stream",
		"messages":    object{"streamEvent": reference("messages", "streamEvent")},
		"description": "Server-sent events over HTTP; the OpenAPI document describes the request.",
	}
	d.operations["sendWebhooks"] = object{
		"action": "send", "channel": object{"$ref": "#/channels/webhooks"},
		"summary": s.Service + " sends events to the webhooks that want them.",
	}
	d.operations["streamEvents"] = object{
		"action": "send", "channel": object{"$ref": "#/channels/stream"},
		"summary": s.Service + " sends events to the readers of the live stream.",
	}
}
