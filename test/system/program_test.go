package system_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds cmd/inventory at its first call and returns its path. The program
// has the race detector when the test has it.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "inventory-system-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "inventory")
	args := []string{"build", "-o", path}
	if raceDetector {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "./inventory")...)
	build.Dir = filepath.Join("..", "..", "cmd")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, text)
	}
	built = dir
	return path, nil
})

// built is the folder that removeBinary removes.
var built string

func removeBinary() {
	if built != "" {
		_ = os.RemoveAll(built)
	}
}

// program is a running "inventory run" or "inventory serve".
type program struct {
	*client

	t      testing.TB
	dir    string // the data
	cmd    *exec.Cmd
	stdout *output
	stderr *output
	ended  chan struct{} // closed once it has ended
}

// output collects the output of a process.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// command returns the program with a command, in an environment of its own.
func command(t testing.TB, dir string, args []string, env ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = t.TempDir()
	// The time-outs between the services are as long as those of the tests, so that
	// no response depends on the speed of the machine.
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "DATA_DIR=" + dir, "SERVER_PORT=0", "LISTEN_HOST=127.0.0.1",
		"HOLD_TIMEOUT=" + within.String(), "SETTLE_TIMEOUT=" + within.String(), "CATALOG_TIMEOUT=" + within.String(),
		"REQUEST_TIMEOUT=" + within.String(),
	}, env...)
	return cmd
}

// serve starts "inventory serve" on the data in dir and waits until it is
// ready.
func serve(t testing.TB, dir string, env ...string) *program {
	t.Helper()
	return start(t, dir, "serve", `"msg":"listening".*"addr":"([^"]+)"`, append([]string{"API_KEYS=" + apiKeys}, env...)...)
}

// run starts "inventory run" on the data in dir and waits until it has printed the
// commands to try.
func run(t testing.TB, dir string, env ...string) *program {
	t.Helper()
	p := start(t, dir, "run", `is running on http://(\S+)`, env...)
	p.key = "dev-key-admin"
	return p
}

// start starts the program and waits until it has printed its address, which
// is the first group of the pattern, and is ready there.
func start(t testing.TB, dir, name, pattern string, env ...string) *program {
	t.Helper()
	p := &program{
		t: t, dir: dir, cmd: command(t, dir, []string{name}, env...), stdout: &output{}, stderr: &output{}, ended: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the status is in ProcessState
	}()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	p.client = &client{key: keyAll, http: &http.Client{Transport: transport}}
	t.Cleanup(func() {
		p.kill()
		transport.CloseIdleConnections()
		p.check()
	})
	address := regexp.MustCompile(pattern)
	eventually(t, "inventory "+name, func() error {
		select {
		case <-p.ended:
			t.Fatalf("inventory %s ended: %s\n%s", name, p.cmd.ProcessState, p.stderr)
		default:
		}
		found := address.FindStringSubmatch(p.stdout.String() + p.stderr.String())
		if found == nil {
			return fmt.Errorf("the program has printed no address")
		}
		p.base = "http://" + found[1]
		a, err := p.send(http.MethodGet, "/ready", nil)
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("%s", a)
		}
		return err
	})
	return p
}

// kill ends the process at once.
func (p *program) kill() {
	_ = p.cmd.Process.Kill() // fails when it has ended
	<-p.ended
}

// terminate asks the process to stop and returns its exit code.
func (p *program) terminate() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	reached(p.t, "the process ends after SIGTERM", p.ended)
	return p.cmd.ProcessState.ExitCode()
}

// audit runs "inventory audit --drained" against the process and its data.
func (p *program) audit(t testing.TB) {
	t.Helper()
	if text, code := finish(t, command(t, p.dir, []string{"audit", "--drained", "--url", p.base})); code != 0 {
		t.Errorf("inventory audit: exit code %d\n%s", code, text)
	}
}

// check fails the test when the log has one of neverLogged, and shows the log of a
// failed test.
func (p *program) check() {
	(&logText{text: *bytes.NewBufferString(p.stderr.String())}).check(p.t)
}

// finish runs a command, which must end soon, and returns its output and its exit
// code.
func finish(t testing.TB, cmd *exec.Cmd) (text string, code int) {
	t.Helper()
	printed := &output{}
	cmd.Stdout, cmd.Stderr = printed, printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	soon := time.AfterFunc(within, func() { _ = cmd.Process.Kill() })
	defer soon.Stop()
	_ = cmd.Wait() // the status is in ProcessState
	return printed.String(), cmd.ProcessState.ExitCode()
}

// fails runs the program, which must end with exit code 1 after it printed one
// line, and returns that line.
func fails(t testing.TB, dir string, args []string, env ...string) string {
	t.Helper()
	text, code := finish(t, command(t, dir, args, env...))
	line, more, _ := strings.Cut(text, "\n")
	if code != 1 || more != "" || !strings.HasPrefix(line, "inventory: ") {
		t.Errorf("exit code %d, want 1 and one line:\n%s", code, text)
	}
	return line
}
