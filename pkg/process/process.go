// Package process runs programs: Main handles signals, exit codes and the line on
// failure, Load reads the settings from the environment, Group starts the
// long-lived parts and stops them in order, and Alone is the program of one
// service.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/google/uuid"
)

// gcPercent lets the heap grow to five times its live size before it is
// collected. The live heap of a service is a few megabytes and most of the rest
// is garbage of requests: collecting it less often costs little memory. GOGC in
// the environment wins.
const gcPercent = 400

// ExitCoder is an error with an exit code of its own.
type ExitCoder interface {
	error
	ExitCode() int
}

// Main calls run with a context that ends at SIGINT or SIGTERM, and exits: with
// 0 when run returns nil, otherwise with the code of the error (1 unless it is an
// ExitCoder) after printing the error to standard error, headed by name. A second
// signal kills the process.
func Main(name string, run func(ctx context.Context) error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal then kills the process
	}()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		code := 1
		var coder ExitCoder
		if errors.As(err, &coder) {
			code = coder.ExitCode()
		}
		os.Exit(code)
	}
	os.Exit(0)
}

const usage = `usage: %[1]s [healthcheck | version | help]

Without an argument the service runs until SIGTERM. The environment configures
it; docs/configuration.md lists the variables.

  healthcheck  ask the %[1]s that runs on this machine how it is
  version      print the version
`

// serviceMain is Main for the program of a service. With the argument
// "healthcheck", run must call the running service on this machine: it is the
// health check of a container, which has no other program for that. Main's exit
// codes are those of a health check.
func serviceMain(name string, run func(ctx context.Context, healthcheck bool) error) {
	Main(name, func(ctx context.Context) error {
		args := os.Args[1:]
		switch {
		case len(args) == 0:
			return run(ctx, false)
		case len(args) > 1:
			return fmt.Errorf("unknown arguments %q; see %s help", args, name)
		}
		switch args[0] {
		case "healthcheck":
			return run(ctx, true)
		case "version":
			fmt.Println(Version())
			return nil
		case "help", "-h", "-help", "--help":
			fmt.Printf(usage, name)
			return nil
		default:
			return fmt.Errorf("unknown argument %q; see %s help", args[0], name)
		}
	})
}

// Version returns the version of the build, as the linker or the module
// recorded it, and "dev" when neither did.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// version is set by -ldflags "-X inventory.example/pkg/process.version=…".
var version string

// NewID returns a new UUIDv7. The ids are unique and sort by the time of their
// creation.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
