// Package eventschema describes events to those who read them: a JSON Schema
// (2020-12) for each event type, the components of the OpenAPI documents, and the
// AsyncAPI 3 document. All of it is derived from the payload structs and their
// tags, so that a document cannot say something else than the code:
//
//	json    the field's name; with omitempty or omitzero it is optional
//	doc     the description, which every field must have
//	format  uuid or date-time, the latter in events.TimeFormat
//	enum    the values of a text, with commas between them
//	min     the smallest number
//	max     the most elements of an array
package eventschema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"inventory.example/pkg/events"
)

// Kind is an event type as its readers see it.
type Kind struct {
	Type      events.Type
	Aggregate events.Aggregate
	When      string // when it is published: a sentence
	Payload   any    // zero value of the payload's struct
	Of        string // the thing that aggregate_id names, such as "product"
	Version   string // the thing that has the version, such as "stock row"; empty: none
	Store     bool   // the envelope names the store
	SomeStore bool   // the envelope names the store of some of these events, and none otherwise
}

// KindOf returns the kind of the events that carry body. body determines the
// envelope's event_type, aggregate_type and store_id.
func KindOf(body events.Body, when, of, version string) Kind {
	event := exampleOf(body, false)
	return Kind{
		Type: event.Type, Aggregate: event.AggregateType, When: when, Payload: body, Of: of, Version: version,
		Store: event.StoreID != "", SomeStore: event.StoreID == "" && exampleOf(body, true).StoreID != "",
	}
}

// exampleOf returns an event that carries body with its required fields, or with
// all of them.
func exampleOf(body events.Body, optional bool) events.Event {
	filled := reflect.New(reflect.TypeOf(body)).Elem()
	fill(filled, optional)
	example, isBody := filled.Interface().(events.Body)
	if !isBody {
		panic(fmt.Sprintf("eventschema: %T is not a body", body))
	}
	event, err := events.New(events.Meta{}, example)
	if err != nil {
		panic("eventschema: " + err.Error()) // the payload has a field that JSON does not know
	}
	return event
}

// Set is the events of one service.
type Set struct {
	Service string // its name
	// Published are the kinds that it publishes to the broker and keeps in its
	// event table.
	Published []Kind
	// Delivered are the kinds that it sends to webhooks and the live stream.
	Delivered []Kind
}

// kinds returns all kinds of the sets, each once, in their order.
func kinds(sets ...Set) (list []Kind) {
	known := map[events.Type]bool{}
	for _, s := range sets {
		for _, k := range append(s.Published[:len(s.Published):len(s.Published)], s.Delivered...) {
			if !known[k.Type] {
				known[k.Type] = true
				list = append(list, k)
			}
		}
	}
	return list
}

// envelope is the part of every event besides its payload, as assemble of package
// events writes it.
type envelope struct {
	ID            string           `json:"id" format:"uuid" doc:"The event, a UUIDv7: the same whenever it is delivered again."`
	Type          events.Type      `json:"event_type"`
	AggregateType events.Aggregate `json:"aggregate_type"`
	AggregateID   string           `json:"aggregate_id"`
	StoreID       string           `json:"store_id"`
	CreatedAt     string           `json:"created_at" format:"date-time" doc:"The time of the change, in UTC with milliseconds."`
	Version       int64            `json:"version" min:"1"`
	Actor         string           `json:"actor,omitempty" doc:"The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors."`
	Traceparent   string           `json:"traceparent,omitempty" doc:"The W3C trace context of the request that caused the event, if it was traced."`
}

type object = map[string]any

// payloadName returns the name of the payload's schema in the documents.
func (k Kind) payloadName() string { return reflect.TypeOf(k.Payload).Name() }

// eventName returns the name of the event's schema in the documents.
func (k Kind) eventName() string {
	var name strings.Builder
	for part := range strings.FieldsFuncSeq(string(k.Type), func(r rune) bool { return r == '.' || r == '_' }) {
		name.WriteString(title(part))
	}
	return name.String() + "Event"
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// event returns the schema of the whole event, with payload as that of its
// payload. Members that it does not name are allowed: later releases may add some.
func (k Kind) event(payload object) object {
	schema := structSchema(reflect.TypeFor[envelope]())
	members, _ := schema["properties"].(object)
	members["event_type"] = object{"const": string(k.Type)}
	members["aggregate_type"] = object{"const": string(k.Aggregate)}
	members["aggregate_id"] = object{
		"type": "string", "description": "The id of the " + k.Of + ". Events with the same id keep their order.",
	}
	members["store_id"] = object{"type": "string", "description": "The store."}
	members["version"] = with(members["version"], "description", "The version of the "+k.Version+" after the change.")
	members["payload"] = payload
	required := []any{"id", "event_type", "aggregate_type", "aggregate_id"}
	switch {
	case k.Store:
		required = append(required, "store_id")
	case k.SomeStore:
		members["store_id"] = object{"type": "string", "description": "The store, when the event concerns one."}
	default:
		delete(members, "store_id")
	}
	required = append(required, "created_at")
	if k.Version != "" {
		required = append(required, "version")
	} else {
		delete(members, "version")
	}
	schema["required"] = append(required, "payload")
	schema["description"] = k.When
	schema["additionalProperties"] = true
	return schema
}

// Schema returns the JSON Schema of the whole event, which needs no other
// document.
func (k Kind) Schema() []byte {
	schema := k.event(structSchema(reflect.TypeOf(k.Payload)))
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = "urn:inventory:event:" + string(k.Type)
	schema["title"] = string(k.Type)
	schema["examples"] = []any{k.Example()}
	return indented(schema)
}

// SchemaPath returns where Schema is served.
func (k Kind) SchemaPath() string { return "/schemas/events/" + string(k.Type) + ".json" }

// Files returns the documents of the sets as they are served: path and JSON. The
// title and version are those of the AsyncAPI document.
func Files(title, version string, sets ...Set) map[string][]byte {
	files := map[string][]byte{"/asyncapi.json": AsyncAPI(title, version, sets...)}
	for _, k := range kinds(sets...) {
		files[k.SchemaPath()] = k.Schema()
	}
	return files
}

func with(schema any, name string, value any) object {
	o, _ := schema.(object)
	o[name] = value
	return o
}

func reference(section, name string) object {
	return object{"$ref": "#/components/" + section + "/" + name}
}

func indented(value any) []byte {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic("eventschema: " + err.Error()) // maps of texts and numbers always encode
	}
	return append(text, '\n')
}
