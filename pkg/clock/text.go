package clock

import (
	"fmt"
	"time"
)

// TextFormat is the text of a time in tables, events and responses: RFC 3339 in
// UTC with milliseconds. Texts of this format sort by time.
const TextFormat = "2006-01-02T15:04:05.000Z"

// Truncate returns t with the precision of its text: in UTC, with milliseconds.
// A time that is stored and one that is read again are then equal, also by ==.
func Truncate(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Text returns t in TextFormat, and the empty text for the zero time, which
// stands for none.
func Text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(AppendText(make([]byte, 0, len(TextFormat)), t))
}

// TextFrom returns the text of the first time of this precision that is not before t.
// A text that is at least this one has a time at or after t, and a lesser one a time
// before it.
func TextFrom(t time.Time) string { return Text(t.Add(time.Millisecond - 1)) }

// AppendText appends t to b in TextFormat. Package time formats RFC 3339 without
// milliseconds many times faster than any other layout.
func AppendText(b []byte, t time.Time) []byte {
	t = t.UTC()
	b = t.AppendFormat(b, time.RFC3339)
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-1], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// ParseText returns the time of a text in TextFormat, and the zero time for the
// empty text.
func ParseText(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text) // which also reads a fraction
	if err == nil && (len(text) != len(TextFormat) || text[len(text)-1] != 'Z' || text[len(TextFormat)-5] != '.') {
		err = fmt.Errorf("parse time %q: want RFC 3339 in UTC with milliseconds", text)
	}
	if err != nil {
		return time.Time{}, err
	}
	return t, nil
}
