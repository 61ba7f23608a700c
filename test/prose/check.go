package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// skipped are folders that hold no prose of the project.
var skipped = map[string]bool{
	".git": true, "bin": true, "data": true, "node_modules": true, "dist": true, "testdata": true, "migrations": true,
}

// A checker reads the files of the repository and applies the rules.
type checker struct {
	root      string
	exception []exception // of allow.txt
	paths     []string    // the paths to read; empty: all
}

// An exception excuses the matches of one rule in the lines of a file that
// contain the words; the rule * stands for all rules and all lines.
type exception struct {
	path, rule, words string
	used              bool
}

// A finding is a habit of writing at its place.
type finding struct {
	path, rule, words, advice string
	line                      int
}

// A report is the result of a check.
type report struct {
	findings []finding
	stale    []string // exceptions that excuse nothing
}

func findRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.work")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("no go.work in any folder above")
		}
		folder = parent
	}
}

// newChecker reads allow.txt.
func newChecker(root string) (*checker, error) {
	c := &checker{root: root}
	err := eachLine(filepath.Join(root, "test/prose/allow.txt"), func(line string) error {
		fields := strings.Split(line, " | ")
		if len(fields) != 4 || fields[3] == "" {
			return fmt.Errorf("allow.txt: %q is not PATH | RULE | WORDS | REASON", line)
		}
		c.exception = append(c.exception, exception{path: fields[0], rule: fields[1], words: fields[2]})
		return nil
	})
	return c, err
}

// eachLine calls do for each line that is neither empty nor a comment.
func eachLine(path string, do func(string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" && !strings.HasPrefix(line, "#") {
			if err := do(line); err != nil {
				return err
			}
		}
	}
	return scanner.Err()
}

// only restricts the check to the paths.
func (c *checker) only(paths []string) {
	for _, path := range paths {
		c.paths = append(c.paths, filepath.ToSlash(filepath.Clean(path)))
	}
}

// check reads every file and returns its report.
func (c *checker) check() (report, error) {
	var r report
	err := filepath.WalkDir(c.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped[entry.Name()] {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(c.root, path)
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name = filepath.ToSlash(name)
		if len(c.paths) > 0 && !within(name, c.paths) {
			return nil
		}
		found, err := c.checkFile(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.findings = append(r.findings, found...)
		return nil
	})
	for _, e := range c.exception {
		if !e.used && len(c.paths) == 0 {
			r.stale = append(r.stale, e.path+" | "+e.rule+" | "+e.words)
		}
	}
	return r, err
}

// within reports whether one of the folders is the file or contains it.
func within(file string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return file == folder || folder == "." || strings.HasPrefix(file, folder+"/")
	})
}

func (c *checker) checkFile(path string) ([]finding, error) {
	content, err := os.ReadFile(filepath.Join(c.root, path))
	if err != nil {
		return nil, err
	}
	texts, names, ok, err := textsOf(path, content)
	if err != nil || !ok {
		return nil, err
	}
	var found []finding
	for _, t := range texts {
		for _, rule := range textRules {
			for _, m := range rule.find(t.words) {
				f := finding{path: path, line: t.line(m.place), rule: rule.name, words: t.around(m), advice: rule.advice}
				if !c.excused(f) {
					found = append(found, f)
				}
			}
		}
	}
	for _, n := range names {
		if f, bad := checkName(n); bad {
			f.path, f.line = path, n.line
			if !c.excused(f) {
				found = append(found, f)
			}
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].line < found[j].line })
	return found, nil
}

// around returns the match with the words next to it.
func (t *text) around(m match) string {
	const margin = 30
	from, to := max(m.place-margin, 0), min(m.place+len(m.words)+margin, len(t.words))
	if space := strings.LastIndexByte(t.words[:from], ' '); space >= 0 {
		from = space + 1
	}
	if space := strings.IndexByte(t.words[to:], ' '); space >= 0 {
		to += space
	} else {
		to = len(t.words)
	}
	return t.words[from:to]
}

func checkName(n name) (finding, bool) {
	switch {
	case functionNames[n.words]:
		return finding{rule: "function", words: n.words, advice: functionAdvice}, true
	case n.test && strings.Count(n.words, "_") > maxUnderscores:
		return finding{rule: "test", words: n.words, advice: testAdvice}, true
	}
	return finding{}, false
}

func (c *checker) excused(f finding) bool {
	for i := range c.exception {
		e := &c.exception[i]
		if e.path == f.path && (e.rule == "*" || e.rule == f.rule && strings.Contains(f.words, e.words)) {
			e.used = true
			return true
		}
	}
	return false
}

// print writes a line for each finding, then the exceptions without use.
func (r report) print(out io.Writer) {
	for _, f := range r.findings {
		fmt.Fprintf(out, "%s:%d: %s: %q: %s\n", f.path, f.line, f.rule, f.words, f.advice)
	}
	for _, e := range r.stale {
		fmt.Fprintf(out, "test/prose/allow.txt: %q excuses nothing: remove it\n", e)
	}
}
