package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A text is a run of prose: a comment, a paragraph, a message. Its lines are
// joined by spaces, so that a rule finds words that a line break divides.
type text struct {
	words  string
	starts []int // the place in words at which each line begins
	lines  []int // the number of each line in the file
}

// add appends a line of the file.
func (t *text) add(line int, words string) {
	if t.words != "" {
		t.words += " "
	}
	t.starts, t.lines = append(t.starts, len(t.words)), append(t.lines, line)
	t.words += strings.TrimSpace(words)
}

// line returns the number of the line that has the place.
func (t *text) line(place int) int {
	return t.lines[sort.SearchInts(t.starts, place+1)-1]
}

// textsOf returns the prose of a file, by its kind; ok is false for a kind that
// has none.
func textsOf(path string, content []byte) (texts []text, names []name, ok bool, err error) {
	switch ext := filepath.Ext(path); {
	case ext == ".go":
		texts, names, err = goTexts(path, content)
	case ext == ".md":
		texts = markdownTexts(content)
	case ext == ".yaml", ext == ".yml":
		texts = commentTexts(content)
		var values []text
		values, err = yamlTexts(content)
		texts = append(texts, values...)
	case ext == ".sh", filepath.Base(path) == "Makefile", filepath.Base(path) == "Dockerfile",
		ext == "" && bytes.HasPrefix(content, []byte("#!")):
		texts = commentTexts(content)
	default:
		return nil, nil, false, nil
	}
	return texts, names, true, err
}

var (
	inlineCode = regexp.MustCompile("`[^`]*`")
	linkTarget = regexp.MustCompile(`\]\([^)]*\)|<https?://[^>]*>`)
	listMark   = regexp.MustCompile(`^\s*(?:[-*+]|\d+\.)\s`)
)

// markdownTexts returns the paragraphs, headings, list items and cells of a
// document. Code has no prose.
func markdownTexts(content []byte) []text {
	var texts []text
	var current text
	end := func() {
		if current.words != "" {
			texts = append(texts, current)
		}
		current = text{}
	}
	fenced := false
	for i, line := range strings.Split(string(content), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") {
			fenced = !fenced
			end()
			continue
		}
		if fenced {
			continue
		}
		blank := func(s string) string { return "X" + strings.Repeat(" ", len(s)-1) }
		line = inlineCode.ReplaceAllStringFunc(line, blank)
		line = linkTarget.ReplaceAllStringFunc(line, blank)
		switch {
		case trimmed == "":
			end()
		case strings.HasPrefix(trimmed, "|"):
			end()
			for _, cell := range strings.Split(line, "|") {
				var t text
				t.add(i+1, cell)
				texts = append(texts, t)
			}
		case strings.HasPrefix(trimmed, "#"), listMark.MatchString(line):
			end()
			current.add(i+1, line)
		default:
			current.add(i+1, line)
		}
	}
	end()
	return texts
}

var comment = regexp.MustCompile(`(?:^|\s)#+\s+(.*)$`)

// commentTexts returns the comments that begin with a #; those on consecutive
// lines are one text.
func commentTexts(content []byte) []text {
	var texts []text
	last := -1
	for i, line := range strings.Split(string(content), "\n") {
		found := comment.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		if last != i-1 || last < 0 {
			texts = append(texts, text{})
		}
		texts[len(texts)-1].add(i+1, found[1])
		last = i
	}
	return texts
}

// proseKeys are the keys of YAML documents whose values are read by people.
var proseKeys = map[string]bool{"summary": true, "description": true, "title": true, "detail": true, "message": true}

// yamlTexts returns the values of proseKeys.
func yamlTexts(content []byte) ([]text, error) {
	var texts []text
	var walk func(*yaml.Node)
	walk = func(node *yaml.Node) {
		for i, child := range node.Content {
			if node.Kind == yaml.MappingNode && i%2 == 1 && child.Kind == yaml.ScalarNode && proseKeys[node.Content[i-1].Value] {
				texts = append(texts, scalarText(child))
			}
			walk(child)
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			if err.Error() == "EOF" {
				return texts, nil
			}
			return nil, err
		}
		walk(&document)
	}
}

// scalarText returns a value. A folded one has lost its line breaks: all of it is
// in its first line.
func scalarText(node *yaml.Node) text {
	var t text
	line := node.Line
	if node.Style == yaml.LiteralStyle || node.Style == yaml.FoldedStyle {
		line++ // the text begins after the mark
	}
	for i, words := range strings.Split(node.Value, "\n") {
		t.add(line+i, inlineCode.ReplaceAllStringFunc(words, func(s string) string { return "X" + strings.Repeat(" ", len(s)-1) }))
	}
	return t
}
