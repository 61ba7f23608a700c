package brokertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// box is a host: a container. Its ports have the same numbers inside and
// outside.
type box struct {
	image      string
	entrypoint []string // empty: the image's
	command    []string
	env        map[string]string
	files      []testcontainers.ContainerFile
	ports      []*port

	running testcontainers.Container // nil before the first start and after wipe
}

// silence is the logger of testcontainers, whose errors have the same texts.
type silence struct{}

// Printf does nothing.
func (silence) Printf(string, ...any) {}

// dockerTime bounds the question whether Docker is there.
const dockerTime = 2 * time.Second

// docker returns the client of the Docker daemon, or the reason why there is none.
var docker = sync.OnceValues(func() (_ *testcontainers.DockerClient, err error) {
	defer func() {
		if p := recover(); p != nil { // testcontainers does, where it finds no Docker
			err = fmt.Errorf("%v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), dockerTime)
	defer cancel()
	c, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, err
	}
	_, err = c.Ping(ctx, client.PingOptions{})
	return c, err
})

// needDocker skips the test if no Docker daemon responds or the image cannot be
// pulled.
func needDocker(t testing.TB, image, instead string) {
	t.Helper()
	c, err := docker()
	if err != nil {
		t.Logf("ask Docker: %v", err)
		notRun(t, "needs Docker, or %s", instead)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if _, err := c.ImageInspect(ctx, image); err == nil {
		return
	}
	pull, err := c.ImagePull(ctx, image, client.ImagePullOptions{})
	if err == nil {
		err = pull.Wait(ctx)
	}
	if err != nil {
		t.Logf("pull %s: %v", image, err)
		notRun(t, "needs the image %s, which could not be pulled, or %s", image, instead)
	}
}

func imageName(variable, otherwise string) string {
	if name := os.Getenv(variable); name != "" {
		return name
	}
	return otherwise
}

func (b *box) start(ctx context.Context) error {
	if b.running != nil {
		return b.running.Start(ctx)
	}
	for _, f := range b.files { // a container before this one may have read them
		if r, ok := f.Reader.(io.Seeker); ok {
			if _, err := r.Seek(0, io.SeekStart); err != nil {
				return err
			}
		}
	}
	bindings, exposed := network.PortMap{}, make([]string, 0, len(b.ports))
	for _, p := range b.ports {
		number := strconv.Itoa(p.number)
		exposed = append(exposed, number+"/tcp")
		bindings[network.MustParsePort(number+"/tcp")] = []network.PortBinding{
			{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: number},
		}
	}
	var err error
	b.running, err = testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Image: b.image, Entrypoint: b.entrypoint, Cmd: b.command, Env: b.env, Files: b.files,
			ExposedPorts:       exposed,
			HostConfigModifier: func(c *container.HostConfig) { c.PortBindings = bindings },
		},
		Started: true, Logger: silence{},
	})
	if err != nil {
		return fmt.Errorf("run a container of %s: %w", b.image, err)
	}
	return nil
}

func (b *box) stop(ctx context.Context) error {
	timeout := stopTime / 2
	return b.running.Stop(ctx, &timeout)
}

func (b *box) kill(ctx context.Context) error {
	c, err := docker()
	if err != nil {
		return err
	}
	defer c.Close() // only its idle connections; docker() still works
	if _, err := c.ContainerKill(ctx, b.running.GetContainerID(), client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		return err
	}
	none := time.Duration(0)
	return b.running.Stop(ctx, &none) // waits for the end
}

func (b *box) pause(ctx context.Context) error {
	c, err := docker()
	if err == nil {
		defer c.Close()
		_, err = c.ContainerPause(ctx, b.running.GetContainerID(), client.ContainerPauseOptions{})
	}
	return err
}

func (b *box) resume(ctx context.Context) error {
	c, err := docker()
	if err == nil {
		defer c.Close()
		_, err = c.ContainerUnpause(ctx, b.running.GetContainerID(), client.ContainerUnpauseOptions{})
	}
	return err
}

// wipe removes the container. The next start creates another.
func (b *box) wipe(context.Context) error {
	if b.running == nil {
		return nil
	}
	err := testcontainers.TerminateContainer(b.running)
	b.running = nil
	return err
}

func (b *box) exited(ctx context.Context) error {
	state, err := b.running.State(ctx)
	if err != nil {
		return err
	}
	if !state.Running {
		return fmt.Errorf("the container of %s has ended by itself with exit code %d", b.image, state.ExitCode)
	}
	return nil
}

func (b *box) log(ctx context.Context) string {
	r, err := b.running.Logs(ctx)
	if err != nil {
		return err.Error()
	}
	defer r.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, r); err != nil {
		return err.Error()
	}
	return lastLines(text.String())
}

func (b *box) remove() error { return b.wipe(context.Background()) }
