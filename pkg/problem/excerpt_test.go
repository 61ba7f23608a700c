package problem_test

import (
	"errors"
	"strings"
	"testing"

	"inventory.example/pkg/problem"
)

func TestExcerpt(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"abcd", "abcd"},
		{"abcde", "abcd…"},
		{"abcé", "abc…"},
		{"éé", "éé"},
		{"a\xffb", "ab"},
		{"\x80\x80\x80\x80\x80\x80", "…"},
	} {
		if got := problem.Excerpt(test.text, 4); got != test.want {
			t.Errorf("%q gives %q, want %q", test.text, got, test.want)
		}
	}
}

// TestNew_excerpts: a text of the caller is cut, and the sentence around it is
// not.
func TestNew_excerpts(t *testing.T) {
	long := strings.Repeat("B", 1<<20)
	detail := problem.New(problem.NotFound, "There is no product %s in store %s.", long, "MAD-001").Detail
	if len(detail) > 400 || !strings.HasSuffix(detail, "… in store MAD-001.") {
		t.Errorf("%d bytes: %.500s", len(detail), detail)
	}
	var e *problem.Error
	if !errors.As(problem.Invalid(long, "%v", []string{long}), &e) {
		t.Fatal("no problem")
	}
	if len(e.Fields[0].Field) > 300 || len(e.Fields[0].Message) > 1100 || len(e.Detail) > 2000 {
		t.Errorf("%d, %d and %d bytes", len(e.Fields[0].Field), len(e.Fields[0].Message), len(e.Detail))
	}
	if !strings.HasSuffix(e.Detail, "….") {
		t.Errorf("the detail ends with %q", e.Detail[len(e.Detail)-20:])
	}
}
