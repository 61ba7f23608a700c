package httpapi

import (
	"bytes"
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"inventory.example/pkg/problem"
)

// Decode reads the body as exactly one JSON object into a T. Names are case
// sensitive; a whole number may have a fraction of zeros or an exponent, as in
// 335.0. Unknown or repeated names, null for a value that is not a pointer,
// slice, map or OptionalText, wrong types, numbers that do not fit, invalid
// UTF-8, anything after the object and an empty body are ValidationError
// problems that name the member where there is one. A body above MaxBodyBytes
// is PayloadTooLarge, one of another media type UnsupportedMediaType. An
// UnmarshalJSON of T's fields may return a *problem.Error; its detail becomes
// the message for that member.
func Decode[T any](c *gin.Context) (T, error) {
	return decode[T](c, false)
}

// DecodeOptional is Decode for a body that may be left out: an empty body, and
// the null that some clients send for none, give the zero T.
func DecodeOptional[T any](c *gin.Context) (T, error) {
	return decode[T](c, true)
}

func decode[T any](c *gin.Context, optional bool) (T, error) {
	var v, zero T
	if err := checkJSON(c); err != nil {
		return zero, err
	}
	text, err := callOf(c).readBody(c)
	if err != nil {
		return zero, err
	}
	if optional && (len(text) == 0 || bytes.Equal(bytes.TrimSpace(text), []byte("null"))) {
		return zero, nil
	}
	if len(text) == 0 {
		return zero, problem.Invalid(bodyField, "is required and must be a JSON object")
	}
	if err := DecodeBytes(text, &v); err != nil {
		return zero, err
	}
	return v, nil
}

// DecodeBytes decodes text, which must be one JSON object, into v by the rules
// of Decode; for objects that are only a part of a body, such as the lines of
// an import. v must be a pointer; after an error its target may have been
// changed.
func DecodeBytes(text []byte, v any) error {
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && trimmed[0] != '{' {
		if jsontext.Value(text).IsValid() {
			return problem.Invalid(bodyField, "must be a JSON object")
		}
	}
	if err := json.Unmarshal(text, v, strict); err != nil {
		return decodeProblem(err)
	}
	return nil
}

// GivenText returns the text of a field that a request may leave out: "" if it is
// nil. A field that is given must say something: "" is INVALID_REQUEST. The rest of
// the rules for the text are the core's.
func GivenText(field string, text *string) (string, error) {
	if text == nil {
		return "", nil
	}
	if *text == "" {
		return "", problem.Invalid(field, "must not be empty")
	}
	return *text, nil
}

// OptionalText is a string that a request may leave out. null, which many
// clients send for a missing value, counts as left out, and both are "".
type OptionalText string

// List is a list for which null is refused, for requests in which a missing list has
// a meaning of its own: nil is left out.
type List[T any] []T

func (*List[T]) refusesNull() {}

// bodyField is the name of the body as a whole in the field errors.
const bodyField = "body"

var strict = json.JoinOptions(
	json.RejectUnknownMembers(true),
	json.WithUnmarshalers(json.UnmarshalFromFunc(readValue)),
)

var errNull = errors.New("null")

// readValue reads the values whose rules in requests differ from the decoder's.
func readValue(d *jsontext.Decoder, v any) error {
	switch d.PeekKind() {
	case 'n':
		return refuseNull(v)
	case '0':
		if target, isInt := v.(*int64); isInt {
			return readWhole(d, target)
		}
	}
	return errors.ErrUnsupported
}

// refuseNull refuses null, which the decoder reads as the zero value, for types
// that could not distinguish it from a zero that was sent.
func refuseNull(v any) error {
	switch v.(type) {
	case json.Unmarshaler, json.UnmarshalerFrom, *OptionalText:
		return errors.ErrUnsupported
	case interface{ refusesNull() }:
		return errNull
	}
	switch reflect.TypeOf(v).Elem().Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return errors.ErrUnsupported
	default:
		return errNull
	}
}

// decodeProblem describes a decoder's error in plain words; none of the
// decoder's text is passed on.
func decodeProblem(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return problem.Invalid(fieldName(syntactic.JSONPointer), "must appear only once")
	case errors.As(err, &semantic):
		return problem.Invalid(fieldName(semantic.JSONPointer), "%s", semanticMessage(semantic))
	case errors.As(err, &syntactic):
		return problem.Invalid(fieldName(syntactic.JSONPointer),
			"is not valid JSON at byte %d", syntactic.ByteOffset+1)
	default:
		return problem.Invalid(bodyField, "is not valid JSON")
	}
}

func semanticMessage(e *json.SemanticError) string {
	own, isOwn := problem.MessageOf(e.Err)
	switch {
	case errors.Is(e.Err, json.ErrUnknownName):
		return "is not a known field"
	case errors.Is(e.Err, errNull):
		return "must not be null"
	case isOwn:
		return own
	case errors.Is(e.Err, errFraction):
		return "must be a whole number"
	case errors.Is(e.Err, strconv.ErrRange):
		return "is out of range"
	case e.GoType == nil:
		return "has the wrong type"
	default:
		return "must be " + expected(e.GoType)
	}
}

// expected names the JSON value that a Go type accepts.
func expected(t reflect.Type) string {
	if t == reflect.TypeFor[time.Time]() {
		return "a time in RFC 3339 form"
	}
	if p := reflect.PointerTo(t); p.Implements(reflect.TypeFor[json.Unmarshaler]()) ||
		p.Implements(reflect.TypeFor[json.UnmarshalerFrom]()) {
		return "of another form"
	} else if p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a string of another form"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number of 0 or more"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "of another form"
	}
}

// maxFieldName bounds how much of a caller's own text is sent back as the name
// of a field.
const maxFieldName = 64

// fieldName turns the JSON pointer /lines/0/quantity into lines.0.quantity.
func fieldName(p jsontext.Pointer) string {
	if p == "" {
		return bodyField
	}
	var b strings.Builder
	for token := range p.Tokens() {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(token)
		if b.Len() > maxFieldName {
			break
		}
	}
	return shorten(b.String())
}

// shorten cuts text of the caller so that it can be sent back.
func shorten(name string) string {
	return problem.Excerpt(name, maxFieldName)
}
