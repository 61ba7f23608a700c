package brokertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// process is a host: a local program.
type process struct {
	folder  string     // of this server, removed at its end
	format  [][]string // commands that prepare an empty data folder
	command []string

	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// newProcess returns a process with a folder of its own. The caller sets format
// and command.
func newProcess(t testing.TB) *process {
	t.Helper()
	// Not t.TempDir: a shared server outlives the test that starts it.
	folder, err := os.MkdirTemp("", "brokertest") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	return &process{folder: folder}
}

func (p *process) data() string    { return filepath.Join(p.folder, "data") }
func (p *process) logFile() string { return filepath.Join(p.folder, "log") }

func (p *process) start(ctx context.Context) error {
	if _, err := os.Stat(p.data()); errors.Is(err, os.ErrNotExist) {
		if err := os.Mkdir(p.data(), 0o700); err != nil {
			return err
		}
		for _, f := range p.format {
			if output, err := exec.CommandContext(ctx, f[0], f[1:]...).CombinedOutput(); err != nil { //nolint:gosec // a test's own command
				return fmt.Errorf("%s: %w\n%s", strings.Join(f, " "), err, output)
			}
		}
	}
	file, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	// Not CommandContext: the server outlives the call.
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.folder, file, file
	endWithUs(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.command[0], err)
	}
	p.cmd, p.done = cmd, make(chan struct{})
	go func(done chan struct{}) { // stop, kill or remove waits for it
		_ = cmd.Wait() // exited reports the state
		close(done)
	}(p.done)
	return nil
}

func (p *process) stop(ctx context.Context) error {
	if err := p.exited(ctx); err != nil {
		return err
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("the server does not stop"), p.kill(context.WithoutCancel(ctx)))
	}
}

func (p *process) kill(ctx context.Context) error {
	if err := p.exited(ctx); err != nil {
		return err
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.done
	return nil
}

func (p *process) pause(context.Context) error  { return p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) resume(context.Context) error { return p.cmd.Process.Signal(syscall.SIGCONT) }

func (p *process) wipe(context.Context) error { return os.RemoveAll(p.data()) }

func (p *process) exited(context.Context) error {
	select {
	case <-p.done:
		return fmt.Errorf("%s has ended by itself: %s", p.command[0], p.cmd.ProcessState)
	default:
		return nil
	}
}

func (p *process) log(context.Context) string {
	text, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text))
}

func (p *process) remove() error {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.done
	}
	return os.RemoveAll(p.folder)
}

// lastLines returns the end of a log.
func lastLines(text string) string {
	const count = 60
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
