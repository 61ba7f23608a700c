package eventschema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"inventory.example/pkg/events"
)

// The values of examples, by the names of their fields.
var (
	exampleTexts = map[string]string{
		"id":             "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
		"product_id":     "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
		"reservation_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03",
		"transfer_id":    "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a07",
		"to_store_id":    "BCN-001",
		"rule_id":        "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a04",
		"webhook_id":     "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a05",
		"event_id":       "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a06",
		"store_id":       "MAD-001",
		"from_store":     "MAD-001",
		"to_store":       "BCN-001",
		"customer_id":    "ada",
		"sku":            "TEA-SEN-100",
		"name":           "Sencha, 100 g",
		"description":    "Green tea from Shizuoka.",
		"category":       "tea",
		"price":          "12.90",
		"rule_name":      "Stock is low",
		"reason":         "count of the evening",
	}
	exampleNumbers = map[string]int64{
		"previous_quantity": 10, "new_quantity": 8, "change": -2, "available": 3, "reorder_point": 5, "reorder_qty": 20,
		"from_version": 7, "to_version": 3, "window_seconds": 60,
	}
	exampleTime = time.Date(2026, time.March, 28, 15, 4, 5, 123*int(time.Millisecond), time.UTC)
)

const (
	exampleEventID     = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"
	exampleAggregateID = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02"
	exampleTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	exampleVersion     = 7
)

// fill sets the required fields of a struct, so that the example is the shortest
// event of its type, or all of its fields.
func fill(value reflect.Value, optional bool) {
	for _, f := range fields(value.Type()) {
		if f.optional && !optional {
			continue
		}
		into := value.FieldByIndex(indexOf(value.Type(), f))
		values, _, _ := strings.Cut(f.Tag.Get("enum"), ",")
		switch into.Kind() {
		case reflect.String:
			text := exampleTexts[f.name]
			if f.Tag.Get("format") == "date-time" {
				text = events.FormatTime(exampleTime)
			}
			if values != "" {
				text = values
			}
			if text == "" {
				text = f.name
			}
			into.SetString(text)
		case reflect.Int64:
			number, known := exampleNumbers[f.name]
			if !known {
				number = 2
			}
			into.SetInt(number)
		case reflect.Slice:
			element := reflect.New(into.Type().Elem()).Elem()
			fill(element, optional)
			into.Set(reflect.Append(into, element))
		}
	}
}

// indexOf returns the index of a field, also of one that is embedded.
func indexOf(t reflect.Type, f field) []int {
	found, _ := t.FieldByName(f.Name)
	return found.Index
}

// Example returns an event of the kind as it is published.
func (k Kind) Example() json.RawMessage {
	payload := reflect.New(reflect.TypeOf(k.Payload)).Elem()
	fill(payload, false)
	text, err := json.Marshal(payload.Interface())
	if err != nil {
		panic(fmt.Sprintf("eventschema: the example of %s: %v", k.Type, err))
	}
	var ids map[string]any
	_ = json.Unmarshal(text, &ids)
	e := events.Event{
		ID: exampleEventID, Type: k.Type, AggregateType: k.Aggregate, AggregateID: exampleAggregateID,
		CreatedAt: exampleTime, Actor: "Store Madrid", Traceparent: exampleTraceparent,
	}
	for name, id := range ids { // such as rule_id of an alert_rule
		if text, isText := id.(string); isText && name != "id" && strings.HasSuffix(string(k.Aggregate)+"_id", name) {
			e.AggregateID = text
		}
	}
	if k.Store {
		e.StoreID = exampleTexts["store_id"]
	}
	if k.Version != "" {
		e.Version = exampleVersion
	}
	event, err := events.Restore(e, text)
	if err != nil {
		panic(fmt.Sprintf("eventschema: the example of %s: %v", k.Type, err))
	}
	return event.Document()
}
