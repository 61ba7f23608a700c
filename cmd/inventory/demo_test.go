package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestDemo_is_stopped_while_it_seeds: that is no failure, and the data is not
// taken for complete.
func TestDemo_is_stopped_while_it_seeds(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	err := demo(ctx, dir, "http://inventory", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	if err != nil {
		t.Errorf("it ends with %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, demoMarker)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data counts as complete: %v", err)
	}
}
