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
	inventoryTool = "inventory"
	catalog       = "catalog"
	stock         = "stock"
	reservation   = "reservation"
	notifier      = "notifier"
)

// serviceNames are the services that publish events, in the order of their
// start, and allNames those and the one that only listens.
var (
	serviceNames = []string{catalog, stock, reservation}
	allNames     = append(serviceNames[:3:3], notifier)
)

// binaries builds the programs of this tree at its first call and returns their folder.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "inventory-brokersystem-")
	if err != nil {
		return "", err
	}
	built = append(built, dir)
	return dir, build(filepath.Join("..", ".."), dir, append([]string{inventoryTool}, allNames...))
})

// built are the folders that removeBinaries removes.
var built []string

func removeBinaries() {
	for _, dir := range built {
		_ = os.RemoveAll(dir)
	}
}

// build builds programs of the tree at root into dir. With the race detector in
// the test it is in the programs too.
func build(root, dir string, programs []string, flags ...string) error {
	for _, name := range programs {
		module, main := filepath.Join("services", name), "./cmd/"+name
		if name == inventoryTool {
			module, main = "cmd", "./"+inventoryTool
		}
		args := append([]string{"build", "-o", dir + string(filepath.Separator)}, flags...)
		if raceDetector {
			args = append(args, "-race")
		}
		build := exec.Command("go", append(args, main)...)
		build.Dir = filepath.Join(root, module)
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build of %s: %w\n%s", main, err, text)
		}
	}
	return nil
}
