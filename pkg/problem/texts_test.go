package problem_test

import (
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/problem"
)

// Each kind of text accepts the characters that its readers can see and type,
// and refuses the rest.
func TestChecks_texts(t *testing.T) {
	check := map[string]func(c *problem.Checks, text string){
		"text":  func(c *problem.Checks, text string) { c.Text("f", text, 1, 100) },
		"lines": func(c *problem.Checks, text string) { c.Lines("f", text, 1, 100) },
		"word":  func(c *problem.Checks, text string) { c.Word("f", text, 1, 100) },
		"sku":   func(c *problem.Checks, text string) { c.SKU("f", text) },
	}
	const all, people, lines, labels = "text lines word sku", "text lines", "lines", "text lines sku"
	for text, takenBy := range map[string]string{
		"A-1": all, "Ünïcode": all, "商品-7": all, "A B": labels, "5\u00a0kg": people, "10\u202f%": people, "東京\u3000店": people,
		"می\u200cخواهم": people, "क्\u200dष": people, "👨\u200d👩\u200d👧": people, "❤\ufe0f\u200d🔥": people, "☕\ufe0f": people,
		"🏴\U000e0067\U000e0062\U000e007f": people, "a\nb": lines, "a\tb": lines, "a\rb": "", "a\x00b": "", "a\x7fb": "", "a\u0085b": "",
		"\u200da": "", "a \u200c": "", "a\u200bb": "", "a\u202eb": "", "a\u2066b": "", "\ufeffa": "", "a\u2028b": "", "a\U000e0067": "",
		"\ue000": "", "\ufffe": "", "a\xff": "", "a\u3164b": people, "a\u2800b": people, "a\u034fb": people, "\U0001fbff": people,
		" ": "", "\u3000\u00a0": "", "\u3164": "", ".": "text lines word", "..": "text lines word", "...": all, "": "",
		" a": people, "a ": people,
	} {
		for kind, use := range check {
			var c problem.Checks
			use(&c, text)
			if taken, want := c.Err() == nil, slices.Contains(strings.Fields(takenBy), kind); taken != want {
				t.Errorf("%q as %s: taken %t, want %t (%v)", text, kind, taken, want, c.Err())
			}
		}
	}
}

func TestUnixLines(t *testing.T) {
	for text, want := range map[string]string{"": "", "a\nb": "a\nb", "a\r\nb\r\n": "a\nb\n", "a\rb": "a\rb", "\r\r\n": "\r\n"} {
		if got := problem.UnixLines(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
