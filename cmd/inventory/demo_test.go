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

func TestDemo(t *testing.T) {
	t.Run("stopped while it seeds", testDemoStoppedWhileItSeeds)
}

// testDemoStoppedWhileItSeeds: that is not a failure, and the data does not count as
// complete.
func testDemoStoppedWhileItSeeds(t *testing.T) {
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
