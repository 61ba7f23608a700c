package idempotency_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// order is a result, orderDocument the document that is saved of it. The release
// before documents had versions called the units "count".
type order struct{ units int }

type orderDocument struct {
	Format int `json:"format"`
	Units  int `json:"units"`
	Count  int `json:"count,omitempty"`
}

var orders = idempotency.Document[order, orderDocument]{
	Newest:  1,
	Version: func(d orderDocument) int { return d.Format },
	Of:      func(o order) orderDocument { return orderDocument{Format: 1, Units: o.units} },
	Result: func(d orderDocument) (order, error) {
		if d.Format == 0 {
			return order{d.Count}, nil
		}
		return order{d.Units}, nil
	},
}

func TestDocument_Encode(t *testing.T) {
	encoded, err := orders.Encode(order{5})
	if want := `{"format":1,"units":5}`; err != nil || string(encoded) != want {
		t.Errorf("got %s, %v; want %s", encoded, err, want)
	}
}

func TestDocument_Decode(t *testing.T) {
	for document, want := range map[string]int{
		`{"format":1,"units":5}`:              5,
		`{"format":1,"units":6,"note":"new"}`: 6,
		`{"count":7}`:                         7,
	} {
		if got, err := orders.Decode([]byte(document)); err != nil || got.units != want {
			t.Errorf("%s: got %+v, %v; want %d units", document, got, err, want)
		}
	}
	for _, document := range []string{`{"format":2,"units":5}`, `{"format":-1,"units":5}`, `{`, ``} {
		if got, err := orders.Decode([]byte(document)); err == nil {
			t.Errorf("%s: got %+v and no error", document, got)
		}
	}
}

func TestDecode(t *testing.T) {
	r := idempotency.Request{Caller: "Ada", Key: "k", Fingerprint: "f"}
	got, err := idempotency.Decode(idempotency.Saved{Fingerprint: "f", Result: []byte(`{"count":7}`)}, r, orders)
	if err != nil || got.units != 7 {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = idempotency.Decode(idempotency.Saved{Fingerprint: "other", Result: []byte(`{"count":7}`)}, r, orders)
	if problem.CodeOf(err) != problem.IdempotencyKeyReused {
		t.Errorf("another request: got %v", err)
	}
	_, err = idempotency.Decode(idempotency.Saved{Fingerprint: "f", Result: []byte(`{"format":2}`)}, r, orders)
	if err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("a document of a later release: got %v", err)
	}
}

// A field of a result may be renamed; the document keeps its name.
func ExampleDocument() {
	type product struct{ displayName string }
	type document struct {
		Format int    `json:"format"`
		Name   string `json:"name"`
	}
	saved := idempotency.Document[product, document]{
		Newest:  1,
		Version: func(d document) int { return d.Format },
		Of:      func(p product) document { return document{Format: 1, Name: p.displayName} },
		Result:  func(d document) (product, error) { return product{d.Name}, nil },
	}
	encoded, err := saved.Encode(product{"Mug"})
	fmt.Println(string(encoded), err)
	fmt.Println(saved.Decode(json.RawMessage(`{"name":"Cup"}`))) // of a release without versions
	// Output:
	// {"format":1,"name":"Mug"} <nil>
	// {Cup} <nil>
}
