package brokersystem_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// service is one of the services as a process of its own, through kills and
// starts on the same port and the same data.
type service struct {
	*client

	t    testing.TB
	name string
	env  []string
	file string  // the database
	log  *output // of all its lives
	// programs is the folder with its program; empty: as this tree builds it.
	programs string

	cmd   *exec.Cmd
	ended chan struct{} // closed once the process has ended
}

// output keeps the output of a process.
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

// lines returns the lines that have all of the texts.
func (o *output) lines(texts ...string) (found []string) {
line:
	for line := range strings.Lines(o.String()) {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue line
			}
		}
		found = append(found, line)
	}
	return found
}

// command returns a program in an environment of its own.
func command(t testing.TB, name string, args []string, env ...string) *exec.Cmd {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, name), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	return cmd
}

// givenPorts are those that freePort returned: they are not used while their
// service is down.
var givenPorts sync.Map

// freePort returns a port without a listener that no other call returns. It is
// below the ephemeral ports, which an outgoing connection could get while a killed
// service is started again, and above the ports of brokertest with the second
// ports of a Redis cluster.
func freePort(t testing.TB) int {
	t.Helper()
	var listen net.ListenConfig
	for range 100 {
		port := 30_000 + rand.IntN(2_700)
		if _, given := givenPorts.LoadOrStore(port, true); given {
			continue
		}
		l, err := listen.Listen(t.Context(), "tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		_ = l.Close()
		return port
	}
	t.Fatal("no free port")
	return 0
}

// start starts the process and waits until it is ready.
func (s *service) start() {
	s.t.Helper()
	s.launch()
	eventually(s.t, s.name, func() error {
		select {
		case <-s.ended:
			return fmt.Errorf("%w: it ended: %s\n%s", errHopeless, s.cmd.ProcessState, s.log)
		default:
		}
		a, err := s.send(http.MethodGet, "/ready", nil)
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("%s", a)
		}
		return err
	})
}

// launch starts the process.
func (s *service) launch() {
	s.t.Helper()
	s.cmd = command(s.t, s.name, nil, s.env...)
	if s.programs != "" {
		s.cmd.Path = filepath.Join(s.programs, s.name)
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, ended := s.cmd, make(chan struct{})
	s.ended = ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // ProcessState has the result
	}()
}

// kill ends the process at once, wherever it is.
func (s *service) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // fails when it has ended
	<-s.ended
}

// stop ends the process in order.
func (s *service) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	s.endsWell()
}

// endsWell waits for the end of a process after its signal to stop. It exits with
// 0 if every part stopped within SHUTDOWN_TIMEOUT.
func (s *service) endsWell() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(within):
		s.t.Fatalf("%s did not end after SIGTERM within %s", s.name, within)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("%s: exit code %d after SIGTERM", s.name, code)
	}
}

// wantsAlive fails the test when the process has ended.
func (s *service) wantsAlive() {
	s.t.Helper()
	select {
	case <-s.ended:
		s.t.Fatalf("%s ended: %s", s.name, s.cmd.ProcessState)
	default:
	}
}

// neverLogged are texts that no test may cause, with any fault.
var neverLogged = []string{"contradicts the hold", "panic", "DATA RACE", "INTERNAL_ERROR"}

const buried = "became a dead letter"

// check fails the test if the process logged a forbidden text, and shows the log
// of a failed test.
func (s *service) check(never ...string) {
	text := s.log.String()
	for _, never := range append(never, neverLogged...) {
		if strings.Contains(text, never) {
			s.t.Errorf("the log of %s has %q", s.name, never)
		}
	}
	if s.t.Failed() && text != "" {
		const shown = 6 << 10
		s.t.Logf("the end of the log of %s:\n%s", s.name, text[max(0, len(text)-shown):])
	}
}

// finish runs a command to its end, which must come soon, and returns its output
// and exit code.
func finish(t testing.TB, cmd *exec.Cmd) (text string, code int) {
	t.Helper()
	printed := &output{}
	cmd.Stdout, cmd.Stderr = printed, printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	_ = cmd.Wait() // ProcessState has the result
	return printed.String(), cmd.ProcessState.ExitCode()
}
