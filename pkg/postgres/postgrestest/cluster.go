package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a host: a database cluster of this machine.
type cluster struct {
	programs string // folder
	folder   string // of this cluster, removed at its end
	settings []string
	port     *port

	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

var versionPattern = regexp.MustCompile(`PostgreSQL\) (\d+)`)

// versionOf returns the major version of the server in a folder.
func versionOf(ctx context.Context, folder string) (string, error) {
	text, err := exec.CommandContext(ctx, filepath.Join(folder, "postgres"), "--version").Output() //nolint:gosec // the folder is the tests' own setting
	if err != nil {
		return "", fmt.Errorf("%s/postgres --version: %w", folder, err)
	}
	match := versionPattern.FindStringSubmatch(string(text))
	if match == nil {
		return "", fmt.Errorf("%s/postgres is of an unknown version: %s", folder, text)
	}
	return match[1], nil
}

func newCluster(t testing.TB, programs string, settings []string) *cluster {
	t.Helper()
	// Not t.TempDir: a shared server outlives the test that starts it, and the
	// path of its socket is limited to 107 bytes.
	folder, err := os.MkdirTemp("", "pgtest") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, err := serverUser()
	if err == nil && os.Geteuid() == 0 {
		err = os.Chown(folder, int(uid), int(gid))
	}
	if err != nil {
		t.Fatal(err)
	}
	return &cluster{programs: programs, folder: folder, settings: settings, port: newPort(t)}
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *cluster) url() string {
	return fmt.Sprintf("postgres://inventory@%s/postgres?sslmode=disable", c.port.addr())
}

// command returns a command of the server's user.
func (c *cluster) command(program string, args ...string) (*exec.Cmd, error) {
	// Not CommandContext: the server outlives the call.
	cmd := exec.Command(filepath.Join(c.programs, program), args...) //nolint:gosec // the folder is the tests' own setting
	cmd.Dir = c.folder
	endWithUs(cmd)
	if os.Geteuid() == 0 {
		uid, gid, err := serverUser()
		if err != nil {
			return nil, err
		}
		actAs(cmd, uid, gid)
	}
	return cmd, nil
}

func (c *cluster) start(context.Context) error {
	if _, err := os.Stat(c.data()); errors.Is(err, os.ErrNotExist) {
		initdb, err := c.command("initdb", "--pgdata", c.data(), "--username", "inventory", "--auth", "trust",
			"--no-locale", "--encoding", "UTF8", "--no-sync")
		if err != nil {
			return err
		}
		if output, err := initdb.CombinedOutput(); err != nil {
			return fmt.Errorf("initdb: %w\n%s", err, output)
		}
	}
	args := append([]string{
		"-D", c.data(), "-k", c.folder, "-p", strconv.Itoa(c.port.number),
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "log_statement_stats=off",
	}, c.settings...)
	cmd, err := c.command("postgres", args...)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(c.folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	c.cmd, c.done = cmd, make(chan struct{})
	go func(done chan struct{}) { // stop, kill or end waits for it
		_ = cmd.Wait() // exited reports the state
		close(done)
	}(c.done)
	return nil
}

func (c *cluster) stop(ctx context.Context) error {
	if err := c.exited(ctx); err != nil {
		return err
	}
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil { // "fast shutdown"
		return err
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("the server does not stop"), c.kill(context.WithoutCancel(ctx)))
	}
}

// kill kills the server and its children, which are process groups of their own.
func (c *cluster) kill(ctx context.Context) error {
	if err := c.exited(ctx); err != nil {
		return err
	}
	// Stopped first, so that it starts no child after the others were listed.
	list, err := c.signal(syscall.SIGSTOP, syscall.SIGKILL)
	<-c.done
	// A server does not start beside one that is left of those before.
	for _, pid := range list {
		for err == nil && !hasEnded(pid) {
			select {
			case <-time.After(pollPause):
			case <-ctx.Done():
				err = fmt.Errorf("process %d of the server does not end", pid)
			}
		}
	}
	return err
}

func (c *cluster) pause(context.Context) error {
	_, err := c.signal(syscall.SIGSTOP, syscall.SIGSTOP)
	return err
}

func (c *cluster) resume(context.Context) error {
	_, err := c.signal(syscall.SIGCONT, syscall.SIGCONT)
	return err
}

// signal sends first to the server, then second to its children, which it
// returns, and to itself.
func (c *cluster) signal(first, second syscall.Signal) (list []int, err error) {
	if err := c.cmd.Process.Signal(first); err != nil {
		return nil, err
	}
	if list, err = children(c.cmd.Process.Pid); err != nil {
		return nil, err
	}
	for _, pid := range list {
		// One that has ended by itself is as good as one that got the signal.
		if err := syscall.Kill(pid, second); err != nil && !errors.Is(err, syscall.ESRCH) {
			return nil, err
		}
	}
	return list, c.cmd.Process.Signal(second)
}

func (c *cluster) exited(context.Context) error {
	select {
	case <-c.done:
		return fmt.Errorf("%s has ended by itself: %s", c.cmd.Path, c.cmd.ProcessState)
	default:
		return nil
	}
}

func (c *cluster) log(context.Context) string {
	text, err := os.ReadFile(filepath.Join(c.folder, "log"))
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text))
}

func (c *cluster) remove() error {
	if c.cmd != nil && c.exited(context.Background()) == nil {
		_ = c.cmd.Process.Signal(syscall.SIGCONT) // the test may have ended while it was paused
		_ = c.resume(context.Background())
		_ = c.cmd.Process.Signal(syscall.SIGQUIT) // ends the children too
		<-c.done
	}
	c.port.release()
	return os.RemoveAll(c.folder)
}

// hasEnded reports whether a process has ended, also one that its parent has not
// noticed yet.
func hasEnded(pid int) bool {
	output, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output() // an error when there is none
	state := strings.TrimSpace(string(output))
	return state == "" || strings.HasPrefix(state, "Z")
}

// children returns the processes that pid has started.
func children(pid int) (list []int, err error) {
	output, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	for line := range strings.Lines(string(output)) {
		var child, parent int
		if _, err := fmt.Sscan(line, &child, &parent); err == nil && parent == pid {
			list = append(list, child)
		}
	}
	return list, nil
}
