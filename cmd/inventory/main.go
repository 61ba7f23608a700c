// Command inventory is the whole system in one process, and the tools of its
// operators.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"inventory.example/pkg/process"
)

const usage = `usage: inventory COMMAND [flags]

  run          all services on one port for development: well-known keys, demo data
  serve        all services on one port, configured by the environment
  healthcheck  ask the process that run or serve started on this machine how it is
  audit        check the invariants of a running system
  events       follow and repeat events, dead letters, what waits for the broker
  backup       copy the databases of a running system, all as of one moment
  restore      put the databases of a backup back
  version      print the version

"inventory COMMAND -h" lists the flags of a command, docs/configuration.md the
variables`

var errUsage = errors.New(usage)

func main() {
	process.Main("inventory", func(ctx context.Context) error {
		if len(os.Args) < 2 {
			return errUsage
		}
		err := command(ctx, os.Args[1], os.Args[2:])
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	})
}

func command(ctx context.Context, name string, args []string) error {
	switch name {
	case "run":
		return serveCommand(ctx, "run", args, true)
	case "serve":
		return serveCommand(ctx, "serve", args, false)
	case "audit":
		return auditCommand(ctx, args)
	case "events":
		return eventsCommand(ctx, args)
	case "backup":
		return backupCommand(ctx, args)
	case "restore":
		return restoreCommand(ctx, args)
	case "healthcheck":
		return healthcheckCommand(ctx, args)
	case "version":
		fmt.Println(process.Version())
		return nil
	case "help", "-h", "--help":
		fmt.Println(usage)
		return nil
	default:
		return fmt.Errorf("unknown command %q\n%w", name, errUsage)
	}
}

// noArguments parses the flags of a command that takes nothing else.
func noArguments(flags *flag.FlagSet, args []string) error {
	withoutFlags := true
	flags.VisitAll(func(*flag.Flag) { withoutFlags = false })
	if withoutFlags {
		flags.Usage = func() {
			_, _ = fmt.Fprintf(flags.Output(), "inventory %s has no flags; docs/configuration.md lists its variables\n", flags.Name())
		}
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s takes no arguments, only flags", flags.Name())
	}
	return nil
}
