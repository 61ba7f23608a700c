package documents_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestFiles(t *testing.T) {
	t.Run("follow the editorconfig", testFilesFollowTheEditorconfig)
}

// testFilesFollowTheEditorconfig: text files end with one line feed and
// have no space at the ends of lines. Go files are indented with tabs, which
// gofumpt checks.
func testFilesFollowTheEditorconfig(t *testing.T) {
	settings := read(t, ".editorconfig")
	for _, rule := range []string{"insert_final_newline = true", "trim_trailing_whitespace = true", "end_of_line = lf"} {
		if !strings.Contains(settings, rule) {
			t.Fatalf(".editorconfig lacks %s", rule)
		}
	}
	skipped := []string{".git", "bin", "data", "node_modules", "dist", "testdata", "schemas"}
	ends := []string{".go", ".md", ".yaml", ".yml", ".json", ".sql", ".py", ".toml", ".ts", ".tsx", ".css", ".mjs", "Makefile", "go.mod"}
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(path, end) }):
			return nil
		}
		seen++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
			t.Errorf("%s does not end with a line feed", path)
		}
		for number, line := range bytes.Split(text, []byte("\n")) {
			if len(bytes.TrimRight(line, " \t\r")) < len(line) {
				t.Errorf("%s:%d: space at the end of the line", path, number+1)
			}
		}
		return nil
	})
	if err != nil || seen < 100 {
		t.Fatalf("%d files: %v", seen, err)
	}
}

func TestHouse(t *testing.T) {
	t.Run("runs the checks of CI", testHouseRunsTheChecksOfCI)
	t.Run("names one version of Go", testHouseNamesOneVersionOfGo)
}

// testHouseRunsTheChecksOfCI: the workflow has no checks of its own, and checks out
// the history that the test of two releases needs.
func testHouseRunsTheChecksOfCI(t *testing.T) {
	workflow := read(t, ".github/workflows/ci.yml")
	var steps []string
	for _, step := range regexp.MustCompile(`(?m)^ +- (?:run|uses): (.*)$`).FindAllStringSubmatch(workflow, -1) {
		steps = append(steps, strings.Split(step[1], "@")[0])
	}
	if want := []string{"actions/checkout", ".ci/run"}; !slices.Equal(steps, want) {
		t.Errorf("the steps are %q, want %q", steps, want)
	}
	if !strings.Contains(workflow, "fetch-depth: 0") {
		t.Error("the checkout has no history")
	}
}

// testHouseNamesOneVersionOfGo: the container for development and the documents
// name the version of Go in go.work.
func testHouseNamesOneVersionOfGo(t *testing.T) {
	want := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.work"))
	if want == nil {
		t.Fatal("go.work names no version")
	}
	var container struct{ Image string }
	if err := json.Unmarshal([]byte(read(t, ".devcontainer/devcontainer.json")), &container); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(container.Image, "golang:"+want[1]+"-") {
		t.Errorf("the container is %s, want Go %s", container.Image, want[1])
	}
	for _, file := range []string{"README.md", "CONTRIBUTING.md"} {
		if !strings.Contains(read(t, file), "Go "+want[1]+" ") && !strings.Contains(read(t, file), "Go "+want[1]+",") {
			t.Errorf("%s does not name Go %s", file, want[1])
		}
	}
}

func TestChangelog(t *testing.T) {
	t.Run("begins with unreleased changes", testChangelogBeginsWithUnreleasedChanges)
}

// testChangelogBeginsWithUnreleasedChanges: its headings are Unreleased, then
// releases with their dates.
func testChangelogBeginsWithUnreleasedChanges(t *testing.T) {
	headings := regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(read(t, "CHANGELOG.md"), -1)
	release := regexp.MustCompile(`^\[?\d+\.\d+\.\d+\]? - \d{4}-\d{2}-\d{2}$`)
	for i, h := range headings {
		if i == 0 && h[1] != "Unreleased" || i > 0 && !release.MatchString(h[1]) {
			t.Errorf("heading %d is %q", i+1, h[1])
		}
	}
	if len(headings) == 0 {
		t.Error("there are no headings")
	}
}

// read returns a file of the tree.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
