package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Code names the fault for programs; the constants begin with Code.
type Code = ProblemCode

// Error is a response that refuses a request: its problem document (RFC 9457).
type Error struct {
	Problem
	// Status is that of the response, also if it has no problem document.
	Status int
	// RetryAfter is how long to wait before another attempt; 0 when the response does
	// not say.
	RetryAfter time.Duration
}

// Error names the code and the reason, and each wrong field.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s", e.Status, e.Code)
	if e.Code == "" {
		text = fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Errors != nil {
		for _, f := range *e.Errors {
			text += fmt.Sprintf("; %s: %s", f.Field, f.Message)
		}
	}
	return text
}

// Number returns a further number of the problem, such as available and requested of
// CodeInsufficientStock, or false.
func (e *Error) Number(name string) (int64, bool) {
	n, ok := e.AdditionalProperties[name].(float64)
	return int64(n), ok
}

// CodeOf returns the code of the refusal in err, or "" when err is none.
func CodeOf(err error) Code {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// maxProblem limits how much of a refusal is read: a proxy may send any page.
const maxProblem = 1 << 20

func readError(response *http.Response) error {
	e := &Error{Status: response.StatusCode, RetryAfter: seconds(response.Header.Get("Retry-After"))}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	if err == nil && json.Valid(text) {
		_ = json.Unmarshal(text, &e.Problem) // a response of another form leaves it empty
	}
	return e
}
