package bulk_test

import (
	"testing"

	"inventory.example/pkg/bulk"
)

func TestCell(t *testing.T) {
	for text, cell := range map[string]string{
		"": "", "Mug": "Mug", "'": "'", "'s": "'s", "-3": "-3", "=1+1": "'=1+1", "+1": "'+1", "-": "'-", "-3+1": "'-3+1", "@A1": "'@A1",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "'=1": "''=1", "''=1": "'''=1",
	} {
		if got := bulk.Cell(text); got != cell {
			t.Errorf("Cell(%q) = %q, want %q", text, got, cell)
		}
		if got := bulk.Text(cell); got != text {
			t.Errorf("Text(%q) = %q, want %q", cell, got, text)
		}
	}
}
