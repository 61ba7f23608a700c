package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// pauseOfBroker is how long the broker hangs.
const pauseOfBroker = 5 * time.Second

// between is how many orders are recorded from one fault to the next.
const between = 100

// faults kills and pauses containers while customers are at work.
func (s *stack) faults(ctx context.Context, l *load) error {
	end, err := l.start(ctx)
	if err != nil {
		return err
	}
	defer end()
	for _, fault := range s.all(ctx, l) {
		if err := errors.Join(l.goesOn(ctx, between), fault()); err != nil {
			return err
		}
	}
	if err := l.goesOn(ctx, between); err != nil {
		return err
	}
	end()
	fmt.Printf("compose: %d orders, %d requests were sent again\n", l.recorded(), l.retries)
	return errors.Join(l.wrong...)
}

// all returns the faults in their order.
func (s *stack) all(ctx context.Context, l *load) []func() error {
	if s.postgres {
		return []func() error{
			func() error { return s.crash(ctx, "stock-2") },
			func() error { return s.crash(ctx, "reservation") },
			func() error { return s.crash(ctx, "postgres") },
		}
	}
	return []func() error{
		func() error { return s.crash(ctx, "stock") },
		func() error { return s.crash(ctx, "reservation") },
		func() error { return s.pause(ctx, l, "redis") },
		func() error { return s.crash(ctx, "redis") },
		func() error { return s.crash(ctx, "notifier") },
	}
}

// crash kills the process of a container from outside of Docker, as a bug or a
// lack of memory would, and waits until Docker has restarted the container and
// its health check succeeds.
func (s *stack) crash(ctx context.Context, name string) error {
	before, err := s.containers(ctx)
	if err != nil {
		return err
	}
	if err := kill(ctx, before[name].State.Pid); err != nil {
		return fmt.Errorf("kill %s: %w", name, err)
	}
	return eventually(ctx, func(ctx context.Context) error {
		now, err := s.containers(ctx)
		if err != nil {
			return err
		}
		if c := now[name]; c.RestartCount == before[name].RestartCount || c.State.Health.Status != "healthy" {
			return fmt.Errorf("%s was restarted %d times and is %q", name, c.RestartCount, c.State.Health.Status)
		}
		return nil
	})
}

// kill kills a process that may be another user's.
func kill(ctx context.Context, pid int) error {
	err := syscall.Kill(pid, syscall.SIGKILL)
	if errors.Is(err, syscall.EPERM) {
		return exec.CommandContext(ctx, "sudo", "-n", "kill", "-KILL", strconv.Itoa(pid)).Run()
	}
	return err
}

// pause stops the processes of a broker, and checks that orders go on during the
// pause.
func (s *stack) pause(ctx context.Context, l *load, name string) error {
	if _, err := s.compose(ctx, "pause", name); err != nil {
		return err
	}
	over := time.After(pauseOfBroker)
	err := l.goesOn(ctx, between)
	<-over
	_, resumed := s.compose(context.WithoutCancel(ctx), "unpause", name)
	return errors.Join(err, resumed)
}

// stop stops the containers as "docker stop" does. Each must exit with status 0,
// and while the services are down the proxy must respond with 503 and
// Retry-After.
func (s *stack) stop(ctx context.Context) error {
	if _, err := s.compose(ctx, append([]string{"stop"}, services...)...); err != nil {
		return err
	}
	for _, path := range []string{"/api/v1/products/sku/%22%5C", "/stock/docs", "/"} {
		r, err := s.client.send(ctx, http.MethodGet, path+`?quote="`, nil)
		if err == nil {
			err = r.wantsProblem(http.StatusServiceUnavailable, "STORAGE_UNAVAILABLE", path)
		}
		if err != nil {
			return fmt.Errorf("without services: %w", err)
		}
	}
	if _, err := s.compose(ctx, "stop"); err != nil {
		return err
	}
	all, err := s.containers(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for name, c := range all {
		if c.State.Running || c.State.ExitCode != 0 || c.State.OOMKilled {
			wrong = append(wrong, fmt.Errorf("%s ended with %+v", name, c.State))
		}
	}
	return errors.Join(wrong...)
}

// recreate removes the containers and creates new ones: the data is on the volumes.
func (s *stack) recreate(ctx context.Context) error {
	if _, err := s.compose(ctx, "down"); err != nil {
		return err
	}
	return s.up(ctx)
}
