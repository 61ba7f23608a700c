package idempotency

import (
	"encoding/json"
	"fmt"
)

// Format is the form in which results of type T are saved. A use case takes it
// as a port: the layer that renders results also decides how they are kept, and
// reads the documents of earlier releases, which are kept for a while after an
// upgrade.
type Format[T any] interface {
	Encode(result T) (document []byte, err error)
	Decode(document []byte) (T, error)
}

// JSON is the Format of a type that is its own document: its JSON tags decide
// the form of the result that a repeated request gets.
type JSON[T any] struct{}

// Encode implements Format.
func (JSON[T]) Encode(result T) ([]byte, error) { return json.Marshal(result) }

// Decode implements Format.
func (JSON[T]) Decode(document []byte) (result T, err error) {
	err = json.Unmarshal(document, &result)
	return result, err
}

// Document is the Format of results that are saved as JSON documents of type D,
// which have a version. Fields of T may be renamed without changing the saved
// documents.
type Document[T, D any] struct {
	// Of returns the document of a result, at the newest version.
	Of func(result T) D
	// Version returns the version of a document; 0 is that of releases whose
	// documents had none.
	Version func(document D) int
	// Newest is the highest version that Result understands.
	Newest int
	// Result returns the result in a document of any version up to Newest.
	Result func(document D) (T, error)
}

// Encode implements Format.
func (f Document[T, D]) Encode(result T) ([]byte, error) { return json.Marshal(f.Of(result)) }

// Decode implements Format. A document of a version after Newest is an error: a
// later release saved it, and its fields may mean something else.
func (f Document[T, D]) Decode(document []byte) (result T, err error) {
	var d D
	if err := json.Unmarshal(document, &d); err != nil {
		return result, err
	}
	if version := f.Version(d); version < 0 || version > f.Newest {
		return result, fmt.Errorf("the document has version %d, the newest that is known is %d", version, f.Newest)
	}
	return f.Result(d)
}
