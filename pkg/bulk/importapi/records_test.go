package importapi

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// all reads every record, each with the number of its line.
func all(t testing.TB, body io.Reader, isCSV bool) (list []string, lines []int64, long int) {
	t.Helper()
	return readAll(t, newRecords(body, isCSV))
}

func readAll(t testing.TB, r *records) (list []string, lines []int64, long int) {
	t.Helper()
	for {
		text, line, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return list, lines, long
		case errors.Is(err, errLong):
			long++
		case err != nil:
			t.Fatal(err)
		default:
			list, lines = append(list, string(text)), append(lines, line)
		}
	}
}

func TestRecords(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	for name, test := range map[string]struct {
		body  string
		csv   bool
		want  []string
		lines []int64
		long  int
	}{
		"lines":                        {"a\nb\r\nc", false, []string{"a", "b", "c"}, []int64{1, 2, 3}, 0},
		"blank ones are left out":      {"\n \r\na\n\n\t\nb\n\n", false, []string{"a", "b"}, []int64{3, 6}, 0},
		"nothing":                      {"", false, nil, nil, 0},
		"a long one is left out":       {"a\n" + long + "\nb\n", false, []string{"a", "b"}, []int64{1, 3}, 1},
		"the longest":                  {long[2:] + "\nb", false, []string{long[2:], "b"}, []int64{1, 2}, 0},
		"a quote means nothing":        {"a\"\nb\"\n", false, []string{`a"`, `b"`}, []int64{1, 2}, 0},
		"a quoted line end":            {"a,\"b\n,\"\"c\n\"\nd\n", true, []string{"a,\"b\n,\"\"c\n\"", "d"}, []int64{1, 4}, 0},
		"a quote within a field":       {"a\"b\nc\n", true, []string{`a"b`, "c"}, []int64{1, 2}, 0},
		"a long quoted one":            {"a,\"" + strings.Repeat("line\n", maxLine/4) + "\"\nb\n", true, []string{"b"}, []int64{maxLine/4 + 2}, 1},
		"a quote that is never closed": {"a\n\"b\nc\n", true, []string{"a", "\"b\nc"}, []int64{1, 2}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, body := range []io.Reader{strings.NewReader(test.body), iotest.OneByteReader(strings.NewReader(test.body))} {
				got, lines, n := all(t, body, test.csv)
				if !slices.Equal(got, test.want) || !slices.Equal(lines, test.lines) || n != test.long {
					t.Errorf("%.80q at %v, %d long; want %.80q at %v, %d", got, lines, n, test.want, test.lines, test.long)
				}
			}
		})
	}
	t.Run("a body that breaks off loses its incomplete line", func(t *testing.T) {
		boom := errors.New("boom")
		r := newRecords(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(boom)), false)
		if text, _, err := r.next(); err != nil || string(text) != "a" {
			t.Errorf("%q, %v", text, err)
		}
		if text, _, err := r.next(); !errors.Is(err, boom) {
			t.Errorf("%q, %v", text, err)
		}
	})
	t.Run("the digest is that of the records so far", func(t *testing.T) {
		first, second := newRecords(strings.NewReader("a\n\nb\nc"), true), newRecords(strings.NewReader("a\n\nb\nd\ne"), true)
		for range 2 {
			_, _, _ = first.next()
			_, _, _ = second.next()
		}
		if first.digest() != second.digest() {
			t.Error("the digests of the same records differ")
		}
		_, _, _ = first.next()
		_, _, _ = second.next()
		if first.digest() == second.digest() {
			t.Error("the digests of other records are the same")
		}
	})
}

// FuzzTable compares the records with those of encoding/csv: if encoding/csv
// can read the whole file, the records have the same fields.
func FuzzTable(f *testing.F) {
	for _, text := range []string{
		"a,b\nc,d\n", "a,\"b\n\"\"x\"\"\"\r\n\r\nc,d", "\"\"\n\"a\"\"\",b\n", "a\"b\n", "a\rb\n", " \"a\"\n", "\"a\nb",
		"a; \"b\nc\" \n", "a;\u00a0\"b\n;\";c\n", "a,\u3000\t\"b\n\"\n", "a,\xe3\x80\"b\n", "a,\v\f\r\"b\n\",c\r\n",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, semicolons bool) {
		separator := byte(',')
		if semicolons {
			separator = ';'
		}
		whole := csv.NewReader(bytes.NewReader(text))
		whole.FieldsPerRecord, whole.Comma, whole.TrimLeadingSpace = -1, rune(separator), true
		want, err := whole.ReadAll()
		if err != nil {
			return
		}
		// A line of spaces is a record to encoding/csv, and none to an import.
		want = slices.DeleteFunc(want, func(fields []string) bool { return len(fields) == 1 && strings.TrimSpace(fields[0]) == "" })
		r := newRecords(bytes.NewReader(text), true)
		r.separator = separator
		records, _, long := readAll(t, r)
		if long > 0 {
			return
		}
		table := &table[struct{}]{separator: rune(separator)}
		table.reset()
		var have [][]string
		for _, record := range records {
			fields, err := table.split([]byte(record))
			if err != nil {
				t.Fatalf("%q of %q: %v", record, text, err)
			}
			if len(fields) != 1 || strings.TrimSpace(fields[0]) != "" {
				have = append(have, slices.Clone(fields))
			}
		}
		if !slices.EqualFunc(have, want, slices.Equal) {
			t.Errorf("%q gives %q, want %q", text, have, want)
		}
	})
}
