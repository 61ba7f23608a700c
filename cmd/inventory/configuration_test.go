package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inventory.example/cmd/inventory/internal/terminal"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// variable is a line of the table in docs/configuration.md.
type variable struct{ name, defaults, services string }

func TestConfiguration(t *testing.T) {
	t.Run("document", testConfigurationDocument)
}

// testConfigurationDocument compares docs/configuration.md with the structs: each
// variable is there once, with its defaults and its readers, and nothing else is.
func testConfigurationDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	documented, wanted := map[string]variable{}, variables(t)
	row := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (.*?) \\| (.*?) \\| (.*?) \\|$")
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		v := variable{cells[1], cells[2], cells[3]}
		if _, twice := documented[v.name]; twice {
			t.Errorf("%s has two rows", v.name)
		}
		documented[v.name] = v
		if !strings.HasSuffix(cells[4], ".") {
			t.Errorf("%s has no meaning that is a sentence: %q", v.name, cells[4])
		}
	}
	for name, want := range wanted {
		switch got, found := documented[name]; {
		case !found:
			t.Errorf("%s is missing: %+v", name, want)
		case got != want:
			t.Errorf("%s is\n%+v, want\n%+v", name, got, want)
		}
	}
	for name := range documented {
		if _, known := wanted[name]; !known {
			t.Errorf("no program reads %s", name)
		}
	}
}

// variables returns the expected content of the table.
func variables(t *testing.T) map[string]variable {
	t.Helper()
	services := []string{catalog.Name, stock.Name, reservation.Name, notifier.Name}
	readers := map[string]map[string]string{} // variable → reader → default
	add := func(config any, names ...string) {
		for name, value := range envTags(t, reflect.TypeOf(config)) {
			if readers[name] == nil {
				readers[name] = map[string]string{}
			}
			for _, reader := range names {
				readers[name][reader] = value
			}
		}
	}
	add(Config{}, "inventory")
	add(terminal.Environment{}, "inventory")
	add(catalog.Config{}, catalog.Name)
	add(stock.Config{}, stock.Name)
	add(reservation.Config{}, reservation.Name)
	add(notifier.Config{}, notifier.Name)
	add(broker.Config{}, services...)

	table := map[string]variable{}
	for name, defaults := range readers {
		var values, who []string
		for _, reader := range append([]string{"inventory"}, services...) {
			if value, reads := defaults[reader]; reads {
				who = append(who, reader)
				values = append(values, value)
			}
		}
		all := strings.Join(who, ", ")
		all = strings.Replace(all, strings.Join(services, ", "), "all", 1)
		table[name] = variable{name, defaultCell(who, values), all}
	}
	return table
}

// defaultCell is one default for all readers, or one for each.
func defaultCell(readers, values []string) string {
	if len(slices.Compact(slices.Clone(values))) == 1 {
		if values[0] == "" {
			return "–"
		}
		return "`" + values[0] + "`"
	}
	parts := make([]string, len(values))
	for i, value := range values {
		parts[i] = "`" + value + "` " + readers[i]
	}
	return strings.Join(parts, ", ")
}

// envTags returns the variables that a struct reads and their defaults.
func envTags(t *testing.T, config reflect.Type) map[string]string {
	t.Helper()
	tags := map[string]string{}
	for i := range config.NumField() {
		field := config.Field(i)
		if field.Type == reflect.TypeFor[process.Files]() { // set by the loader
			continue
		}
		tag, tagged := field.Tag.Lookup("env")
		name, options, _ := strings.Cut(tag, ",")
		options = strings.TrimSpace(options)
		found := map[string]string{name: strings.TrimPrefix(options, "default=")}
		if name == "" {
			prefix, prefixed := strings.CutPrefix(options, "prefix=")
			if field.Type.Kind() != reflect.Struct || tagged != prefixed {
				t.Errorf("%s.%s has no env tag", config, field.Name)
				continue
			}
			found = map[string]string{}
			for inner, value := range envTags(t, field.Type) {
				found[prefix+inner] = value
			}
		} else if options != "" && !strings.HasPrefix(options, "default=") {
			t.Errorf("%s.%s: this test does not know the option %q", config, field.Name, options)
		}
		for name, value := range found {
			if _, twice := tags[name]; twice {
				t.Errorf("%s reads %s twice", config, name)
			}
			tags[name] = value
		}
	}
	return tags
}
