package main

import (
	"errors"
	"io"
	"net/http"
	"testing"
)

func TestLoopback(t *testing.T) {
	t.Run("interrupted", testLoopbackInterrupted)
}

// testLoopbackInterrupted: a handler that breaks its answer off is to its
// caller a connection that ended, and to the process nothing.
func testLoopbackInterrupted(t *testing.T) {
	l := &loopback{handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half of")
		panic(http.ErrAbortHandler)
	})}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://stock/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := l.RoundTrip(request)
	if response != nil {
		defer func() { _ = response.Body.Close() }()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, %v, want an end before the end", response, err)
	}
	l.wait()
}
