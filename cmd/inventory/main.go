// Command inventory is the whole system in one process, the commands of people who
// work with it, and the tools of its operators.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"inventory.example/cmd/inventory/internal/auditor"
	"inventory.example/cmd/inventory/internal/backup"
	"inventory.example/cmd/inventory/internal/eventtools"
	"inventory.example/cmd/inventory/internal/terminal"
	"inventory.example/pkg/process"
)

// The groups of commands, in the order of the help.
const (
	groupRun       = "run"
	groupOperators = "operators"
)

// command is a command that reads its own flags. It prints its result to out.
type command struct {
	name, group, summary string
	run                  func(ctx context.Context, args []string, out io.Writer) error
}

var commands = []command{
	{"run", groupRun, "all services on one port for development: well-known keys, demo data", runCommand},
	{"serve", groupRun, "all services on one port, configured by the environment", serveCommand},
	{"healthcheck", groupRun, "ask the process that run or serve started on this machine how it is", healthcheckCommand},
	{"audit", groupOperators, "check the invariants of a running system", auditor.Run},
	{"events", groupOperators, "follow and repeat events, dead letters, events not yet published", eventtools.Run},
	{"backup", groupOperators, "copy the databases of a running system as one snapshot", backup.Run},
	{"restore", groupOperators, "put the databases of a backup back", backup.Restore},
	{"version", groupOperators, "print the version", versionCommand},
}

func main() {
	process.Main("inventory", func(ctx context.Context) error {
		return program().ExecuteContext(ctx)
	})
}

// program returns all commands.
func program() *cobra.Command {
	root := &cobra.Command{
		Use: "inventory", Short: "stock and reservations of a chain of stores",
		Long:          "The inventory of a chain of stores: the system itself, and commands for those who work with it.",
		SilenceErrors: true, SilenceUsage: true, // process.Main prints the error in one line
		Args: cobra.ArbitraryArgs,
		RunE: func(root *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &terminal.UsageError{Cause: fmt.Errorf("unknown command %q; inventory help lists the commands", args[0])}
			}
			return root.Help()
		},
	}
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return &terminal.UsageError{Cause: fmt.Errorf("%w; %s -h lists the flags", err, command.CommandPath())}
	})
	root.AddGroup(
		&cobra.Group{ID: groupRun, Title: "Running the system (docs/configuration.md lists the variables):"},
		&cobra.Group{ID: terminal.GroupPeople, Title: "Working with it (docs/cli.md):"},
		&cobra.Group{ID: groupOperators, Title: "For operators (docs/runbook.md):"},
	)
	for _, c := range commands {
		root.AddCommand(&cobra.Command{
			Use: c.name, Short: c.summary, GroupID: c.group, DisableFlagParsing: true,
			RunE: func(command *cobra.Command, args []string) error {
				err := c.run(command.Context(), args, os.Stdout)
				if errors.Is(err, flag.ErrHelp) {
					return nil
				}
				return err
			},
		})
	}
	terminal.AddTo(root)
	return root
}

func versionCommand(_ context.Context, _ []string, out io.Writer) error {
	fmt.Fprintln(out, process.Version())
	return nil
}
