package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"inventory.example/pkg/process"
)

// child is the variable that turns this test binary into a process under test;
// its value selects one of runs.
const child = "PROCESS_TEST_RUN"

// serviceChild is the variable that turns this test binary into the program of
// a service; its value is the list of arguments.
const serviceChild = "PROCESS_TEST_SERVICE"

var runs = map[string]func(ctx context.Context) error{
	"succeeds": func(context.Context) error { return nil },
	"fails":    func(context.Context) error { return errors.New("the port is taken\nand so is the next") },
	"stops": func(ctx context.Context) error {
		fmt.Println("ready")
		<-ctx.Done()
		return nil
	},
	"hangs": func(ctx context.Context) error {
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("stopping")
		_, err := io.ReadAll(os.Stdin) // the parent keeps it open
		return err
	},
}

func TestMain(m *testing.M) {
	if args, isService := os.LookupEnv(serviceChild); isService {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		process.ServiceMain("service", func(_ context.Context, healthcheck bool) error {
			fmt.Println("healthcheck:", healthcheck)
			return nil
		})
	}
	if run, isChild := runs[os.Getenv(child)]; isChild {
		process.Main("service", run)
	}
	goleak.VerifyTestMain(m)
}

// running is a process under test.
type running struct {
	*exec.Cmd
	out    *bufio.Scanner
	errors strings.Builder
	in     io.Closer
}

func start(t *testing.T, run string) *running {
	t.Helper()
	return startWith(t, child+"="+run)
}

func startWith(t *testing.T, environment string) *running {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &running{Cmd: exec.CommandContext(t.Context(), executable)}
	p.Env = append(os.Environ(), environment)
	p.Stderr = &p.errors
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.in, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	return p
}

// says waits for a line of output and compares it.
func (p *running) says(t *testing.T, want string) {
	t.Helper()
	if !p.out.Scan() || p.out.Text() != want {
		t.Fatalf("the process said %q (%v), want %q; it complained %q", p.out.Text(), p.out.Err(), want, p.errors.String())
	}
}

// ends waits for the end of the process and compares its exit code and the text
// on standard error.
func (p *running) ends(t *testing.T, code int, complaint string) {
	t.Helper()
	for p.out.Scan() {
		t.Errorf("the process said %q", p.out.Text())
	}
	var exit *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exit) {
		t.Errorf("wait: %v", err)
	}
	if got := p.ProcessState.ExitCode(); got != code || p.errors.String() != complaint {
		t.Errorf("exit code %d, complaint %q; want %d, %q", got, p.errors.String(), code, complaint)
	}
}

func TestMain_exitCodes(t *testing.T) {
	t.Run("with 0 when run succeeds", func(t *testing.T) { start(t, "succeeds").ends(t, 0, "") })
	t.Run("with 1 and the reason when run fails", func(t *testing.T) {
		start(t, "fails").ends(t, 1, "service: the port is taken\nand so is the next\n")
	})
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run("with 0 after "+signal.String(), func(t *testing.T) {
			p := start(t, "stops")
			p.says(t, "ready")
			if err := p.Process.Signal(signal); err != nil {
				t.Error(err)
			}
			p.ends(t, 0, "")
		})
	}
}

func TestService(t *testing.T) {
	for args, says := range map[string]string{
		"": "healthcheck: false", "healthcheck": "healthcheck: true", "version": process.Version(),
	} {
		p := startWith(t, serviceChild+"="+args)
		p.says(t, says)
		p.ends(t, 0, "")
	}
	for _, args := range []string{"help", "-h", "-help", "--help"} {
		p := startWith(t, serviceChild+"="+args)
		p.says(t, "usage: service [healthcheck | version | help]")
		for p.out.Scan() {
			continue
		}
		p.ends(t, 0, "")
	}
	for args, complaint := range map[string]string{
		"helthcheck": `unknown argument "helthcheck"`, "healthcheck now": `unknown arguments ["healthcheck" "now"]`,
	} {
		startWith(t, serviceChild+"="+args).ends(t, 1, "service: "+complaint+"; see service help\n")
	}
}

func TestMain_secondSignal(t *testing.T) {
	p := start(t, "hangs")
	p.says(t, "ready")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	p.says(t, "stopping")
	ended := make(chan struct{})
	go func() {
		_ = p.Wait() // ProcessState has the details
		close(ended)
	}()
	// The process restores the default action a moment after the first signal,
	// so the second signal may have no effect.
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			if err := p.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
			continue
		case <-ended:
		}
		break
	}
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("the process ended with %v", p.ProcessState)
	}
}

func TestNewID(t *testing.T) {
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = process.NewID()
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("the ids are not in order, or not unique")
	}
	if id, err := uuid.Parse(ids[0]); err != nil || id.Version() != 7 {
		t.Errorf("id %s: %v", ids[0], err)
	}
}

func TestVersion(t *testing.T) {
	if v := process.Version(); v == "" || strings.ContainsAny(v, " ()") {
		t.Errorf("version %q", v)
	}
}
