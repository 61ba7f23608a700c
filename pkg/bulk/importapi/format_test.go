package importapi

import (
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/problem"
)

type item struct{ name, note string }

var itemColumns = []Column[item]{
	{Name: "name", Required: true, Set: func(to *item, text string) error { to.name = text; return nil }},
	{Name: "note", Empty: true, Set: func(to *item, text string) error { to.note = "<" + text + ">"; return nil }},
}

func TestTable(t *testing.T) {
	for name, test := range map[string]struct {
		csv  string
		want []item
	}{
		"commas":                      {"name,note\nMug,blue\n", []item{{"Mug", "<blue>"}}},
		"semicolons":                  {"name;note\nMug;1,5\n\"a;b\";c\n", []item{{"Mug", "<1,5>"}, {"a;b", "<c>"}}},
		"a comma wins over semicolon": {"name,note\nMug;x,1\n", []item{{"Mug;x", "<1>"}}},
		"spaces around values":        {" name ,\tnote \n  Mug  ,  blue \u00a0\n", []item{{"Mug", "<blue>"}}},
		"spaces within quotes":        {"name,note\n  \" Mug \", \"a\nb \"\n\"x \",\"y\"\n", []item{{" Mug ", "<a\nb >"}, {"x ", "<y>"}}},
		"an empty cell":               {"note,name\n,Mug\n", []item{{"Mug", "<>"}}},
		"a column that is not there":  {"name\nMug\n", []item{{"Mug", ""}}},
		"the guard of a formula":      {"name,note\n'=1+1 ,'s\n", []item{{"=1+1", "<'s>"}}},
		"lines of Windows":            {"name;note\r\nMug;blue \r\n", []item{{"Mug", "<blue>"}}},
		"a space after a quote fails": {"name,note\n\"Mug\" ,blue\n", []item{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecords(strings.NewReader(test.csv), true)
			header, _, err := r.next()
			if err != nil {
				t.Fatal(err)
			}
			r.separator = separatorOf(header)
			table, err := newTable(header, r.separator, itemColumns)
			if err != nil {
				t.Fatal(err)
			}
			records, _, _ := readAll(t, r)
			var got []item
			for _, record := range records {
				v, err := table.decode([]byte(record))
				if err != nil {
					v = item{}
				}
				got = append(got, v)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestInt(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "7": 7, "-7": -7, "7.0": 7, "-7.000": -7, "007": 7, "9223372036854775807": 1<<63 - 1} {
		if got, err := Int(text); err != nil || *got != want {
			t.Errorf("%q: %v, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"7.5": "must be a whole number", "7.": "must be a whole number", ".0": "must be a whole number", "+7": "must be a whole number",
		"7,0": "must be a whole number", "1e3": "must be a whole number", "0x10": "must be a whole number", "7.0.0": "must be a whole number",
		"9223372036854775808": "is out of range", "-9223372036854775809.0": "is out of range",
	} {
		_, err := Int(text)
		if message, _ := problem.MessageOf(err); message != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
