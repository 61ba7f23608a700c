// Package process is the frame of every main: signals in, one line on failure
// out.
package process

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/google/uuid"
)

// gcPercent lets the heap grow to five times its live size before it is
// collected. The live heap of a service is a few megabytes, so the garbage of
// requests is what counts: collecting it less often costs little memory. GOGC
// in the environment wins.
const gcPercent = 400

// Main calls run with a context that ends at SIGINT or SIGTERM, and exits: with
// 0 when run returns nil, otherwise with 1 after printing the error to standard
// error, headed by name. A second signal kills the process.
func Main(name string, run func(ctx context.Context) error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // from here on the default action applies again
	}()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// healthcheck is the argument that makes the program of a service ask the
// running one how it is.
const healthcheck = "healthcheck"

// Service is Main for the program of a service, which takes no arguments but
// one: with "healthcheck" it is to ask the service that runs beside it, as the
// health check of a container, where there is no other program, and run is told
// so. Main's exit codes are what a health check needs.
func Service(name string, run func(ctx context.Context, healthcheck bool) error) {
	Main(name, func(ctx context.Context) error {
		check, err := isHealthcheck(os.Args[1:])
		if err != nil {
			return err
		}
		return run(ctx, check)
	})
}

func isHealthcheck(args []string) (bool, error) {
	switch {
	case len(args) == 0:
		return false, nil
	case len(args) == 1 && args[0] == healthcheck:
		return true, nil
	default:
		return false, fmt.Errorf("unknown arguments %q; there is only %q, and the environment configures the service", args, healthcheck)
	}
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

// NewID returns a new UUIDv7: unique, and in the order of its making.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
