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

	"inventory.example/pkg/contract/eventschema"
)

func TestEvents(t *testing.T) {
	t.Run("page is derived", testEventsPageIsDerived)
	t.Run("page names the envelope", testEventsPageNamesTheEnvelope)
	t.Run("schemas are kept", testEventsSchemasAreKept)
}

// testEventsPageIsDerived compares the event types in docs/events.md with the
// schemas.
func testEventsPageIsDerived(t *testing.T) {
	var page strings.Builder
	known := map[string]bool{}
	for _, set := range sets() {
		fmt.Fprintf(&page, "\n### Of %s\n", set.Service)
		for _, k := range append(set.Published, set.Delivered...) {
			if !known[string(k.Type)] {
				known[string(k.Type)] = true
				describe(t, &page, k)
			}
		}
	}
	derivedIn(t, "docs/events.md", "events", page.String()+"\n")
}

// firstDifference returns the first line in which two texts differ.
func firstDifference(have, want string) string {
	h, w := strings.Split(have, "\n"), strings.Split(want, "\n")
	for i := range min(len(h), len(w)) {
		if h[i] != w[i] {
			return "have " + h[i] + "\nwant " + w[i]
		}
	}
	return "one is longer"
}

// describe writes the part of a kind: when it is published, and its payload.
func describe(t *testing.T, page *strings.Builder, k eventschema.Kind) {
	t.Helper()
	var schema struct {
		Properties struct {
			Payload struct {
				Properties map[string]member
				Required   []string
			}
		}
	}
	if err := json.Unmarshal(k.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(page, "\n#### `%s`\n\n%s [Schema](schemas/events/%s.json).\n\n| Field | Type | Meaning |\n| --- | --- | --- |\n", k.Type, k.When, k.Type)
	payload := schema.Properties.Payload
	names := slices.Clone(payload.Required)
	for _, name := range slices.Sorted(maps.Keys(payload.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		m := payload.Properties[name]
		kind := m.text()
		if !slices.Contains(payload.Required, name) {
			kind += ", optional"
		}
		fmt.Fprintf(page, "| `%s` | %s | %s |\n", name, kind, m.Description)
	}
}

// member is the schema of a field.
type member struct {
	Type, Format, Description string
	Enum                      []string
	Minimum                   *int64
}

// text describes the values of the field.
func (m member) text() string {
	switch {
	case len(m.Enum) > 0:
		return "`" + strings.Join(m.Enum, "`, `") + "`"
	case m.Format == "date-time":
		return "time"
	case m.Format == "uuid":
		return "UUID"
	case m.Minimum != nil:
		return fmt.Sprintf("%s from %d", m.Type, *m.Minimum)
	default:
		return m.Type
	}
}

// testEventsPageNamesTheEnvelope: the table of the envelope has every member that
// the schema of some event type describes.
func testEventsPageNamesTheEnvelope(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/events.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## The envelope")
	table, _, found := strings.Cut(table, "\n## ")
	if !found {
		t.Fatal("there is no envelope")
	}
	members := map[string]bool{}
	for _, schema := range schemas(t) {
		properties, _ := parse(t, schema)["properties"].(object)
		for name := range properties {
			members[name] = true
		}
	}
	for name := range members {
		if !strings.Contains(table, "| `"+name+"`") && !strings.Contains(table, ", `"+name+"` |") {
			t.Errorf("the table of the envelope lacks %s", name)
		}
	}
}
