package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

const composeFolder = "../../deploy/compose"

// ofCompose are the variables that Compose itself reads.
var ofCompose = []string{"COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"}

// ofRuntime are the variables in compose files that something else than a
// service's structs reads; Grafana's begin with GF_.
var ofRuntime = []string{"GOMEMLIMIT", "SCHEME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"}

// composeFiles returns the compose files, as one text without comments.
func composeFiles(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(composeFolder, "compose*.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("compose files %q, %v", files, err)
	}
	comment := regexp.MustCompile(`(?m)^\s*#.*$|\s#\s.*$`)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(comment.ReplaceAllString(string(text), ""))
	}
	return all.String()
}

// interpolated returns the variables that the compose files read, with their
// defaults. A variable has the same default everywhere.
func interpolated(t *testing.T) map[string]string {
	t.Helper()
	text := composeFiles(t)
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`\$\{([A-Z_]+)(:-([^}]*))?\}`).FindAllStringSubmatch(text, -1) {
		if m[2] == "" {
			t.Errorf("%s has no default", m[0])
		}
		if other, twice := found[m[1]]; twice && other != m[3] {
			t.Errorf("%s has the defaults %q and %q", m[1], other, m[3])
		}
		found[m[1]] = m[3]
	}
	return found
}

// readByServices returns the variables of the services with their defaults.
func readByServices(t *testing.T) map[string][]string {
	t.Helper()
	read := map[string][]string{}
	for _, config := range []any{catalog.Config{}, stock.Config{}, reservation.Config{}, notifier.Config{}, broker.Config{}} {
		for name, value := range envTags(t, reflect.TypeOf(config)) {
			read[name] = append(read[name], value)
			if slices.Contains(process.Secrets, name) {
				read[name+"_FILE"] = nil
			}
		}
	}
	return read
}

func TestCompose(t *testing.T) {
	t.Run("example", testComposeExample)
	t.Run("environment", testComposeEnvironment)
	t.Run("development", testComposeDevelopment)
}

// testComposeExample compares .env.example with its readers: each line is a variable
// of the compose files or of the services with its default, and each variable of the
// compose files has a line.
func testComposeExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(composeFolder, ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	compose, services := interpolated(t), readByServices(t)
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		name, value, isAssignment := strings.Cut(strings.TrimPrefix(line, "#"), "=")
		if !isAssignment || !strings.HasPrefix(line, "#") {
			t.Errorf("%q is neither a comment nor a default behind #", line)
			continue
		}
		if named[name] {
			t.Errorf("%s is named twice", name)
		}
		named[name] = true
		fallback, inCompose := compose[name]
		defaults, ofService := services[name]
		switch {
		case inCompose && value != fallback:
			t.Errorf("%s is %q, the default of the compose files is %q", name, value, fallback)
		case !inCompose && ofService && !slices.Contains(defaults, value):
			t.Errorf("%s is %q, the default is %q", name, value, defaults)
		case !inCompose && !ofService && !slices.Contains(ofCompose, name):
			t.Errorf("nothing reads %s", name)
		}
	}
	for name := range compose {
		if !named[name] {
			t.Errorf("%s of the compose files is missing", name)
		}
	}
}

// testComposeEnvironment holds the variables that the compose files give to
// the services against the structs.
func testComposeEnvironment(t *testing.T) {
	services := readByServices(t)
	given := 0
	// The variables of the containers of Kafka and PostgreSQL are not ours.
	text := regexp.MustCompile(`(?s)\n  (kafka|postgres):\n    image:.*?\n(volumes|secrets):`).ReplaceAllString(composeFiles(t), "")
	for _, m := range regexp.MustCompile(`\b([A-Z][A-Z0-9_]*): `).FindAllStringSubmatch(text, -1) {
		name := m[1]
		if slices.Contains(ofRuntime, name) || strings.HasPrefix(name, "GF_") || buildArgument(name) {
			continue
		}
		given++
		if _, known := services[name]; !known {
			t.Errorf("no service reads %s", name)
		}
	}
	if given < 10 {
		t.Errorf("found only %d variables", given)
	}
}

// buildArgument says whether name is an argument of the images' Dockerfile.
func buildArgument(name string) bool {
	return slices.Contains([]string{"GO_IMAGE", "BASE_IMAGE", "VERSION", "SERVICE"}, name)
}

// testComposeDevelopment holds the secrets for development to the well-known
// keys, so that the services accept them in development only.
func testComposeDevelopment(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(composeFolder, "secrets/development", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	common := process.Settings{APIKeys: read("api_keys"), ServiceKey: read("service_key"), LogLevel: "info", LogFormat: "json"}
	refused := func(development bool) bool {
		common.Development = development
		return slices.ContainsFunc(common.Validate(), func(err error) bool {
			return strings.Contains(err.Error(), "KEY")
		})
	}
	if refused(true) {
		t.Errorf("development refuses them: %v", common.Validate())
	}
	if !refused(false) {
		t.Error("they are accepted outside of development")
	}
}
