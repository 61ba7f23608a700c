package brokersystem_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// previousVersion is the version that the services of the previous release
// report.
const previousVersion = "previous"

// previousRelease returns the folder with the services of the previous release.
func previousRelease(t testing.TB) string {
	t.Helper()
	dir, err := previousBinaries()
	if errors.Is(err, errNoHistory) {
		notRun(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// notRun skips a test that this machine cannot run. In CI that is a failure.
func notRun(t testing.TB, format string, args ...any) {
	t.Helper()
	why := "not run: " + fmt.Sprintf(format, args...)
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// errNoHistory is in the chain of an error that says that this tree, a copy
// without its history or a shallow clone, does not have the previous release.
var errNoHistory = errors.New("the previous release is not in the history of this tree")

// previousBinaries builds the services of the commit that previous-release
// names at its first call, from a copy of its tree.
var previousBinaries = sync.OnceValues(func() (string, error) {
	commit, err := previousCommit()
	if err != nil {
		return "", err
	}
	if text, err := git("cat-file", "-e", commit+"^{commit}").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s: %w: %s", errNoHistory, commit, err, bytes.TrimSpace(text))
	}
	tree, err := os.MkdirTemp("", "inventory-previous-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(tree) }()
	archive := filepath.Join(tree, "archive.tar")
	if text, err := git("archive", "-o", archive, commit).CombinedOutput(); err != nil {
		return "", fmt.Errorf("git archive %s: %w\n%s", commit, err, text)
	}
	if text, err := exec.Command("tar", "-x", "-C", tree, "-f", archive).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack %s: %w\n%s", commit, err, text)
	}
	dir, err := os.MkdirTemp("", "inventory-previous-")
	if err != nil {
		return "", err
	}
	built = append(built, dir)
	return dir, build(tree, dir, allNames, "-buildvcs=false", "-ldflags=-X inventory.example/pkg/process.version="+previousVersion)
})

// git returns a git command in the root of this tree, which may belong to
// another user: it only reads.
func git(args ...string) *exec.Cmd {
	cmd := exec.Command("git", append([]string{"-c", "safe.directory=*"}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	return cmd
}

// previousCommit returns the line of previous-release that is not a comment.
func previousCommit() (string, error) {
	text, err := os.ReadFile("previous-release")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line, nil
		}
	}
	return "", errors.New("previous-release names no commit")
}
