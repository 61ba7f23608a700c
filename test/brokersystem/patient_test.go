package brokersystem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"inventory.example/pkg/process"
)

// patient is a client as docs/deploy.md describes it: every POST has an
// Idempotency-Key, and a request without a response, or with 503 and Retry-After,
// is sent again unchanged. Every other failure counts.
type patient struct {
	*client

	mu      sync.Mutex
	repeats map[string]int // by their reason
	most    int            // repeats of one request
	sent    []posted       // the last POSTs, to be sent once more
}

// The bounds of a patient client. It waits less than Retry-After says, so that
// the load goes on.
const (
	maxRepeats = 150
	firstPause = 20 * time.Millisecond
	lastPause  = 400 * time.Millisecond
	remembered = 64
)

// posted is a POST with its response.
type posted struct {
	path, key string
	body      any
	answer    []byte
}

func newPatient(c *client) *patient { return &patient{client: c, repeats: map[string]int{}} }

// insist sends a request until the response has that status.
func (p *patient) insist(method, path string, body any, status int, header ...string) (answer, error) {
	pause := firstPause
	for n := 0; ; n++ {
		a, err := p.send(method, path, body, header...)
		why := ""
		switch {
		case err != nil && a.status != 0:
			return a, fmt.Errorf("the answer broke off: %s: %w", a, err)
		case err != nil:
			why = "no answer"
		case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
			why = "503"
		case a.status != status:
			return a, fmt.Errorf("%s, want %d, or 503 with Retry-After", a, status)
		}
		p.mu.Lock()
		p.most = max(p.most, n)
		if why != "" {
			p.repeats[why]++
		}
		p.mu.Unlock()
		if why == "" {
			return a, nil
		}
		if n == maxRepeats {
			return a, fmt.Errorf("%s %s: still %s after %d repeats: %s %w", method, path, why, n, a.body, err)
		}
		time.Sleep(pause) // like a client between two attempts
		pause = min(2*pause, lastPause)
	}
}

// post sends a POST with a key of its own, and remembers it.
func (p *patient) post(path string, body any, status int) (id string, err error) {
	one := posted{path: path, key: process.NewID(), body: body}
	a, err := p.insist(http.MethodPost, path, body, status, "Idempotency-Key", one.key)
	if err != nil {
		return "", err
	}
	one.answer = a.body
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent = append(p.sent, one); len(p.sent) > remembered {
		p.sent = p.sent[1:]
	}
	return a.id()
}

// repeat sends the last POSTs once more, as clients do whose connection broke
// before the response came. Each response has to repeat the first one.
func (p *patient) repeat() error {
	p.mu.Lock()
	list := append([]posted(nil), p.sent...)
	p.mu.Unlock()
	for _, one := range list {
		a, err := p.send(http.MethodPost, one.path, one.body, "Idempotency-Key", one.key)
		if err != nil {
			return err
		}
		if !repeats(one.answer, a.body) || a.header.Get("Idempotency-Replayed") != "true" {
			return fmt.Errorf("%s, replayed %q, want the first answer again: %s", a, a.header.Get("Idempotency-Replayed"), one.answer)
		}
	}
	if len(list) == 0 {
		return errors.New("nothing was sent")
	}
	return nil
}

// repeats reports whether again has every field of the first response, with its
// value. It may have fields that a newer release added. The secret of a webhook
// is shown once, and is missing when a newer release repeats the response.
func repeats(first, again []byte) bool {
	if bytes.Equal(first, again) {
		return true
	}
	var fields, repeated map[string]json.RawMessage
	if json.Unmarshal(first, &fields) != nil || json.Unmarshal(again, &repeated) != nil {
		return false
	}
	for name, value := range fields {
		got, ok := repeated[name]
		if !bytes.Equal(got, value) && (ok || name != "secret") {
			return false
		}
	}
	return true
}
