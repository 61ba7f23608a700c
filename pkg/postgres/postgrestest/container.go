package postgrestest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Image is the default image of the containers.
const Image = "postgres:18-alpine"

func imageName() string {
	if name := os.Getenv("POSTGRES_IMAGE"); name != "" {
		return name
	}
	return Image
}

// box is a host: a container. It is driven by the docker command: every service's
// tests import this package, and a client library of Docker would bring some
// forty modules into each of their go.mod files.
type box struct {
	image    string
	settings []string
	port     *port
	id       string // empty before the first start
}

// dockerTime bounds the question whether Docker is there.
const dockerTime = 5 * time.Second

// docker runs the docker command and returns its output.
func docker(ctx context.Context, args ...string) (string, error) {
	output, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput() //nolint:gosec // the arguments are the tests' own
	text := strings.TrimSpace(string(output))
	if err != nil {
		return text, fmt.Errorf("docker %s: %w: %s", args[0], err, text)
	}
	return text, nil
}

// needDocker skips the test where no Docker daemon responds or the image is not
// available.
func needDocker(t testing.TB, image string) {
	t.Helper()
	const instead = "TEST_POSTGRES=the folders of PostgreSQL's programs (.ci/postgres), or TEST_POSTGRES_URL"
	ctx, cancel := context.WithTimeout(t.Context(), dockerTime)
	defer cancel()
	if _, err := docker(ctx, "info"); err != nil {
		t.Logf("ask Docker: %v", err)
		notRun(t, "needs Docker, or %s", instead)
	}
	ctx, cancel = context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if _, err := docker(ctx, "image", "inspect", image); err == nil {
		return
	}
	if _, err := docker(ctx, "pull", "--quiet", image); err != nil {
		t.Logf("pull %s: %v", image, err)
		notRun(t, "needs the image %s, which could not be pulled, or %s", image, instead)
	}
}

func newBox(t testing.TB, image string, settings []string) *box {
	t.Helper()
	return &box{image: image, settings: settings, port: newPort(t)}
}

func (b *box) url() string {
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable", b.port.addr())
}

func (b *box) start(ctx context.Context) error {
	if b.id != "" {
		_, err := docker(ctx, "start", b.id)
		return err
	}
	id, err := docker(ctx, append([]string{
		"run", "--detach", "--publish", "127.0.0.1:" + strconv.Itoa(b.port.number) + ":5432",
		"--env", "POSTGRES_HOST_AUTH_METHOD=trust", b.image, "postgres", "-c", "max_connections=200",
	}, b.settings...)...)
	if err == nil {
		lines := strings.Split(id, "\n")
		b.id = lines[len(lines)-1]
	}
	return err
}

func (b *box) stop(ctx context.Context) error {
	_, err := docker(ctx, "stop", "--time", strconv.Itoa(int(stopTime.Seconds()/2)), b.id)
	return err
}

func (b *box) kill(ctx context.Context) error {
	if _, err := docker(ctx, "kill", b.id); err != nil {
		return err
	}
	_, err := docker(ctx, "wait", b.id)
	return err
}

func (b *box) pause(ctx context.Context) error {
	_, err := docker(ctx, "pause", b.id)
	return err
}

func (b *box) resume(ctx context.Context) error {
	_, err := docker(ctx, "unpause", b.id)
	return err
}

func (b *box) exited(ctx context.Context) error {
	state, err := docker(ctx, "inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", b.id)
	if err == nil && !strings.HasPrefix(state, "true") {
		err = fmt.Errorf("the container of %s has ended by itself: %s", b.image, state)
	}
	return err
}

func (b *box) log(ctx context.Context) string {
	text, err := docker(ctx, "logs", b.id)
	if err != nil {
		return err.Error()
	}
	return lastLines(text)
}

func (b *box) remove() error {
	b.port.release()
	if b.id == "" {
		return nil
	}
	_, err := docker(context.Background(), "rm", "--force", "--volumes", b.id)
	return err
}
