package problem

import (
	"errors"
	"fmt"
)

// Checks gathers all failures of a request, so that the caller sees them at
// once. The zero value is ready to use.
type Checks struct{ fields []Field }

// Require records a message for field unless ok is true. The message is
// formatted as by New.
func (c *Checks) Require(ok bool, field, layout string, args ...any) {
	if !ok {
		c.fields = append(c.fields, Field{Field: Excerpt(field, maxArgument), Message: format(layout, args)})
	}
}

// StoreID requires value to be a store id: 1 to 64 of letters, digits, '.',
// '_' and '-', starting with a letter or digit.
func (c *Checks) StoreID(field, value string) {
	if value == "" {
		c.Require(false, field, "is required")
		return
	}
	c.Require(validStoreID(value), field,
		"must be 1 to 64 of letters, digits, '.', '_' and '-', starting with a letter or digit")
}

// Range requires minimum ≤ value ≤ maximum.
func (c *Checks) Range(field string, value, minimum, maximum int64) {
	c.Require(value >= minimum && value <= maximum, field, "must be from %d to %d", minimum, maximum)
}

// Err returns nil when every check succeeded, and one ValidationError with all
// failures otherwise.
func (c *Checks) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	detail := "In the request, " + Excerpt(c.fields[0].Field+" "+c.fields[0].Message, maxDetail-maxFrame)
	if len(c.fields) > 1 {
		detail = fmt.Sprintf("%s; errors has %d more", detail, len(c.fields)-1)
	}
	return &Error{Code: ValidationError, Detail: detail + ".", Fields: c.fields}
}

// maxFrame bounds the words of Err around a field and its message, in bytes.
const maxFrame = 64

// Invalid returns a ValidationError for one field.
func Invalid(field, layout string, args ...any) error {
	var c Checks
	c.Require(false, field, layout, args...)
	return c.Err()
}

// InvalidValue returns a ValidationError for a value whose field only the
// caller of the function knows: that caller passes MessageOf on, with the
// field. The message continues the name of a field, such as "must not be
// negative".
func InvalidValue(layout string, args ...any) error {
	message := format(layout, args)
	return &Error{
		Code: ValidationError, Detail: "The value " + Excerpt(message, maxDetail-maxFrame) + ".",
		Fields: []Field{{Message: message}},
	}
}

// MessageOf returns the message of an InvalidValue in err's chain, and false when
// there is none.
func MessageOf(err error) (message string, found bool) {
	var e *Error
	if !errors.As(err, &e) || e.Code != ValidationError || len(e.Fields) != 1 || e.Fields[0].Field != "" {
		return "", false
	}
	return e.Fields[0].Message, true
}

const maxStoreID = 64

func validStoreID(s string) bool {
	if len(s) > maxStoreID {
		return false
	}
	for i := range len(s) {
		b := s[i]
		alphanumeric := b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
		if !alphanumeric && (i == 0 || b != '.' && b != '_' && b != '-') {
			return false
		}
	}
	return true
}
