// Package idempotencytest checks that a repository implements its port:
// changes, and the results that are saved within them. The repositories of all
// services save results, so their suites share this part.
package idempotencytest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Repository is the part of a repository that this package checks.
type Repository struct {
	Write func(ctx context.Context, change func(idempotency.Store) error) error
	// FindResult looks up a committed result.
	FindResult func(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Conflict is the error by which Write may ask to be called again.
	Conflict error
}

// Run checks the repositories that open returns, each of them new and empty.
func Run(t *testing.T, open func(t *testing.T) Repository) {
	for name, check := range map[string]func(*testing.T, Repository){
		"saves results":                           savesResults,
		"finds results within a change":           findsWithinChange,
		"refuses a second result":                 refusesSecondResult,
		"replaces results":                        replacesResults,
		"keeps any text":                          keepsAnyText,
		"undoes a change that fails":              undoesFailure,
		"undoes a change that panics":             undoesPanic,
		"runs no change after its context":        obeysContext,
		"runs changes one after the other":        serializes,
		"has a result when Write has returned it": readsItsWrites,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

func request(key string) idempotency.Request {
	return idempotency.Request{Caller: "Ada", Key: key, Fingerprint: "fingerprint of " + key}
}

func (r Repository) mustWrite(t *testing.T, change func(idempotency.Store) error) {
	t.Helper()
	if err := r.Write(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

func (r Repository) save(t *testing.T, once idempotency.Request, result string) {
	t.Helper()
	r.mustWrite(t, func(s idempotency.Store) error { return s.SaveResult(once, []byte(result)) })
}

// want requires the committed result of a request to be result; empty: none.
func (r Repository) want(t *testing.T, once idempotency.Request, result string) {
	t.Helper()
	saved, found, err := r.FindResult(t.Context(), once)
	if err != nil {
		t.Error(err)
	}
	checkSaved(t, once, saved, found, result)
}

func checkSaved(t *testing.T, once idempotency.Request, saved idempotency.Saved, found bool, result string) {
	t.Helper()
	if found != (result != "") {
		t.Errorf("%s: found is %t", once.Key, found)
	}
	if string(saved.Result) != result {
		t.Errorf("%s: the result is %.100q, want %.100q", once.Key, saved.Result, result)
	}
	if found && saved.Fingerprint != once.Fingerprint {
		t.Errorf("%s: the fingerprint is %q, want %q", once.Key, saved.Fingerprint, once.Fingerprint)
	}
}

func savesResults(t *testing.T, r Repository) {
	r.want(t, request("a"), "")
	r.save(t, request("a"), `{"n":1}`)
	r.save(t, request("b"), `{"n":2}`)
	other := request("a")
	other.Caller, other.Fingerprint = "Bob", "of Bob"
	r.want(t, other, "")
	r.save(t, other, `{"n":3}`)
	r.want(t, request("a"), `{"n":1}`)
	r.want(t, request("b"), `{"n":2}`)
	r.want(t, other, `{"n":3}`)
	r.want(t, request("A"), "")
	r.want(t, request("a "), "")
}

func findsWithinChange(t *testing.T, r Repository) {
	r.save(t, request("before"), `1`)
	r.mustWrite(t, func(s idempotency.Store) error {
		if err := s.SaveResult(request("own"), []byte(`2`)); err != nil {
			return err
		}
		for key, want := range map[string]string{"before": `1`, "own": `2`, "none": ""} {
			saved, found, err := s.FindResult(request(key).Caller, key)
			if err != nil {
				return err
			}
			checkSaved(t, request(key), saved, found, want)
		}
		return nil
	})
}

func refusesSecondResult(t *testing.T, r Repository) {
	r.save(t, request("a"), `1`)
	again := request("a")
	again.Fingerprint = "another"
	for _, once := range []idempotency.Request{request("a"), again} {
		err := r.Write(t.Context(), func(s idempotency.Store) error {
			return errors.Join(s.SaveResult(request("b"), []byte(`1`)), s.SaveResult(once, []byte(`2`)))
		})
		if !errors.Is(err, idempotency.ErrConflict) {
			t.Errorf("a second result: got %v, want %v", err, idempotency.ErrConflict)
		}
		r.want(t, request("a"), `1`)
		r.want(t, request("b"), "")
	}
}

func replacesResults(t *testing.T, r Repository) {
	replaced := request("a")
	replaced.Fingerprint = "another"
	r.mustWrite(t, func(s idempotency.Store) error {
		return errors.Join(s.ReplaceResult(request("a"), []byte(`1`)), s.ReplaceResult(request("b"), []byte(`2`)),
			s.ReplaceResult(replaced, []byte(`3`)))
	})
	r.want(t, replaced, `3`)
	r.want(t, request("b"), `2`)
}

func keepsAnyText(t *testing.T, r Repository) {
	once := idempotency.Request{Caller: "Ünïcødé 名前 👍", Key: `k"'\%_ ` + strings.Repeat("x", 240), Fingerprint: strings.Repeat("f", 64)}
	result := `{"name":"Ünïcødé 名前 👍 \u0000","text":"` + strings.Repeat("long ", 50_000) + `"}`
	r.save(t, once, result)
	r.want(t, once, result)
}

var errRefused = errors.New("refused")

func undoesFailure(t *testing.T, r Repository) {
	r.save(t, request("before"), `1`)
	err := r.Write(t.Context(), func(s idempotency.Store) error {
		if err := errors.Join(s.SaveResult(request("a"), []byte(`2`)), s.ReplaceResult(request("before"), []byte(`2`))); err != nil {
			return err
		}
		return fmt.Errorf("the change: %w", errRefused)
	})
	if !errors.Is(err, errRefused) || err.Error() != "the change: refused" {
		t.Errorf("got %v, want the error of the change", err)
	}
	r.want(t, request("a"), "")
	r.want(t, request("before"), `1`)
}

func undoesPanic(t *testing.T, r Repository) {
	err := r.Write(t.Context(), func(s idempotency.Store) error {
		if err := s.SaveResult(request("a"), []byte(`2`)); err != nil {
			return err
		}
		panic("out of cheese")
	})
	if err == nil || problem.CodeOf(err) != problem.Internal {
		t.Errorf("got %v, want an internal error", err)
	}
	r.want(t, request("a"), "")
	r.save(t, request("a"), `3`)
	r.want(t, request("a"), `3`)
}

func obeysContext(t *testing.T, r Repository) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := r.Write(ctx, func(s idempotency.Store) error { return s.SaveResult(request("a"), []byte(`1`)) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	r.want(t, request("a"), "")
}

// serializes adds to a number from many goroutines: an addition whose number
// was read before another one was written would be lost.
func serializes(t *testing.T, r Repository) {
	const goroutines, each = 16, 10
	r.save(t, request("sum"), `0`)
	var adding sync.WaitGroup
	for range goroutines {
		adding.Go(func() {
			for range each {
				err := r.add(t.Context())
				for r.Conflict != nil && errors.Is(err, r.Conflict) {
					err = r.add(t.Context())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	adding.Wait()
	r.want(t, request("sum"), strconv.Itoa(goroutines*each))
}

// add adds one to the number that is saved.
func (r Repository) add(ctx context.Context) error {
	return r.Write(ctx, func(s idempotency.Store) error {
		once := request("sum")
		saved, _, err := s.FindResult(once.Caller, once.Key)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(saved.Result))
		if err != nil {
			return err
		}
		return s.ReplaceResult(once, []byte(strconv.Itoa(n+1)))
	})
}

func readsItsWrites(t *testing.T, r Repository) {
	for i := range 50 {
		once := request(strconv.Itoa(i))
		r.save(t, once, `1`)
		r.want(t, once, `1`)
	}
}
