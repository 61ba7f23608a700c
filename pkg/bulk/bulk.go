// Package bulk has the rules of an import from a file: its lines succeed or fail
// one by one, and its state is saved with each batch, so that an interrupted import
// continues where it ended. The service defines the meaning of a line, and package
// importapi reads the file. Package bulk does no I/O, so that the core of a service
// may use it.
package bulk

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Line is a line of a file.
type Line[T any] struct {
	Number int64 // where it begins in the file, from 1
	Value  T
	Err    error // the line could not be read; Value means nothing then
	// Warning is about a line that is valid and may be a mistake; nil: none.
	Warning *Warning
}

// Kind is the effect of a line.
type Kind int

// The kinds.
const (
	Unchanged Kind = iota // all was as the line says
	Created
	Updated
)

// Outcome is the result of a line.
type Outcome struct {
	Line int64
	Kind Kind
	Err  error // the line changed nothing; OfLine holds for it
	// NewStore: the line used a store for the first time.
	NewStore bool
	Warning  *Warning // of the line
}

// OfLine reports whether err concerns its line only, so that the next one may
// succeed: the line itself is wrong, or conflicts with the existing data. Any
// other error ends the import.
func OfLine(err error) bool {
	switch problem.CodeOf(err) {
	case problem.ValidationError, problem.Forbidden, problem.NotFound, problem.UnknownStore, problem.Conflict, problem.ProductDeleted,
		problem.InsufficientStock:
		return true
	default:
		return false
	}
}

// MaxErrors bounds the failed lines that a Summary lists, and its warnings.
const MaxErrors = 100

// Summary is the result of an import.
type Summary struct {
	Lines     int64   `json:"lines"` // with content, without the header
	Created   int64   `json:"created"`
	Updated   int64   `json:"updated"`
	Unchanged int64   `json:"unchanged"`
	Failed    int64   `json:"failed"`
	Errors    []Error `json:"errors"` // of the first MaxErrors lines that failed
	// NewStore is true if a line used a store that did not exist.
	NewStore bool `json:"new_store,omitempty"`
	// DryRun is true if the lines were only checked.
	DryRun   bool      `json:"dry_run,omitempty"`
	Warnings []Warning `json:"warnings,omitempty"` // the first MaxErrors
}

// Report is a Summary without errors, after the lines that failed.
type Report struct {
	Summary
	Errors   []Error `json:"errors,omitempty"` // always empty
	Reported int64   `json:"reported"`         // failed lines before it
}

// Reported returns the summary at the end of so many failed lines.
func (s Summary) Reported(lines int64) Report { return Report{Summary: s, Reported: lines} }

// Error is the reason why a line failed.
type Error struct {
	Line   int64           `json:"line"`
	Code   problem.Code    `json:"code"`
	Detail string          `json:"detail"`
	Field  string          `json:"field,omitempty"` // the first of Errors
	Errors []problem.Field `json:"errors,omitempty"`
}

// errorOf returns the reason of an outcome that failed.
func errorOf(o Outcome) (Error, bool) {
	p := problem.Of(o.Err)
	if p == nil {
		return Error{}, false
	}
	e := Error{Line: o.Line, Code: p.Code, Detail: p.Detail, Errors: p.Fields}
	if len(p.Fields) > 0 {
		e.Field = p.Fields[0].Field
	}
	return e, true
}

// Errors returns the reasons of the outcomes that failed.
func Errors(outcomes []Outcome) (list []Error) {
	for _, o := range outcomes {
		if e, failed := errorOf(o); failed {
			list = append(list, e)
		}
	}
	return list
}

// Warning is about a line that was taken and may be a mistake.
type Warning struct {
	Line   int64  `json:"line"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

var scientific = regexp.MustCompile(`^[0-9](\.[0-9]{1,20})?[eE]\+?[0-9]{1,3}$`)

// WarnSKU returns the warning about a SKU in the notation in which spreadsheets show
// long numbers, whose digits are lost then, or nil.
func WarnSKU(sku string) *Warning {
	if !scientific.MatchString(sku) {
		return nil
	}
	return &Warning{Field: "sku", Detail: "The SKU " + sku + " looks like a long number that a spreadsheet has shortened; it was taken as it is."}
}

// add returns the summary with further outcomes; s stays as it is.
func (s Summary) add(outcomes []Outcome) Summary {
	s.Errors = append([]Error{}, s.Errors...)
	s.Warnings = slices.Clip(s.Warnings)
	for _, o := range outcomes {
		s.Lines++
		if o.Warning != nil && len(s.Warnings) < MaxErrors {
			s.Warnings = append(s.Warnings, *o.Warning)
		}
		s.NewStore = s.NewStore || o.NewStore
		switch {
		case o.Err != nil:
			s.Failed++
			if e, told := errorOf(o); told && len(s.Errors) < MaxErrors {
				s.Errors = append(s.Errors, e)
			}
		case o.Kind == Created:
			s.Created++
		case o.Kind == Updated:
			s.Updated++
		default:
			s.Unchanged++
		}
	}
	return s
}

// State is how far an import has come.
type State struct {
	Summary Summary `json:"summary"`
	// Digest is the hex SHA-256 of the file to the end of the last line of the
	// summary, or, once Done, of the whole file.
	Digest string `json:"digest"`
	Done   bool   `json:"done"`
}

// Commit saves, in the transaction of a batch, the outcomes of its lines. It
// may run more than once.
type Commit func(store idempotency.Store, outcomes []Outcome) error

// Load returns the state that was saved for r, a new one when there is none.
func Load(saved idempotency.Saved, found bool, r idempotency.Request) (State, error) {
	if !found {
		return State{Summary: Summary{Errors: []Error{}}}, nil
	}
	return idempotency.Decode(saved, r, idempotency.JSON[State]{})
}

// Advance returns the state after a batch that ended at digest, and saves it
// for r if it asked, provided that the saved one is s: another request under
// the same key may be at the same lines.
func (s State) Advance(store idempotency.Store, r idempotency.Request, outcomes []Outcome, digest string, done bool) (State, error) {
	next := State{Summary: s.Summary.add(outcomes), Digest: digest, Done: done}
	if !r.Asked() {
		return next, nil
	}
	saved, found, err := store.FindResult(r.Caller, r.Key)
	if err != nil {
		return s, err
	}
	current, err := Load(saved, found, r)
	if err != nil {
		return s, err
	}
	if current.Digest != s.Digest || current.Done != s.Done || current.Summary.Lines != s.Summary.Lines {
		return s, errUnderWay
	}
	encoded, err := json.Marshal(next)
	if err != nil {
		return s, fmt.Errorf("encode the state of an import: %w", err)
	}
	return next, store.ReplaceResult(r, encoded)
}

var errUnderWay = problem.New(problem.Conflict, "Another request with this Idempotency-Key is importing; send this one again when that has ended.")
