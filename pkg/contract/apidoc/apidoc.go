// Package apidoc has the OpenAPI document of the whole system, so that every
// deployment can serve it, also one in which each service is a process of its own.
package apidoc

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/httpapi/openapi"
)

// Introduction is the description of the document, in Markdown, and holds for all
// operations.
//
//go:embed introduction.md
var Introduction string

// document is derived from the documents of the services, which this package may
// not import; a test compares them.
//
//go:embed openapi.json
var document []byte

// Merge returns the document of services, whose own documents are given, with
// Introduction, as JSON.
func Merge(documents [][]byte, events []eventschema.Set) ([]byte, error) {
	for _, set := range events {
		documents = append(documents, set.OpenAPI())
	}
	merged, err := openapi.Merge("Inventory", "0", documents...)
	if err != nil {
		return nil, fmt.Errorf("merge the API documents: %w", err)
	}
	return withInfo(merged, map[string]any{"description": Introduction})
}

// OpenAPI returns the document with the version of the build.
func OpenAPI(version string) ([]byte, error) {
	return withInfo(document, map[string]any{"version": version})
}

// withInfo sets fields of a document's info.
func withInfo(document []byte, fields map[string]any) ([]byte, error) {
	var d map[string]json.RawMessage
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("read the API document: %w", err)
	}
	var info map[string]any
	if err := json.Unmarshal(d["info"], &info); err != nil {
		return nil, fmt.Errorf("read the info of the API document: %w", err)
	}
	for name, value := range fields {
		info[name] = value
	}
	var err error
	if d["info"], err = json.Marshal(info); err != nil {
		return nil, fmt.Errorf("write the info of the API document: %w", err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write the API document: %w", err)
	}
	return text, nil
}
