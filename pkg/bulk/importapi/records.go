package importapi

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"unicode"
	"unicode/utf8"

	"inventory.example/pkg/problem"
)

// maxLine is how long a line may be, in bytes, with all lines that a quoted
// field spans: far more than the longest product.
const maxLine = 64 << 10

// records cuts a body into the lines of NDJSON or the records of CSV, which may
// span lines. It has no more than one of them in memory; a returned record is
// valid until the next call.
type records struct {
	in        *bufio.Reader
	separator byte      // of the fields of CSV; 0: the body is NDJSON
	sum       hash.Hash // of all that was read
	line      int64     // lines that were read
	text      []byte
}

// newRecords returns the records of a body. The separator of CSV is a comma until the
// header shows another one.
func newRecords(body io.Reader, csv bool) *records {
	r := &records{in: bufio.NewReaderSize(body, maxLine), sum: sha256.New()}
	if csv {
		r.separator = ','
	}
	return r
}

// digest returns the hex SHA-256 of the body to the end of the last record.
func (r *records) digest() string { return hex.EncodeToString(r.sum.Sum(nil)) }

// errLong is the error of one record; the next call continues after it.
var errLong = problem.Invalid("body", "is longer than %d bytes here; in CSV, a quote that is never closed takes all that follows", maxLine)

// next returns the next record that is not empty, without its line end, and the
// number of the line in which it begins. A record that the end of the body cuts
// off is not returned: the error of the body is.
func (r *records) next() (text []byte, line int64, err error) {
	for {
		line = r.line + 1
		text, err = r.read()
		if err != nil || len(bytes.TrimSpace(text)) > 0 {
			return text, line, err
		}
	}
}

func (r *records) read() ([]byte, error) {
	r.text = r.text[:0]
	var state quoting
	read, long := false, false
	for {
		chunk, err := r.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		read = read || len(chunk) > 0
		_, _ = r.sum.Write(chunk)
		if r.separator != 0 {
			state = state.after(chunk, r.separator)
		}
		if long = long || len(r.text)+len(chunk) > maxLine; !long {
			r.text = append(r.text, chunk...)
		}
		ended := errors.Is(err, io.EOF)
		if err == nil {
			r.line++
		}
		if !ended && (err != nil || state == quoted) {
			continue
		}
		switch {
		case !read:
			return nil, io.EOF
		case long:
			return nil, errLong
		}
		text := bytes.TrimSuffix(r.text, []byte("\n"))
		return bytes.TrimSuffix(text, []byte("\r")), nil
	}
}

// quoting is the state of the reader within a CSV record. It reads each byte as
// encoding/csv does: a quote opens a field only at its beginning, after spaces.
type quoting int

const (
	fieldStart quoting = iota
	unquoted
	quoted
	quoteInQuoted // the end of the field, or the first half of a doubled quote
)

func (q quoting) after(chunk []byte, separator byte) quoting {
	for i := 0; i < len(chunk); i++ {
		b := chunk[i]
		switch {
		case q == quoted:
			if b == '"' {
				q = quoteInQuoted
			}
		case b == '"' && (q == fieldStart || q == quoteInQuoted):
			q = quoted
		case b == separator || b == '\n':
			q = fieldStart
		case q == fieldStart:
			char, size := utf8.DecodeRune(chunk[i:])
			if i += size - 1; !unicode.IsSpace(char) {
				q = unquoted
			}
		default:
			q = unquoted
		}
	}
	return q
}
