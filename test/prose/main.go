// Program prose checks the English of the project: comments, log messages,
// problem texts and test names in Go, documents, OpenAPI texts, and comments in
// YAML and shell. "go run ./test/prose" checks the whole repository,
// "go run ./test/prose PATH..." only the named files and folders.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "prose:", err)
		os.Exit(1)
	}
}

// run prints one line for each finding and returns an error if there is one.
func run(out io.Writer, paths []string) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	checker, err := newChecker(root)
	if err != nil {
		return err
	}
	if len(paths) > 0 {
		checker.only(paths)
	}
	report, err := checker.check()
	if err != nil {
		return err
	}
	report.print(out)
	if n := len(report.findings) + len(report.stale); n > 0 {
		return fmt.Errorf("%d findings; the glossary is docs/glossary.md, exceptions go into test/prose/allow.txt with their reason", n)
	}
	return nil
}
