package eventschema

import "encoding/json"

// OpenAPI returns the components of an OpenAPI document for a set: a schema for
// each payload and each event, and one of any event, named after the service, such
// as StockEvent, or DeliveredEvent. Published events have the response of the
// event table too, such as StockEventPage.
func (s Set) OpenAPI() []byte {
	schemas := object{}
	for _, k := range kinds(s) {
		schemas[k.payloadName()] = structSchemaOf(k)
		schemas[k.eventName()] = k.event(reference("schemas", k.payloadName()))
	}
	components := object{"schemas": schemas}
	if len(s.Delivered) > 0 {
		schemas["DeliveredEvent"] = anyOf(s.Delivered, "An event as webhooks and the live stream get it.")
	}
	if len(s.Published) > 0 {
		name := title(s.Service) + "Event"
		schemas[name] = anyOf(s.Published, "An event of "+s.Service+".")
		schemas[name+"Row"] = object{
			"description": "An event as the broker gets it, with its place in the table and the time at which the broker had acknowledged it.",
			"allOf":       []any{reference("schemas", name), reference("schemas", "EventPlace")},
		}
		schemas[name+"Page"] = object{
			"type": "object", "required": []any{"events", "count", "next_cursor"},
			"properties": object{
				"events":      object{"type": "array", "items": reference("schemas", name+"Row")},
				"count":       reference("schemas", "EventCount"),
				"next_cursor": reference("schemas", "EventCursor"),
			},
		}
		components["responses"] = object{name + "Page": object{
			"description": "Events in the order of their seq.",
			"content": object{"application/json": object{
				"schema": reference("schemas", name+"Page"), "example": pageOf(s.Published[0]),
			}},
		}}
	}
	text, err := json.Marshal(object{"openapi": "3.1.0", "components": components})
	if err != nil {
		panic("eventschema: " + err.Error()) // maps of texts and numbers always encode
	}
	return text
}

// pageOf returns a page of an event table with the example of a kind.
func pageOf(k Kind) object {
	var row object
	if err := json.Unmarshal(k.Example(), &row); err != nil {
		panic("eventschema: " + err.Error()) // it was encoded here
	}
	row["seq"], row["synced_at"] = 1024, row["created_at"]
	return object{"events": []any{row}, "count": 1, "next_cursor": 1024}
}

// anyOf returns the schema of an event of one of the kinds; its event_type says of
// which.
func anyOf(list []Kind, description string) object {
	var schemas []any
	mapping := object{}
	for _, k := range list {
		ref := reference("schemas", k.eventName())
		schemas = append(schemas, ref)
		mapping[string(k.Type)] = ref["$ref"]
	}
	return object{
		"description": description, "oneOf": schemas,
		"discriminator": object{"propertyName": "event_type", "mapping": mapping},
	}
}
