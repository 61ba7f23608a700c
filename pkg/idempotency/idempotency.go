// Package idempotency gives a request that is sent again under the same
// Idempotency-Key its first answer. The result is saved in the transaction of
// the change that it belongs to; idempotencydb holds the table. This package
// imports the standard library and package problem only, so that use cases may
// take a Request as an input.
package idempotency

import (
	"encoding/json"
	"fmt"
	"time"

	"inventory.example/pkg/problem"
)

// Promised is how long the contract promises that a result is kept. A result
// may be found for longer; a request whose result is gone after that time is a
// new one.
const Promised = 24 * time.Hour

// Request is what a caller asked to happen once. The zero value means that it
// did not ask.
type Request struct {
	Caller      string // name of the API key; keys of different callers never meet
	Key         string // the Idempotency-Key
	Fingerprint string // digest of method, path and body
}

// Asked reports whether the request carries a key.
func (r Request) Asked() bool { return r.Key != "" }

// Saved is the result of an earlier request.
type Saved struct {
	Fingerprint string
	Result      []byte
}

// Finder looks up results.
type Finder interface {
	// FindResult returns the result saved for the caller and key, or false.
	FindResult(caller, key string) (Saved, bool, error)
}

// Store looks up and saves results within one transaction.
type Store interface {
	Finder
	// SaveResult stores result for the request; the pair of caller and key
	// must be new.
	SaveResult(r Request, result []byte) error
	// ReplaceResult is SaveResult that takes the place of what was saved for
	// the pair before: of a request that is done in several transactions.
	ReplaceResult(r Request, result []byte) error
}

// Replay decodes the saved result of r into result and reports whether there
// was one. A result that belongs to another request under the same key is an
// IdempotencyKeyReused problem.
func Replay(f Finder, r Request, result any) (bool, error) {
	if !r.Asked() {
		return false, nil
	}
	saved, found, err := f.FindResult(r.Caller, r.Key)
	if err != nil || !found {
		return false, err
	}
	if err := saved.Decode(r, result); err != nil {
		return false, err
	}
	return true, nil
}

// Decode decodes the result into result, for a repetition of r. A result that
// belongs to another request under the same key is an IdempotencyKeyReused
// problem.
func (s Saved) Decode(r Request, result any) error {
	if s.Fingerprint != r.Fingerprint {
		return Reused()
	}
	if err := json.Unmarshal(s.Result, result); err != nil {
		return fmt.Errorf("decode saved result: %w", err)
	}
	return nil
}

// Save stores result as the answer to r; it does nothing when r did not ask.
func Save(s Store, r Request, result any) error {
	if !r.Asked() {
		return nil
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	return s.SaveResult(r, encoded)
}

// Reused returns the problem of a key that was used for another request.
func Reused() error {
	return problem.New(problem.IdempotencyKeyReused, "This Idempotency-Key was used for another request.")
}
