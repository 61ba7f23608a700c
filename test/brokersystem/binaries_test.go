package brokersystem_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// The programs, by the names of their files.
const (
	inventory   = "inventory"
	catalog     = "catalog"
	stock       = "stock"
	reservation = "reservation"
	notifier    = "notifier"
)

// serviceNames are the services that publish events, in the order of their
// start, and allNames those and the one that only listens.
var (
	serviceNames = []string{catalog, stock, reservation}
	allNames     = append(serviceNames[:3:3], notifier)
)

// binaries builds the five programs at its first call and returns their folder.
// With the race detector in the test it is in the programs too.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "inventory-brokersystem-")
	if err != nil {
		return "", err
	}
	built = dir
	for _, p := range []struct{ module, main string }{
		{"cmd", "./inventory"},
		{"services/catalog", "./cmd/catalog"},
		{"services/stock", "./cmd/stock"},
		{"services/reservation", "./cmd/reservation"},
		{"services/notifier", "./cmd/notifier"},
	} {
		args := []string{"build", "-o", dir + string(filepath.Separator)}
		if raceDetector {
			args = append(args, "-race")
		}
		build := exec.Command("go", append(args, p.main)...)
		build.Dir = filepath.Join("..", "..", filepath.FromSlash(p.module))
		if text, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go build of %s: %w\n%s", p.main, err, text)
		}
	}
	return dir, nil
})

// built is the folder that removeBinaries removes.
var built string

func removeBinaries() {
	if built != "" {
		_ = os.RemoveAll(built)
	}
}
