// Command inventory is the whole system in one process, and the tools of its
// operators.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"inventory.example/cmd/inventory/internal/auditor"
	"inventory.example/cmd/inventory/internal/backup"
	"inventory.example/cmd/inventory/internal/eventtools"
	"inventory.example/pkg/process"
)

// command is a command of the program. It prints its result to out.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, out io.Writer) error
}

// commands are all that there are, in the order of the usage.
var commands = []command{
	{"run", "all services on one port for development: well-known keys, demo data", runCommand},
	{"serve", "all services on one port, configured by the environment", serveCommand},
	{"healthcheck", "ask the process that run or serve started on this machine how it is", healthcheckCommand},
	{"audit", "check the invariants of a running system", auditor.Run},
	{"events", "follow and repeat events, dead letters, events not yet published", eventtools.Run},
	{"backup", "copy the databases of a running system as one snapshot", backup.Run},
	{"restore", "put the databases of a backup back", backup.Restore},
	{"version", "print the version", versionCommand},
}

func main() {
	process.Main("inventory", func(ctx context.Context) error {
		if len(os.Args) < 2 {
			return errors.New(usage())
		}
		err := execute(ctx, os.Args[1], os.Args[2:], os.Stdout)
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	})
}

func execute(ctx context.Context, name string, args []string, out io.Writer) error {
	for _, c := range commands {
		if c.name == name {
			return c.run(ctx, args, out)
		}
	}
	switch name {
	case "help", "-h", "--help":
		fmt.Fprintln(out, usage())
		return nil
	default:
		return fmt.Errorf("unknown command %q\n%s", name, usage())
	}
}

func usage() string {
	var b strings.Builder
	b.WriteString("usage: inventory COMMAND [flags]\n\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-11s  %s\n", c.name, c.summary)
	}
	b.WriteString("\n\"inventory COMMAND -h\" lists the flags of a command, docs/configuration.md the\nvariables")
	return b.String()
}

func versionCommand(_ context.Context, _ []string, out io.Writer) error {
	fmt.Fprintln(out, process.Version())
	return nil
}
