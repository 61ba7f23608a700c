package ledger_test

import (
	"testing"

	"inventory.example/services/stock/internal/ledger"
)

func TestUnavailable_Text(t *testing.T) {
	for text, want := range map[string]ledger.Unavailable{
		"":                                {},
		`{"damaged":1,"other":4}`:         {Damaged: 1, Other: 4},
		`{"quality_control":2}`:           {QualityControl: 2},
		`{"damaged":1,"safety_stock":33}`: {Damaged: 1, SafetyStock: 33},
	} {
		if got := want.Text(); got != text {
			t.Errorf("%+v: got the text %s, want %s", want, got, text)
		}
		if got, err := ledger.ParseUnavailable(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	if got, err := ledger.ParseUnavailable("damaged"); err == nil {
		t.Errorf("a text that is not JSON is read as %+v", got)
	}
}
