// Command compose shows that deploy/compose works, with real containers:
// deploy/compose/verify calls it once images and the Docker daemon are there. It
// starts the system, runs the flow of the API through the proxy, kills and
// pauses containers under load, stops and starts everything, and checks that every
// acknowledged write survives. All traffic goes to 127.0.0.1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "compose: %v\n", err)
		os.Exit(1)
	}
}

// run starts the system, runs the steps that the flags select, and leaves the system
// running: the script that chose the name of the project stops it.
func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compose", flag.ContinueOnError)
	command := flags.String("compose", "docker compose", "the `command` that is Docker Compose")
	folder := flags.String("folder", "deploy/compose", "`folder` of the compose files")
	files := flags.String("files", "compose.yaml", "compose `files`, separated by commas")
	secrets := flags.String("secrets", "deploy/compose/secrets/development", "`folder` of the secrets")
	certificates := flags.String("certificates", "", "`folder` of the certificates of compose.tls.yaml, when it is among the files")
	faults := flags.Bool("faults", true, "kill and pause containers, stop and start the system")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := newStack(ctx, strings.Fields(*command), *folder, strings.Split(*files, ","), *secrets)
	if err != nil {
		return err
	}
	if *certificates != "" {
		if err := s.useTLS(*certificates); err != nil {
			return err
		}
	}
	steps := []step{
		{"up", s.up},
		{"open ports and paths, and the rights of the containers", s.exposure},
		{"the flow of the API", s.flow},
	}
	if *certificates != "" {
		steps = append(steps, step{"other certificates", s.replaceCertificates}, step{"the flow of the API with them", s.flow})
	}
	if *faults {
		l := newLoad(s.client)
		steps = append(steps,
			step{"kills and a pause under load", func(ctx context.Context) error { return s.faults(ctx, l) }},
			step{"every acknowledged write is stored", l.check},
			step{"the stream has every event once", l.streamedOnce},
			step{"audit", s.audit},
			step{"a backup", s.backUp},
			step{"an orderly stop", s.stop},
			step{"a restore of the backup", s.restore},
			step{"down, and up again", s.recreate},
			step{"every acknowledged write is still stored", l.check},
		)
	}
	steps = append(steps, step{"audit", s.audit})
	for _, step := range steps {
		started := time.Now()
		if err := step.run(ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", step.name, err), s.logs(context.WithoutCancel(ctx)))
		}
		fmt.Printf("compose: %5.1f s  %s\n", time.Since(started).Seconds(), step.name)
	}
	return nil
}

type step struct {
	name string
	run  func(ctx context.Context) error
}

// patience bounds every wait for a condition. It measures nothing.
const patience = time.Minute

// eventually waits until try succeeds.
func eventually(ctx context.Context, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	var why error
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if why == nil || ctx.Err() == nil { // the error of an interrupted attempt explains nothing
			why = err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the condition was not met in time: %w", why)
		}
	}
}
