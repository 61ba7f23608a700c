package documents_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

var update = flag.Bool("update", false, "write the parts that are derived from the code into the documents")

// sets are the events of all services.
func sets() []eventschema.Set {
	return []eventschema.Set{catalog.Events(), stock.Events(), reservation.Events(), notifier.Events()}
}

// schemas are the files that the services serve, without the AsyncAPI document.
func schemas(t *testing.T) map[string][]byte {
	t.Helper()
	files := eventschema.Files("Inventory events", "1", sets()...)
	delete(files, "/asyncapi.json")
	if len(files) < len(eventschema.Published()) {
		t.Fatalf("only %d schemas", len(files))
	}
	return files
}

// testEventsSchemasAreKept compares the schemas that the services serve with
// those in docs/schemas, so that a review shows a change of a payload, and
// refuses changes that break a consumer of an earlier release.
func testEventsSchemasAreKept(t *testing.T) {
	kept, err := filepath.Glob(filepath.Join(root, "docs/schemas/events/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	served := schemas(t)
	for _, file := range kept {
		path := "/schemas/events/" + filepath.Base(file)
		text, isServed := served[path]
		if !isServed {
			t.Errorf("%s is no longer served", path)
			continue
		}
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range breaks("", parse(t, before), parse(t, text)) {
			t.Errorf("%s: %s: this breaks consumers of an earlier release", path, broken)
		}
	}
	if t.Failed() {
		return // -update must not write the broken schema
	}
	for path, text := range served {
		file := filepath.Join(root, "docs", path)
		if *update {
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if before, err := os.ReadFile(file); err != nil || !bytes.Equal(before, text) {
			t.Errorf("docs%s does not match the code (go test ./test/documents -update)", path)
		}
	}
}

func TestBreaks(t *testing.T) {
	const before = `{"properties": {"a": {"type": "string", "enum": ["x"]}, "b": {"properties": {"c": {"type": "integer"}}}}, "required": ["a"]}`
	for name, test := range map[string]struct{ now, want string }{
		"nothing":                  {before, ""},
		"a description":            {strings.Replace(before, `"type": "string"`, `"type": "string", "description": "D."`, 1), ""},
		"an optional member":       {strings.Replace(before, `{"a"`, `{"z": {"type": "string"}, "a"`, 1), ""},
		"one more value":           {strings.Replace(before, `["x"]`, `["x", "y"]`, 1), ""},
		"a member is gone":         {strings.Replace(before, `"c"`, `"d"`, 1), "/b/c is gone"},
		"another type":             {strings.Replace(before, "integer", "string", 1), "/b/c has another type"},
		"a value is gone":          {strings.Replace(before, `["x"]`, `["y"]`, 1), "/a has no value x any more"},
		"it may be missing":        {strings.Replace(before, `"required": ["a"]`, `"required": []`, 1), "/a may be missing"},
		"a new member is required": {strings.Replace(strings.Replace(before, `{"a"`, `{"z": {"type": "string"}, "a"`, 1), `["a"]`, `["a", "z"]`, 1), "/z is new and required, which no earlier event has"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(breaks("", parse(t, []byte(before)), parse(t, []byte(test.now))), "; "); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

type object = map[string]any

func parse(t *testing.T, text []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// breaks returns the promises of the schema before that the schema now breaks.
func breaks(at string, before, now object) (list []string) {
	for _, keyword := range []string{"type", "format", "pattern", "const"} {
		if fmt.Sprint(before[keyword]) != fmt.Sprint(now[keyword]) {
			list = append(list, at+" has another "+keyword)
		}
	}
	values, _ := now["enum"].([]any)
	had, _ := before["enum"].([]any)
	for _, value := range had {
		if !slices.Contains(values, value) {
			list = append(list, fmt.Sprintf("%s has no value %v any more", at, value))
		}
	}
	members, _ := now["properties"].(object)
	membersBefore, _ := before["properties"].(object)
	for name, member := range membersBefore {
		if members[name] == nil {
			list = append(list, at+"/"+name+" is gone")
			continue
		}
		list = append(list, breaks(at+"/"+name, member.(object), members[name].(object))...)
	}
	if items, isArray := before["items"].(object); isArray {
		itemsNow, _ := now["items"].(object)
		list = append(list, breaks(at+"/items", items, itemsNow)...)
	}
	required, _ := now["required"].([]any)
	requiredBefore, _ := before["required"].([]any)
	for _, name := range requiredBefore {
		if members[name.(string)] != nil && !slices.Contains(required, name) {
			list = append(list, fmt.Sprintf("%s/%v may be missing", at, name))
		}
	}
	for _, name := range required {
		if before != nil && membersBefore[name.(string)] == nil {
			list = append(list, fmt.Sprintf("%s/%v is new and required, which no earlier event has", at, name))
		}
	}
	return list
}

func TestEvents_AsyncAPI(t *testing.T) {
	t.Run("is valid", testEventsAsyncAPIIsValid)
}

// testEventsAsyncAPIIsValid validates the AsyncAPI document of each service, and of
// the one process, with the schema of AsyncAPI itself.
func testEventsAsyncAPIIsValid(t *testing.T) {
	text, err := os.ReadFile("testdata/asyncapi-3.0.0.json")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("asyncapi.json", rules); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("asyncapi.json")
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string][]byte{"all": eventschema.AsyncAPI("All", "1", sets()...)}
	for _, s := range sets() {
		documents[s.Service] = eventschema.AsyncAPI(s.Service, "1", s)
	}
	for name, text := range documents {
		t.Run(name, func(t *testing.T) {
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(document); err != nil {
				t.Error(err)
			}
			whole, _ := document.(object)
			followed := follow(t, whole, whole)
			if followed < 10 {
				t.Errorf("only %d references", followed)
			}
			delete(whole, "channels")
			whole["operations"] = object{"o": object{"action": "shout"}}
			if schema.Validate(whole) == nil {
				t.Error("an operation of another kind is valid too")
			}
		})
	}
}

// follow fails the test for each $ref under node that does not resolve in whole,
// and returns the number of references.
func follow(t *testing.T, whole object, node any) (n int) {
	t.Helper()
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			n += follow(t, whole, child)
		}
	case object:
		for _, child := range node {
			n += follow(t, whole, child)
		}
		ref, isReference := node["$ref"].(string)
		if !isReference {
			return n
		}
		n++
		var target any = whole
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			parent, _ := target.(object)
			target = parent[name]
		}
		if target == nil {
			t.Errorf("%s does not resolve", ref)
		}
	}
	return n
}
