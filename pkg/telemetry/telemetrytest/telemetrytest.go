// Package telemetrytest keeps the log while tests run.
package telemetrytest

import (
	"bytes"
	"strings"
	"sync"
)

// Log keeps the text that is written to it. The zero value is empty and ready;
// it is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// String returns everything that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Count returns how often the log has a phrase.
func (l *Log) Count(phrase string) int { return strings.Count(l.String(), phrase) }
