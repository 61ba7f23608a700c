package system_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// operation is one operation of the API's own description.
type operation struct {
	method, path string
	public       bool // needs no key
	stream       bool // the response to a good request does not end
	parameters   []parameter
	body         *bodyShape // nil when it takes none
	file         string     // an example of the CSV that it takes instead
}

type parameter struct {
	name, in string
	types    []string // of JSON
}

// bodyShape is the shape of an operation's body.
type bodyShape struct {
	fields   map[string][]string // with their JSON types
	required []string
	needed   bool // the body is required
	example  map[string]any
}

// has reports whether the operation has the parameter.
func (o operation) has(in, name string) bool {
	return slices.ContainsFunc(o.parameters, func(p parameter) bool { return p.in == in && p.name == name })
}

// object is a JSON object of the description.
type object map[string]any

// description is the API's description as the running system serves it.
type description struct{ whole object }

// operations reads the description and returns the operations below /api/v1.
func operations(t testing.TB, c *client) (list []operation) {
	t.Helper()
	d := description{}
	a := c.get(t, "/openapi.json").wants(t, http.StatusOK)
	if err := json.Unmarshal(a.body, &d.whole); err != nil {
		t.Fatal(err)
	}
	paths := d.at(d.whole, "paths")
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := d.at(paths, path)
		for _, method := range methods {
			described := d.at(item, strings.ToLower(method))
			if described == nil || !strings.HasPrefix(path, "/api/v1/") {
				continue
			}
			o := operation{method: method, path: path, body: d.body(described)}
			if o.body == nil { // the lines of a count are JSON as well
				o.file, _ = d.at(described, "requestBody", "content", "text/csv")["example"].(string)
			}
			security, given := described["security"].([]any)
			o.public = given && len(security) == 0
			o.stream = d.at(described, "responses", "200", "content", "text/event-stream") != nil
			o.parameters = append(d.parameters(item), d.parameters(described)...)
			list = append(list, o)
		}
	}
	for _, base := range []string{"/api/v1/products", "/api/v1/stock", "/api/v1/reservations", "/api/v1/events/stock"} {
		if !slices.ContainsFunc(list, func(o operation) bool { return o.path == base }) {
			t.Fatalf("the API describes no %s", base)
		}
	}
	return list
}

// at returns the object at a path of names, with references followed; nil when
// there is none.
func (d description) at(o object, names ...string) object {
	for _, name := range names {
		o = d.follow(o[name])
	}
	return o
}

func (d description) follow(v any) object {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	reference, ok := m["$ref"].(string)
	if !ok {
		return m
	}
	return d.at(d.whole, strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
}

func (d description) parameters(o object) (list []parameter) {
	all, _ := o["parameters"].([]any)
	for _, v := range all {
		p := d.follow(v)
		name, _ := p["name"].(string)
		in, _ := p["in"].(string)
		list = append(list, parameter{name: name, in: in, types: types(d.at(p, "schema"))})
	}
	return list
}

func (d description) body(o object) *bodyShape {
	media := d.at(o, "requestBody", "content", "application/json")
	if media == nil {
		return nil
	}
	schema := d.at(media, "schema")
	b := &bodyShape{fields: map[string][]string{}, example: map[string]any{}}
	b.needed, _ = d.at(o, "requestBody")["required"].(bool)
	if example, ok := media["example"].(map[string]any); ok {
		b.example = example
	}
	for name := range d.at(schema, "properties") {
		field := d.at(schema, "properties", name)
		b.fields[name] = types(field)
		either, _ := field["anyOf"].([]any)
		for _, v := range either {
			b.fields[name] = append(b.fields[name], types(d.follow(v))...)
		}
	}
	required, _ := schema["required"].([]any)
	for _, v := range required {
		if name, ok := v.(string); ok {
			b.required = append(b.required, name)
		}
	}
	return b
}

// types returns the JSON types that a schema allows.
func types(schema object) (list []string) {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		for _, v := range t {
			if name, ok := v.(string); ok {
				list = append(list, name)
			}
		}
	}
	return list
}
