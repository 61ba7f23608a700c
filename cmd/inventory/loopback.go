package main

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// loopback is an http.RoundTripper that calls a handler of the same process
// instead of a network. It speaks the same contract as a connection would: a
// request whose context ends is given up, and may still take effect.
type loopback struct {
	handler http.Handler
	calls   sync.WaitGroup
}

// RoundTrip implements http.RoundTripper.
func (l *loopback) RoundTrip(request *http.Request) (*http.Response, error) {
	served := request.Clone(request.Context())
	served.RequestURI = request.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	done := make(chan struct{})
	l.calls.Go(func() {
		defer close(done)
		l.handler.ServeHTTP(answer, served)
	})
	select {
	case <-done:
		return answer.response(request), nil
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}

// wait returns when no call runs any more.
func (l *loopback) wait() { l.calls.Wait() }

// recorder keeps what a handler answers.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header            { return r.header }
func (r *recorder) WriteHeader(status int)         { r.status = status }
func (r *recorder) Write(text []byte) (int, error) { return r.body.Write(text) }

func (r *recorder) response(request *http.Request) *http.Response {
	return &http.Response{
		Status: http.StatusText(r.status), StatusCode: r.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Body: io.NopCloser(&r.body), ContentLength: int64(r.body.Len()), Request: request,
	}
}
