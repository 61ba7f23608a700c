package openapi_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/httpapi/openapi"
	"inventory.example/pkg/problem"
)

// TestOpenAPI_texts: the patterns of the documents accept and refuse the same
// characters as the checks, alone and beside others.
func TestOpenAPI_texts(t *testing.T) {
	text, err := openapi.Merge("All", "1")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]struct{ Pattern string }
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	const most = 64
	for name, check := range map[string]func(c *problem.Checks, text string){
		"Text":        func(c *problem.Checks, text string) { c.Text("f", text, 0, most) },
		"VisibleText": func(c *problem.Checks, text string) { c.Text("f", text, 1, most) },
		"Lines":       func(c *problem.Checks, text string) { c.Lines("f", problem.UnixLines(text), 0, most) },
		"Word":        func(c *problem.Checks, text string) { c.Word("f", text, 1, most) },
		"SKU":         func(c *problem.Checks, text string) { c.SKU("f", text) },
	} {
		t.Run(name, func(t *testing.T) {
			pattern, err := httpapitest.CompilePattern(document.Components.Schemas[name].Pattern)
			if err != nil || pattern.String() == "" {
				t.Fatalf("pattern %q: %v", pattern, err)
			}
			wrong := 0
			try := func(text string) {
				var c problem.Checks
				check(&c, text)
				if taken := c.Err() == nil; taken != pattern.MatchString(text) {
					wrong++
					t.Errorf("%q: accepted by the check: %t, and not so by the pattern", text, taken)
				}
			}
			for r := rune(0); r <= utf8.MaxRune && wrong < 10; r++ {
				if !utf8.ValidRune(r) || r > 0x34000 && r>>12 != 0xe0 && (r+2)&0xffff > 2 { // in planes without letters, the ends
					continue
				}
				for _, text := range []string{string(r), "a" + string(r) + "b", string(r) + "\u200d", "\U0001f3f4" + string(r)} {
					try(text)
				}
			}
			for _, text := range []string{".", "..", "...", " ", " a", "a ", "a b", "\r\n", "a\r\nb", "a\r\rb", "a\r", "\t", "\U0001f3f4\U000e0067\U000e007f", "a\U000e0067", "\u200d\u200d"} {
				try(text)
			}
		})
	}
}
