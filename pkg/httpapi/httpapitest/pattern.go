package httpapitest

import (
	"fmt"
	"regexp"
	"strings"
)

// Pattern is a pattern of an OpenAPI document, which is a regular expression of
// ECMAScript. Go has no lookaheads: those at the beginning are matched
// separately.
type Pattern struct {
	text string
	not  []*regexp.Regexp
	rest *regexp.Regexp
}

var hexEscape = regexp.MustCompile(`\\u([0-9a-f]{4})`)

// CompilePattern reads a pattern with negative lookaheads, if any, after its ^.
func CompilePattern(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	rest := hexEscape.ReplaceAllString(text, `\x{$1}`)
	for strings.HasPrefix(rest, "^(?!") {
		ahead, after, found := strings.Cut(strings.TrimPrefix(rest, "^(?!"), ")")
		if !found {
			return nil, fmt.Errorf("pattern %s: a lookahead does not end", text)
		}
		not, err := regexp.Compile("^(?:" + ahead + ")")
		if err != nil {
			return nil, fmt.Errorf("pattern %s: %w", text, err)
		}
		p.not, rest = append(p.not, not), "^"+after
	}
	var err error
	if p.rest, err = regexp.Compile(rest); err != nil {
		return nil, fmt.Errorf("pattern %s: %w", text, err)
	}
	return p, nil
}

// MatchString reports whether text has a match.
func (p *Pattern) MatchString(text string) bool {
	for _, not := range p.not {
		if not.MatchString(text) {
			return false
		}
	}
	return p.rest.MatchString(text)
}

// String returns the pattern as the document has it.
func (p *Pattern) String() string { return p.text }
