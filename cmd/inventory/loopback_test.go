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

// testLoopbackInterrupted: for its caller, a handler that interrupts its response is a
// closed connection, and the process is not affected.
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
	l.waitForCalls()
}
