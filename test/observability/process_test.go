package observability_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a program that runs until the test's end.
type process struct {
	cmd   *exec.Cmd
	base  string // URL where it listens
	ended chan struct{}

	mu      sync.Mutex
	printed bytes.Buffer
}

// Write implements io.Writer for the output of the program.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.Write(text)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.String()
}

// start starts a program and waits until it has printed the address that it
// listens on, which is the first group of the pattern.
func start(t *testing.T, cmd *exec.Cmd, pattern string) *process {
	t.Helper()
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p, p
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // the status is in ProcessState
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Logf("%s printed\n%s", filepath.Base(cmd.Path), p.text())
		}
	})
	address := regexp.MustCompile(pattern)
	eventually(t, filepath.Base(cmd.Path)+" listens", func() error {
		select {
		case <-p.ended:
			t.Fatalf("%s ended: %s", cmd, cmd.ProcessState)
		default:
		}
		found := address.FindStringSubmatch(p.text())
		if found == nil {
			return errors.New("the program has printed no address")
		}
		p.base = "http://" + found[1]
		return nil
	})
	return p
}

// stop sends SIGTERM to the program and waits until it has ended.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	select {
	case <-p.ended:
	case <-time.After(within):
		_ = p.cmd.Process.Kill()
		<-p.ended
		t.Error("the program did not end after SIGTERM")
	}
}

// startInventory builds and starts all services in one process, with additional
// variables.
func startInventory(t *testing.T, environment ...string) *process {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "inventory")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", path, "./inventory")
	build.Dir = root + "/cmd"
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	cmd := exec.Command(path, "serve")
	cmd.Dir = folder
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "DATA_DIR=" + filepath.Join(folder, "data"), "SERVER_PORT=0", "LISTEN_HOST=127.0.0.1",
		"API_KEYS=" + apiKey + ":Tester", "WEBHOOK_ALLOW_PRIVATE=true",
	}, environment...)
	return start(t, cmd, `"msg":"listening".*"addr":"([^"]+)"`)
}
