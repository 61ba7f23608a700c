package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// services are those whose images are of this repository, as compose names them.
var services = []string{"catalog", "stock", "reservation", "notifier"}

// stack is a system that Compose runs.
type stack struct {
	client     *client
	command    []string // Compose with the files
	folder     string
	env        []string
	serviceKey string
	// certificates is the folder of those of compose.tls.yaml; empty without it.
	certificates string
	postgres     bool   // compose.postgres.yaml is among the files
	backup       string // folder or file of the backup, in its container
}

// newStack returns a system that is not started yet. secrets is the folder of its
// secrets; the client uses the API key that is called Admin, or else the first.
func newStack(ctx context.Context, command []string, folder string, files []string, secrets string) (*stack, error) {
	secrets, err := filepath.Abs(secrets)
	if err != nil {
		return nil, err
	}
	keys, err := os.ReadFile(filepath.Join(secrets, "api_keys"))
	if err != nil {
		return nil, err
	}
	serviceKey, err := os.ReadFile(filepath.Join(secrets, "service_key"))
	if err != nil {
		return nil, err
	}
	var key string
	for entry := range strings.SplitSeq(strings.TrimSpace(string(keys)), ",") {
		k, name, _ := strings.Cut(entry, ":")
		if key == "" || name == "Admin" {
			key = k
		}
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		command = append(command, "-f", file)
	}
	// ENV_FILE and --env-file keep a file .env of this checkout out of the services
	// and of Compose itself.
	return &stack{
		client: newClient("http://127.0.0.1:"+strconv.Itoa(port), key), folder: folder,
		postgres:   slices.Contains(files, "compose.postgres.yaml"),
		serviceKey: strings.TrimSpace(string(serviceKey)),
		command:    append(command, "--env-file", os.DevNull, "--progress", "quiet"),
		env:        append(os.Environ(), "ENV_FILE=none", "LISTEN_ADDRESS=127.0.0.1", "LISTEN_PORT="+strconv.Itoa(port), "SECRETS_DIR="+secrets),
	}, nil
}

// freePort returns a port of 127.0.0.1 that no process listens on.
func freePort(ctx context.Context) (int, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// compose runs a command of Compose and returns its output.
func (s *stack) compose(ctx context.Context, args ...string) (string, error) {
	return s.program(ctx, append(slices.Clone(s.command), args...)...)
}

func (s *stack) program(ctx context.Context, words ...string) (string, error) {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = s.folder, s.env
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(words, " "), err, out, &complaints)
	}
	return strings.TrimSpace(string(out)), nil
}

func (s *stack) up(ctx context.Context) error {
	_, err := s.compose(ctx, "up", "--wait", "--no-build", "--pull", "missing")
	return err
}

// container is the part of the output of "docker inspect" that the steps use.
type container struct {
	Name         string
	RestartCount int
	State        struct {
		Pid       int
		ExitCode  int
		Running   bool
		OOMKilled bool
		Health    struct{ Status string }
	}
	Config struct {
		User   string
		Labels map[string]string
	}
	HostConfig struct {
		ReadonlyRootfs bool
		CapDrop        []string
		SecurityOpt    []string
		Memory         int64
		PidsLimit      int64
		RestartPolicy  struct{ Name string }
	}
	NetworkSettings struct {
		Ports map[string][]struct{ HostIP string }
	}
}

// containers returns all containers of the system: the first of a service under its
// name, such as stock, the second as stock-2.
func (s *stack) containers(ctx context.Context) (map[string]container, error) {
	ids, err := s.compose(ctx, "ps", "--all", "--quiet")
	if err != nil {
		return nil, err
	}
	if ids == "" {
		return nil, errors.New("there are no containers")
	}
	text, err := s.program(ctx, append([]string{"docker", "inspect"}, strings.Fields(ids)...)...)
	if err != nil {
		return nil, err
	}
	var all []container
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, err
	}
	byService := map[string]container{}
	for _, c := range all {
		name := c.Config.Labels["com.docker.compose.service"]
		if number := c.Config.Labels["com.docker.compose.container-number"]; number != "1" {
			name += "-" + number
		}
		byService[name] = c
	}
	return byService, nil
}

// audit checks the invariants over the running services.
func (s *stack) audit(ctx context.Context) error {
	report, err := s.compose(ctx, "run", "--rm", "tools", "audit", "-drained")
	if err != nil {
		return err
	}
	fmt.Println(report)
	return nil
}

// logs returns an error with the ends of the containers' logs.
func (s *stack) logs(ctx context.Context) error {
	text, err := s.compose(ctx, "logs", "--no-color", "--tail", "20")
	if err != nil {
		return err
	}
	return errors.New("the last lines of the logs:\n" + text)
}
