package exportapi

import (
	"bytes"
	"encoding/csv"
	"slices"
	"testing"
)

func TestAppendRecord(t *testing.T) {
	cells := []string{"", "Mug", " Mug", "Mug ", "a,b", `"`, "a\nb\n", "=1", "\u00a0x", "-3", "a;b"}
	const want = `,Mug," Mug","Mug ","a,b","""","a` + "\nb\n" + `",'=1,"` + "\u00a0" + `x",-3,a;b` + "\n"
	text := appendRecord([]byte("x\n"), cells)
	if string(text) != "x\n"+want {
		t.Errorf("got  %q\nwant %q", text, want)
	}
	records, err := csv.NewReader(bytes.NewReader(text[2:])).ReadAll()
	cells[7] = "'=1"
	if err != nil || len(records) != 1 || !slices.Equal(records[0], cells) {
		t.Errorf("%q, %v", records, err)
	}
}
