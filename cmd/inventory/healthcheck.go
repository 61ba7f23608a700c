package main

import (
	"context"
	"flag"
	"io"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
)

// healthcheckCommand requests the health of the one process of this machine, or of
// this container. The error is shown by a supervisor.
func healthcheckCommand(ctx context.Context, args []string, _ io.Writer) error {
	if err := operator.NoArguments(flag.NewFlagSet("healthcheck", flag.ContinueOnError), args); err != nil {
		return err
	}
	var c Config
	if err := process.Load(ctx, "", &c); err != nil {
		return err
	}
	return httpserver.Healthcheck(ctx, c.Listen, c.Port)
}
