package brokersystem_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"

	"inventory.example/pkg/process"
)

// gated is a body that is sent once its gate has opened.
type gated struct {
	gate context.Context
	text *bytes.Reader
}

// Read implements io.Reader.
func (g gated) Read(p []byte) (int, error) {
	<-g.gate.Done()
	return g.text.Read(p)
}

// underWay is a request whose handler waits for the body.
type underWay struct {
	release  context.CancelFunc
	answered chan struct{} // closed with the response or an error
	answer   answer
	err      error
}

// begin sends the header of a POST and returns when the service asks for its
// body.
func (c *client) begin(path string, body any) (*underWay, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	gate, release := context.WithCancel(context.Background())
	u := &underWay{release: release, answered: make(chan struct{})}
	asked := make(chan struct{})
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got100Continue: sync.OnceFunc(func() { close(asked) }),
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base(path)+path, gated{gate, bytes.NewReader(text)})
	if err != nil {
		release()
		return nil, err
	}
	request.ContentLength = int64(len(text))
	request.Header.Set("Expect", "100-continue")
	request.Header.Set("X-API-Key", key)
	request.Header.Set("Idempotency-Key", process.NewID())
	go func() {
		defer close(u.answered)
		u.answer, u.err = sendAlone(request)
	}()
	select {
	case <-asked:
		return u, nil
	case <-u.answered:
		release()
		return nil, fmt.Errorf("answered before its body was sent: %s, %w", u.answer, u.err)
	}
}

// sendAlone sends a request on a connection of its own.
func sendAlone(request *http.Request) (a answer, err error) {
	transport := &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: within}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return a, err
	}
	defer func() { _ = response.Body.Close() }()
	a = answer{request: "POST " + request.URL.Path, status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	return a, err
}

// finish sends the body and returns the response, which must have the status.
func (u *underWay) finish(status int) (answer, error) {
	u.release()
	<-u.answered
	if u.err == nil && u.answer.status != status {
		u.err = fmt.Errorf("%s, want %d", u.answer, status)
	}
	return u.answer, u.err
}
