// Command testall runs the tests of all modules of the workspace and reports the
// results: a line per package as it ends, the output of each failed test, one list
// of the tests that could not run and why, and the totals. "make test" calls it:
//
//	go run ./test/testall [-race] [-timeout 20m] [-without pattern,…] [package …]
//
// A test that cannot run skips itself and gives the reason. "unsupported: …" means
// that there is nothing to test, such as a feature that a broker does not have.
// "not run: …" means that this machine lacks a requirement; with CI=true, where
// every requirement must be met, that is a failure. Any other skip is a failure
// everywhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "testall: %v\n", err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// options are the flags and arguments of the command.
type options struct {
	race     bool
	timeout  time.Duration
	without  string
	packages []string
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("testall", flag.ContinueOnError)
	flags.BoolVar(&o.race, "race", false, "with the race detector")
	flags.DurationVar(&o.timeout, "timeout", 20*time.Minute, "how long the tests of one package may take")
	flags.StringVar(&o.without, "without", "", "leave out packages that match one of these `patterns`, separated by commas")
	err = flags.Parse(args)
	o.packages = flags.Args()
	return o, err
}

// run runs the tests and reports whether all passed.
func run(ctx context.Context, args []string) (ok bool, err error) {
	o, err := parse(args)
	if err != nil {
		return false, err
	}
	packages, err := packagesOf(ctx, o)
	if err != nil {
		return false, err
	}
	// -count 1 bypasses the cache, which does not see that a document, or a program
	// that a test builds, has changed in another module.
	command := []string{"test", "-json", "-count", "1", "-timeout", o.timeout.String()}
	if o.race {
		command = append(command, "-race")
	}
	test := exec.CommandContext(ctx, "go", append(command, packages...)...)
	// The tests receive the signal too and clean up after themselves.
	test.Cancel = func() error { return test.Process.Signal(os.Interrupt) }
	test.WaitDelay = time.Minute
	output, err := test.StdoutPipe()
	if err != nil {
		return false, err
	}
	var messages strings.Builder
	test.Stderr = &messages
	if err := test.Start(); err != nil {
		return false, err
	}
	r := newReport(os.Stdout, os.Getenv("CI") == "true")
	readErr := r.read(output)
	testErr := test.Wait()
	if readErr != nil {
		return false, readErr
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var exit *exec.ExitError
	if testErr != nil && !errors.As(testErr, &exit) {
		return false, testErr
	}
	return r.finish(testErr != nil, messages.String()), nil
}

// packagesOf returns the packages to test: the named ones or all of the workspace,
// without the excluded ones.
func packagesOf(ctx context.Context, o options) ([]string, error) {
	patterns := o.packages
	if len(patterns) == 0 {
		modules, err := lines(ctx, "go", "list", "-m")
		if err != nil {
			return nil, err
		}
		for _, m := range modules {
			patterns = append(patterns, m+"/...")
		}
	}
	packages, err := lines(ctx, "go", append([]string{"list"}, patterns...)...)
	if err != nil || o.without == "" {
		return packages, err
	}
	for pattern := range strings.SplitSeq(o.without, ",") {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		packages = slices.DeleteFunc(packages, func(p string) bool {
			matched, _ := path.Match(pattern, short(p))
			return matched
		})
	}
	return packages, nil
}

// lines returns the fields of the output of a command.
func lines(ctx context.Context, name string, args ...string) ([]string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.Fields(string(text)), nil
}

// short returns a package's path without the prefix that all packages share.
func short(pkg string) string { return strings.TrimPrefix(pkg, "inventory.example/") }
