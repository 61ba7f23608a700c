// Package idempotency gives a request that is sent again under the same
// Idempotency-Key the result of the first one. The result is saved in the
// transaction of the change that it belongs to; idempotencysqlite has the table.
// This package imports the standard library and the plain packages problem and
// clock only, so that use cases may take a Request as an input.
package idempotency

import (
	"fmt"
	"time"

	"inventory.example/pkg/problem"
)

// Promised is how long the contract promises that a result is kept. A result
// may be found for longer; a request whose result is gone after that time is a
// new one.
const Promised = 24 * time.Hour

// Request identifies a request that must act once. The zero value is that of a
// request without a key.
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
	// SaveResult stores result for the request. It returns ErrConflict, and
	// changes nothing, when the pair of caller and key has a result.
	SaveResult(r Request, result []byte) error
	// ReplaceResult is SaveResult that replaces the saved result of the pair,
	// for a request that is done in several transactions.
	ReplaceResult(r Request, result []byte) error
}

// ErrConflict is a Conflict problem: another request saved a result for the same
// caller and key since this one looked. The change must be undone. Changes that
// are serializable never meet it, because they look first.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request with this Idempotency-Key ran at the same time; nothing was changed. Send the request again.")

// Replay returns the result saved for r, and whether there is one. A result that
// belongs to another request under the same key is an IdempotencyKeyReused
// problem.
func Replay[T any](f Finder, r Request, format Format[T]) (result T, found bool, err error) {
	if !r.Asked() {
		return result, false, nil
	}
	saved, found, err := f.FindResult(r.Caller, r.Key)
	if err != nil || !found {
		return result, false, err
	}
	if result, err = Decode(saved, r, format); err != nil {
		return result, false, err
	}
	return result, true, nil
}

// Decode returns the saved result, for a repetition of r. A result that belongs
// to another request under the same key is an IdempotencyKeyReused problem.
func Decode[T any](s Saved, r Request, format Format[T]) (result T, err error) {
	if s.Fingerprint != r.Fingerprint {
		return result, Reused()
	}
	if result, err = format.Decode(s.Result); err != nil {
		var none T
		return none, fmt.Errorf("decode saved result: %w", err)
	}
	return result, nil
}

// Save stores the result of r, unless r has no key.
func Save[T any](s Store, r Request, format Format[T], result T) error {
	if !r.Asked() {
		return nil
	}
	encoded, err := format.Encode(result)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	return s.SaveResult(r, encoded)
}

// Reused returns the problem of a key that was used for another request.
func Reused() error {
	return problem.New(problem.IdempotencyKeyReused, "This Idempotency-Key was used for another request.")
}
