// Package documents_test compares the documents with the tree: the tests and
// targets that they name, and the files that they link to.
package documents_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const root = "../.."

var (
	testName   = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][\\w/,.-]*)`")
	testFunc   = regexp.MustCompile(`(?ms)^func ((?:Test|Fuzz|Benchmark)\w+)\(([^\n]*}$|.*?\n})`)
	testCase   = regexp.MustCompile(`\bt\.Run\("([^"]+)"`)
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	filePath   = regexp.MustCompile("`((?:services|pkg|cmd|test|docs|\\.ci)/[\\w./-]*\\w)`")
	makeTarget = regexp.MustCompile("`make ([a-z0-9-]+)`")
	target     = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// documents returns the Markdown files of the tree and their texts.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	walk(t, ".md", func(path, text string) { texts[path] = text })
	if len(texts) < 3 {
		t.Fatalf("only %d documents", len(texts))
	}
	return texts
}

// walk reads the files of the tree whose names have that ending.
func walk(t *testing.T, end string, file func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "data" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, end):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			file(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDocuments(t *testing.T) {
	t.Run("name tests that exist", testDocumentsNameTestsThatExist)
	t.Run("name targets that exist", testDocumentsNameTargetsThatExist)
	t.Run("name files that exist", testDocumentsNameFilesThatExist)
	t.Run("list every decision", testDocumentsListEveryDecision)
}

func testDocumentsNameTestsThatExist(t *testing.T) {
	known, computed := map[string]bool{}, map[string]bool{} // computed: the names of its cases are
	walk(t, "_test.go", func(_, text string) {
		for _, f := range testFunc.FindAllStringSubmatch(text, -1) {
			cases := testCase.FindAllStringSubmatch(f[2], -1)
			known[f[1]] = true
			computed[f[1]] = len(cases) == 0 && strings.Contains(f[2], "Run")
			for _, c := range cases {
				known[f[1]+"/"+strings.ReplaceAll(c[1], " ", "_")] = true
			}
		}
	})
	for path, text := range documents(t) {
		for _, name := range testName.FindAllStringSubmatch(text, -1) {
			test, _, _ := strings.Cut(name[1], "/")
			if !known[name[1]] && !computed[test] {
				t.Errorf("%s: there is no %s", path, name[1])
			}
		}
	}
}

func testDocumentsNameTargetsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, name := range target.FindAllStringSubmatch(string(text), -1) {
		known[name[1]] = true
	}
	for path, text := range documents(t) {
		for _, name := range makeTarget.FindAllStringSubmatch(text, -1) {
			if !known[name[1]] {
				t.Errorf("%s: there is no target %s", path, name[1])
			}
		}
	}
}

func testDocumentsNameFilesThatExist(t *testing.T) {
	texts := documents(t)
	for path, text := range texts {
		for _, name := range filePath.FindAllStringSubmatch(text, -1) {
			if matches, err := filepath.Glob(filepath.Join(root, name[1])); err != nil || len(matches) == 0 {
				t.Errorf("%s: there is no %s", path, name[1])
			}
		}
		for _, l := range link.FindAllStringSubmatch(text, -1) {
			checkLink(t, texts, path, l[1])
		}
	}
}

// checkLink finds the file and the heading that a link in the document at path
// leads to.
func checkLink(t *testing.T, texts map[string]string, path, to string) {
	t.Helper()
	if strings.Contains(to, "://") {
		return
	}
	file, fragment, _ := strings.Cut(to, "#")
	goal := path
	if file != "" {
		goal = filepath.Join(filepath.Dir(path), file)
	}
	if _, err := os.Stat(goal); err != nil {
		t.Errorf("%s: the link %s leads nowhere", path, to)
		return
	}
	if fragment == "" {
		return
	}
	for _, h := range heading.FindAllStringSubmatch(texts[goal], -1) {
		if anchor(h[1]) == fragment {
			return
		}
	}
	t.Errorf("%s: the link %s leads to no heading", path, to)
}

// anchor returns the fragment by which a link names a heading.
func anchor(heading string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		default:
			return -1
		}
	}, strings.ToLower(heading))
	return kept
}

// testDocumentsListEveryDecision compares the list of decisions with their pages.
func testDocumentsListEveryDecision(t *testing.T) {
	texts := documents(t)
	list := texts[filepath.Join(root, "docs/decisions/README.md")]
	title := regexp.MustCompile(`\A# (\d{4}) (.+)\n`)
	for name, text := range decisions(t) {
		path := filepath.Join(root, "docs/decisions", name)
		head := title.FindStringSubmatch(text)
		if head == nil || !strings.HasPrefix(name, head[1]+"-") {
			t.Errorf("%s: it does not begin with its number and title", path)
			continue
		}
		if row := "| [" + head[1] + "](" + name + ") | " + head[2] + " |"; !strings.Contains(list, row) {
			t.Errorf("the list of decisions lacks\n%s", row)
		}
	}
}

// decisions returns the pages of the decisions by their file names.
func decisions(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for path, text := range documents(t) {
		if name := filepath.Base(path); filepath.Dir(path) == filepath.Join(root, "docs/decisions") && name != "README.md" {
			pages[name] = text
		}
	}
	if len(pages) == 0 {
		t.Fatal("there are no decisions")
	}
	return pages
}

func TestDecisions(t *testing.T) {
	t.Run("have a status", testDecisionsHaveAStatus)
}

// testDecisionsHaveAStatus: the line under the title of each decision has its
// status and a date, and a page that replaces another one names that page.
func testDecisionsHaveAStatus(t *testing.T) {
	pages := decisions(t)
	status := regexp.MustCompile(`\A# [^\n]+\n\nStatus: (?:accepted|replaced by \[(\d{4})\]\(([^)]+)\)), (\d{4}-\d{2}-\d{2})\n\n`)
	for name, text := range pages {
		line := status.FindStringSubmatch(text)
		if line == nil {
			t.Errorf("%s: the title is not followed by a line like \"Status: accepted, 2026-11-23\"", name)
			continue
		}
		if _, err := time.Parse(time.DateOnly, line[3]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if line[1] == "" {
			continue
		}
		if !strings.HasPrefix(line[2], line[1]+"-") || !strings.Contains(pages[line[2]], name[:4]) {
			t.Errorf("%s: replaced by %s (%s), which is not there or does not name it", name, line[1], line[2])
		}
	}
}
