package problem

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of the text of a problem, in bytes. A caller's own text, such as
// an id that does not exist, becomes part of it, of the log and of the
// response.
const (
	maxDetail   = 1024
	maxArgument = 256 // of one text within a detail or a message
)

// Excerpt returns text as valid UTF-8. Of a text that is longer than maxBytes it
// returns at most that many bytes, cut between two characters, and "…".
func Excerpt(text string, maxBytes int) string {
	if len(text) <= maxBytes {
		return strings.ToValidUTF8(text, "")
	}
	cut := maxBytes
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.ToValidUTF8(text[:cut], "") + "…"
}

// format is fmt.Sprintf with bounds: of each text among args, and of the
// result.
func format(layout string, args []any) string {
	var bounded []any
	for i, arg := range args {
		text, isText := arg.(string)
		if !isText || len(text) <= maxArgument {
			continue
		}
		if bounded == nil {
			bounded = append([]any(nil), args...)
		}
		bounded[i] = Excerpt(text, maxArgument)
	}
	if bounded != nil {
		args = bounded
	}
	return Excerpt(fmt.Sprintf(layout, args...), maxDetail)
}
