package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// server is a child process that serves HTTP.
type server struct {
	addr    string // host:port
	command *exec.Cmd
}

// startSelf starts a command of this program that takes the address to listen on.
func startSelf(ctx context.Context, args ...string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startServer(ctx, self, func(addr string) ([]string, []string) { return append(args, "-addr", addr), nil })
}

// startServer starts a program on a free port of this machine and waits until it is
// ready. setup returns its arguments and the additions to its environment.
func startServer(ctx context.Context, program string, setup func(addr string) (args, environment []string)) (*server, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	args, environment := setup(addr)
	command := exec.CommandContext(ctx, program, args...)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.Env = append(os.Environ(), environment...)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s (run make build first): %w", program, err)
	}
	s := &server{addr: addr, command: command}
	err = eventually(ctx, func() error { return sendRequest(ctx, http.MethodGet, addr, "/ready", nil, nil) })
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("%s did not become ready: %w", program, err)
	}
	return s, nil
}

// stop ends the process and waits for it; a second call does nothing.
func (s *server) stop() {
	if s.command.ProcessState != nil {
		return
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait()
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// startTimeout bounds how long a server may take to become ready.
const startTimeout = 20 * time.Second

// eventually calls try until it succeeds.
func eventually(ctx context.Context, try func() error) error {
	deadline := time.Now().Add(startTimeout)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func post(ctx context.Context, addr, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return sendRequest(ctx, http.MethodPost, addr, path, text, answer)
}

func sendRequest(ctx context.Context, method, addr, path string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-API-Key", apiKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %w", method, path, errors.New(response.Status+": "+string(text)))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
