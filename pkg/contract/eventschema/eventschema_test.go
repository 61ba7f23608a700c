package eventschema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

func TestPublished(t *testing.T) {
	t.Run("are all types", testPublishedAreAllTypes)
}

func testPublishedAreAllTypes(t *testing.T) {
	var got []events.Type
	for _, k := range eventschema.Published() {
		got = append(got, k.Type)
	}
	if !slices.Equal(got, inventory.Types()) {
		t.Errorf("described are %v\nwant %v", got, inventory.Types())
	}
}

func TestKind(t *testing.T) {
	t.Run("describes the envelope", testKindDescribesTheEnvelope)
	t.Run("describes every field", testKindDescribesEveryField)
}

// testKindDescribesTheEnvelope: an event in which every field is set has
// exactly the members that its schema names.
func testKindDescribesTheEnvelope(t *testing.T) {
	event, err := events.New(events.Meta{ID: "i", At: time.Unix(0, 0), Version: 1, Actor: "a", Traceparent: "t"}, inventory.StockCreated{StoreID: "s"})
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(event.Document(), &document); err != nil {
		t.Fatal(err)
	}
	_, schema := compile(t, kind(t, inventory.TypeStockCreated).Schema())
	members, _ := schema["properties"].(map[string]any)
	got, want := slices.Sorted(maps.Keys(members)), slices.Sorted(maps.Keys(document))
	if !slices.Equal(got, want) {
		t.Errorf("described are %v\nwant %v", got, want)
	}
}

func testKindDescribesEveryField(t *testing.T) {
	for _, k := range eventschema.Published() {
		_, schema := compile(t, k.Schema())
		properties(schema, func(name string, member map[string]any) {
			_, constant := member["const"]
			text, _ := member["description"].(string)
			if !constant && name != "payload" && (text == "" || !strings.HasSuffix(text, ".")) {
				t.Errorf("%s: the description of %s is %q, want a sentence", k.Type, name, text)
			}
		})
	}
}

// properties calls each with all members of a schema, those of inner ones too.
func properties(schema map[string]any, each func(name string, member map[string]any)) {
	members, _ := schema["properties"].(map[string]any)
	for name, m := range members {
		member, _ := m.(map[string]any)
		each(name, member)
		properties(member, each)
	}
}

func TestKind_Example(t *testing.T) {
	for _, k := range eventschema.Published() {
		t.Run(string(k.Type), func(t *testing.T) {
			schema, _ := compile(t, k.Schema())
			event, err := events.Decode(k.Example())
			if err != nil {
				t.Fatal(err)
			}
			if event.Type != k.Type || event.AggregateType != k.Aggregate {
				t.Errorf("it is %s of %s", event.Type, event.AggregateType)
			}
			if err := schema.Validate(decode(t, k.Example())); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestKind_Schema(t *testing.T) {
	t.Run("refuses", testKindSchemaRefuses)
	t.Run("follows the struct", testKindSchemaFollowsTheStruct)
}

// testKindSchemaRefuses: the schema of each type refuses its example once a
// required member is missing, or one has another type of JSON.
func testKindSchemaRefuses(t *testing.T) {
	for _, k := range eventschema.Published() {
		t.Run(string(k.Type), func(t *testing.T) {
			schema, _ := compile(t, k.Schema())
			whole, _ := decode(t, k.Example()).(map[string]any)
			payload, _ := whole["payload"].(map[string]any)
			for _, members := range []map[string]any{whole, payload} {
				for name, value := range maps.Clone(members) {
					if name != "actor" && name != "traceparent" {
						delete(members, name)
						if schema.Validate(whole) == nil {
							t.Errorf("it takes an event without %s", name)
						}
					}
					members[name] = []any{"another type"}
					if schema.Validate(whole) == nil {
						t.Errorf("it takes an event whose %s is a list", name)
					}
					members[name] = value
				}
			}
			if err := schema.Validate(whole); err != nil {
				t.Errorf("it no longer takes the example: %v", err)
			}
		})
	}
}

// testKindSchemaFollowsTheStruct: the schema follows the tags, and refuses values
// that tags cannot express.
func testKindSchemaFollowsTheStruct(t *testing.T) {
	type inner struct {
		N int64 `json:"n" doc:"A number."`
	}
	type payload struct {
		ID    string      `json:"id" format:"uuid" doc:"An id."`
		At    string      `json:"at" format:"date-time" doc:"A time."`
		Kind  string      `json:"kind,omitempty" enum:"a,b" doc:"One of two."`
		Price json.Number `json:"price" min:"0" doc:"A price."`
		List  []inner     `json:"list" max:"5" doc:"Some."`
		Done  bool        `json:"done" doc:"Whether."`
	}
	k := eventschema.Kind{Type: "thing.made", Aggregate: "thing", Payload: payload{}, Of: "thing", When: "It was made."}
	_, schema := compile(t, k.Schema())
	members, _ := schema["properties"].(map[string]any)
	const want = `{"properties":{"at":{"description":"A time.","format":"date-time",` +
		`"pattern":"^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$","type":"string"},"done":{"description":"Whether.","type":"boolean"},` +
		`"id":{"description":"An id.","format":"uuid","type":"string"},"kind":{"description":"One of two.","enum":["a","b"],"type":"string"},` +
		`"list":{"description":"Some.","items":{"properties":{"n":{"description":"A number.","format":"int64","type":"integer"}},"required":["n"],` +
		`"type":"object"},"maxItems":5,"type":"array"},"price":{"description":"A price.","minimum":0,"type":"number"}},` +
		`"required":["id","at","price","list","done"],"type":"object"}`
	described, _ := members["payload"].(map[string]any)
	if got, _ := json.Marshal(described); string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for name, value := range map[string]any{
		"of a map":       struct{ M map[string]string }{},
		"without a name": struct{ A string }{},
		"with a bad tag": struct {
			N int64 `json:"n" min:"few"`
		}{},
	} {
		t.Run("refuses a field "+name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("taken")
				}
			}()
			eventschema.Kind{Type: "t", Aggregate: "a", Payload: value}.Schema()
		})
	}
}

func kind(t *testing.T, name events.Type) eventschema.Kind {
	t.Helper()
	for _, k := range eventschema.Published() {
		if k.Type == name {
			return k
		}
	}
	t.Fatalf("%s is not described", name)
	return eventschema.Kind{}
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func compile(t *testing.T, text []byte) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	document, _ := decode(t, text).(map[string]any)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if schema.DraftVersion != 2020 {
		t.Errorf("the schema is of draft %d", schema.DraftVersion)
	}
	return schema, document
}
