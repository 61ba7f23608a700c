// Package openapi has the documents of the HTTP interface: it merges the services'
// OpenAPI documents with the part that they share, compares a document with the
// routes that it describes, and serves it with Swagger UI from the binary.
package openapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// sharedDocument is the common part of the services' documents.
//
//go:embed shared.yaml
var sharedDocument []byte

type object = map[string]any

// ForService merges the document of one service, YAML or JSON, with the shared one
// and with components, which may be nil: schemas that are derived from code. The
// title is the document's own, and name if it has none; the document may be empty.
func ForService(name, version string, document, components []byte) ([]byte, error) {
	if len(document) == 0 {
		return Merge(name, version)
	}
	doc, err := parse(document)
	if err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	title := name
	if info, _ := doc["info"].(object); info != nil {
		if t, _ := info["title"].(string); t != "" {
			title = t
		}
	}
	if len(components) == 0 {
		return Merge(title, version, document)
	}
	return Merge(title, version, document, components)
}

// Merge merges services' documents, YAML or JSON, with the shared one into one
// JSON document: operations and components are united, tags too. The paths are
// written in full, from the root, so servers must be left out; so must security
// at the top, which is the API key for every operation without its own. It is
// an error when a document cannot be read, when two documents have the same
// operation or component and they differ, or when a $ref leads nowhere.
func Merge(title, version string, docs ...[]byte) ([]byte, error) {
	merged, err := parse(sharedDocument)
	if err != nil {
		return nil, fmt.Errorf("shared OpenAPI document: %w", err)
	}
	info := object{"title": title, "version": version}
	services := 0
	for i, text := range docs {
		doc, err := parse(text)
		if err == nil {
			err = mergeDocument(merged, doc)
		}
		if err != nil {
			return nil, fmt.Errorf("OpenAPI document %d: %w", i+1, err)
		}
		if doc["paths"] == nil {
			continue // only components
		}
		// One service's description is the document's; several would need one of
		// their own.
		services++
		delete(info, "description")
		if own, _ := doc["info"].(object); services == 1 && own["description"] != nil {
			info["description"] = own["description"]
		}
	}
	merged["info"] = info
	addCommonResponses(merged)
	if err := checkReferences(merged, merged); err != nil {
		return nil, err
	}
	if err := checkParameters(merged); err != nil {
		return nil, err
	}
	return encode(merged)
}

func parse(text []byte) (object, error) {
	// Through JSON all keys become strings and all numbers one type, so that
	// equal documents compare equal.
	var content any
	if err := yaml.Unmarshal(text, &content); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	var doc object
	if err := json.Unmarshal(asJSON, &doc); err != nil {
		return nil, fmt.Errorf("is not a mapping: %w", err)
	}
	if version, _ := doc["openapi"].(string); !strings.HasPrefix(version, "3.") {
		return nil, errors.New("openapi must be version 3")
	}
	return doc, nil
}

func mergeDocument(merged, doc object) error {
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		switch name {
		case "openapi", "info":
		case "paths", "components", "webhooks":
			// Both have two levels: path and method, section and name.
			if err := unite(merged, name, doc[name], 2); err != nil {
				return err
			}
		case "tags":
			if err := uniteTags(merged, doc[name]); err != nil {
				return err
			}
		default:
			if !strings.HasPrefix(name, "x-") {
				return fmt.Errorf("%s must not be set by a service", name)
			}
		}
	}
	return nil
}

// unite puts value under name into target. Down to depth levels mappings are
// united; below that, values that are there twice must be equal.
func unite(target object, name string, value any, depth int) error {
	present, taken := target[name]
	if !taken {
		target[name] = value
		return nil
	}
	into, isObject := present.(object)
	from, both := value.(object)
	if depth == 0 || !isObject || !both {
		if !reflect.DeepEqual(present, value) {
			return fmt.Errorf("%s is defined twice and differs", name)
		}
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		if err := unite(into, key, from[key], depth-1); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func uniteTags(merged object, value any) error {
	present, _ := merged["tags"].([]any)
	added, isList := value.([]any)
	if !isList {
		return errors.New("tags must be a list")
	}
	for _, tag := range added {
		if !slices.ContainsFunc(present, func(t any) bool { return reflect.DeepEqual(t, tag) }) {
			present = append(present, tag)
		}
	}
	merged["tags"] = present
	return nil
}

// checkReferences returns an error for the first $ref under node that does not
// lead to a part of root.
func checkReferences(root object, node any) error {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			if err := checkReferences(root, child); err != nil {
				return err
			}
		}
	case object:
		if ref, isText := n["$ref"].(string); isText && follow(root, ref) == nil {
			return fmt.Errorf("OpenAPI document: $ref %s leads nowhere", ref)
		}
		for _, key := range slices.Sorted(maps.Keys(n)) {
			if err := checkReferences(root, n[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow returns the target of a JSON pointer within the document, nil when
// there is none; references to other documents are not supported, because
// nothing is loaded from elsewhere.
func follow(root object, ref string) any {
	path, local := strings.CutPrefix(ref, "#/")
	if !local {
		return nil
	}
	var node any = root
	for token := range strings.SplitSeq(path, "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		parent, isObject := node.(object)
		if !isObject {
			return nil
		}
		node = parent[token]
	}
	return node
}

// encode returns v as JSON without a line end and without HTML escaping.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
