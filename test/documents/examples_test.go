package documents_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"inventory.example/pkg/httpapi/httpapitest"
)

// apiDocument is the OpenAPI document of the whole system.
type apiDocument struct {
	t        *testing.T
	whole    map[string]any
	compiler *jsonschema.Compiler
}

const apiDocumentURL = "inventory:openapi"

func readAPIDocument(t *testing.T) *apiDocument {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "pkg/contract/apidoc/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := &apiDocument{t: t, compiler: jsonschema.NewCompiler()}
	d.compiler.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) { return httpapitest.CompilePattern(text) })
	d.compiler.AssertFormat()
	if err := json.Unmarshal(text, &d.whole); err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.compiler.AddResource(apiDocumentURL, parsed); err != nil {
		t.Fatal(err)
	}
	return d
}

// member returns the object under a name and its JSON pointer, with references
// followed.
func (d *apiDocument) member(o map[string]any, pointer, name string) (map[string]any, string) {
	m, _ := o[name].(map[string]any)
	pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	for {
		ref, isReference := m["$ref"].(string)
		if !isReference {
			return m, pointer
		}
		pointer = strings.TrimPrefix(ref, "#")
		m = d.whole
		for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			m, _ = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)].(map[string]any)
		}
	}
}

// examples returns the examples of a media type, or of its schema.
func (d *apiDocument) examples(media map[string]any, pointer string) (list []any) {
	if example, found := media["example"]; found {
		list = append(list, example)
	}
	named, _ := media["examples"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		example, _ := d.member(named, "", name)
		list = append(list, example["value"])
	}
	schema, _ := d.member(media, pointer, "schema")
	if len(list) == 0 {
		list, _ = schema["examples"].([]any)
	}
	if example, found := schema["example"]; found && len(list) == 0 {
		list = []any{example}
	}
	return list
}

// wantExamples checks that the content of a request or response has examples, and that
// its schema allows each.
func (d *apiDocument) wantExamples(where string, content map[string]any, pointer string) {
	for _, name := range slices.Sorted(maps.Keys(content)) {
		media, at := d.member(content, pointer, name)
		if !strings.HasSuffix(name, "json") || strings.HasSuffix(name, "ndjson") { // others are text
			continue
		}
		found := d.examples(media, at)
		if len(found) == 0 {
			d.t.Errorf("%s, %s: no example", where, name)
		}
		_, schemaAt := d.member(media, at, "schema")
		schema, err := d.compiler.Compile(apiDocumentURL + "#" + schemaAt)
		if err != nil {
			d.t.Fatalf("%s, %s: %v", where, name, err)
		}
		for _, example := range found {
			if err := schema.Validate(example); err != nil {
				d.t.Errorf("%s, %s: the example %s is not valid: %v", where, name, asText(example), err)
			}
		}
	}
}

func asText(value any) string { return strings.TrimSpace(fmt.Sprintf("%.200v", value)) }

// TestAPIDocument_examples: every operation is described, and every body, success and
// refusal has an example that its schema allows.
func TestAPIDocument_examples(t *testing.T) {
	d := readAPIDocument(t)
	paths, pathsAt := d.member(d.whole, "", "paths")
	operations := 0
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item, itemAt := d.member(paths, pathsAt, path)
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			operation, at := d.member(item, itemAt, method)
			if operation == nil {
				continue
			}
			operations++
			where := method + " " + path
			for _, field := range []string{"summary", "description", "operationId"} {
				if text, _ := operation[field].(string); text == "" {
					t.Errorf("%s has no %s", where, field)
				}
			}
			body, bodyAt := d.member(operation, at, "requestBody")
			content, contentAt := d.member(body, bodyAt, "content")
			d.wantExamples(where+", body", content, contentAt)
			responses, responsesAt := d.member(operation, at, "responses")
			for _, status := range slices.Sorted(maps.Keys(responses)) {
				response, responseAt := d.member(responses, responsesAt, status)
				content, contentAt := d.member(response, responseAt, "content")
				d.wantExamples(where+", "+status, content, contentAt)
			}
		}
	}
	if operations < 70 {
		t.Errorf("only %d operations", operations)
	}
}
