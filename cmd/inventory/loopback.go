package main

import (
	"bytes"
	"errors"
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
		defer func() { answer.brokenOff = brokenOff(recover()) }()
		l.handler.ServeHTTP(answer, served)
	})
	select {
	case <-done:
		if answer.brokenOff {
			return nil, io.ErrUnexpectedEOF
		}
		return answer.response(request), nil
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}

// brokenOff reports whether a handler ended with the panic that interrupts its
// response; http.Server closes the connection then. It panics with any other.
func brokenOff(panicked any) bool {
	if panicked == nil {
		return false
	}
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	panic(panicked)
}

// waitForCalls returns when no call runs any more.
func (l *loopback) waitForCalls() { l.calls.Wait() }

// recorder keeps the response of a handler.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer

	brokenOff bool
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
