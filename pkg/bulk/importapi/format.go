package importapi

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// The media types that an import accepts.
const (
	typeCSV    = "text/csv"
	typeNDJSON = "application/x-ndjson"
)

// isCSVType reports, for each media type that an import accepts, whether it is
// CSV. NDJSON has no registered type, so clients send one of several; browsers on a
// computer with a spreadsheet program send CSV as application/vnd.ms-excel.
var isCSVType = map[string]bool{
	typeCSV: true, "application/csv": true, "application/vnd.ms-excel": true,
	typeNDJSON: false, "application/ndjson": false, "application/jsonl": false, "application/x-jsonlines": false,
}

// Column is a column of a CSV file and how its text becomes part of a T. The
// same T is decoded from the objects of NDJSON.
type Column[T any] struct {
	Name string
	// Required columns must be in the header. An empty text in one of them is
	// left to the rules, as the absence of a member is.
	Required bool
	// Set is called with the texts of the column. The message of its
	// problem.InvalidValue becomes the message for the column.
	Set func(to *T, text string) error
	// Empty: Set is called with empty texts too.
	Empty bool
}

// isCSV reports which of the two types the request's body has.
func isCSV(c *gin.Context) (bool, error) {
	mediaType, err := httpapi.MediaType(c)
	if err != nil {
		return false, err
	}
	ofCSV, known := isCSVType[mediaType]
	if !known {
		c.Header("Accept", typeCSV+", "+typeNDJSON)
		return false, problem.New(problem.UnsupportedMediaType, "The Content-Type must be %s or %s.", typeCSV, typeNDJSON)
	}
	return ofCSV, nil
}

// decoder decodes a T from each record.
type decoder[T any] interface {
	decode(record []byte) (T, error)
}

type ndjson[T any] struct{}

func (ndjson[T]) decode(record []byte) (v T, err error) {
	err = httpapi.DecodeBytes(record, &v)
	return v, err
}

// table decodes the records of a CSV file by its header.
type table[T any] struct {
	columns   []Column[T] // in the order of the file
	separator rune
	feed      *bytes.Reader
	fields    *csv.Reader
}

// separatorOf returns the separator of a header: a semicolon where spreadsheets have
// a decimal comma. The names of columns have neither.
func separatorOf(header []byte) byte {
	if bytes.IndexByte(header, ',') < 0 && bytes.IndexByte(header, ';') >= 0 {
		return ';'
	}
	return ','
}

// newTable returns a table with the columns that the header names.
func newTable[T any](header []byte, separator byte, known []Column[T]) (*table[T], error) {
	t := &table[T]{separator: rune(separator)}
	t.reset()
	names, err := t.split(header)
	if err != nil {
		return nil, err
	}
	var checks problem.Checks
	for i := range names {
		names[i] = t.trimmed(header, names, i)
	}
	for i, name := range names {
		at := slices.IndexFunc(known, func(c Column[T]) bool { return c.Name == name })
		shown := "header." + strconv.Itoa(i+1)
		checks.Require(at >= 0, shown, "is not a known column; columns are separated by commas or semicolons and named %s", columnNames(known))
		checks.Require(!slices.Contains(names[:i], name), shown, "must appear only once")
		if at >= 0 {
			t.columns = append(t.columns, known[at])
		}
	}
	for _, c := range known {
		checks.Require(!c.Required || slices.Contains(names, c.Name), "header", "lacks the column %s", c.Name)
	}
	return t, checks.Err()
}

func columnNames[T any](columns []Column[T]) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func (t *table[T]) reset() {
	t.feed = bytes.NewReader(nil)
	t.fields = csv.NewReader(t.feed)
	t.fields.FieldsPerRecord = -1 // split says it in its own words
	t.fields.ReuseRecord = true
	t.fields.TrimLeadingSpace = true
	t.fields.Comma = t.separator
}

// trimmed returns a field of the record that split has just split, without the spaces
// after it. Those in quotes are a part of the field.
func (t *table[T]) trimmed(record []byte, fields []string, i int) string {
	text := strings.TrimRightFunc(fields[i], unicode.IsSpace)
	if len(text) == len(fields[i]) || t.isQuoted(record, i) {
		return fields[i]
	}
	return text
}

func (t *table[T]) isQuoted(record []byte, i int) bool {
	first, _ := t.fields.FieldPos(0)
	line, column := t.fields.FieldPos(i)
	for ; line > first; line-- {
		record = record[bytes.IndexByte(record, '\n')+1:]
	}
	return column <= len(record) && record[column-1] == '"'
}

// split returns the fields of one record. The texts outlive the next call; the
// slice does not.
func (t *table[T]) split(record []byte) ([]string, error) {
	t.feed.Reset(record)
	fields, err := t.fields.Read()
	if err != nil {
		t.reset() // so that the unread rest of this record does not become part of the next
		return nil, csvProblem(err)
	}
	if _, err := t.fields.Read(); !errors.Is(err, io.EOF) {
		t.reset()
		return nil, problem.Invalid("body", "is not valid CSV here")
	}
	return fields, nil
}

func csvProblem(err error) error {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return problem.Invalid("body", "is not valid CSV: a quote in a field that does not begin with one")
	case errors.Is(err, csv.ErrQuote):
		return problem.Invalid("body", "is not valid CSV: a quoted field does not end, or goes on after its quote")
	default:
		return problem.Invalid("body", "is not valid CSV here")
	}
}

func (t *table[T]) decode(record []byte) (v T, err error) {
	fields, err := t.split(record)
	if err != nil {
		return v, err
	}
	if len(fields) != len(t.columns) {
		return v, problem.Invalid("body", "has %d columns here, the header has %d", len(fields), len(t.columns))
	}
	var checks problem.Checks
	for i, c := range t.columns {
		text := bulk.Text(t.trimmed(record, fields, i))
		if text == "" && !c.Empty {
			continue
		}
		if err := c.Set(&v, text); err != nil {
			message, found := problem.MessageOf(err)
			if !found {
				return v, err
			}
			checks.Require(false, c.Name, "%s", message)
		}
	}
	return v, checks.Err()
}

// Int reads a whole number, for Column.Set. Spreadsheets write some as 7.0.
func Int(text string) (*int64, error) {
	if whole, zeros, pointed := strings.Cut(text, "."); pointed && zeros != "" && strings.Trim(zeros, "0") == "" {
		text = whole
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, problem.InvalidValue("is out of range")
	case err != nil || text[0] == '+':
		return nil, problem.InvalidValue("must be a whole number")
	}
	return &n, nil
}
