package brokertest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// RedisOptions are the options of a Redis server.
type RedisOptions struct {
	// Persistent: each write is on disk before its response (appendonly,
	// appendfsync always). Otherwise a restart loses everything.
	Persistent bool
	// TLS: the server speaks TLS only, with this certificate.
	TLS *Certificate
	// Args are more options of redis-server, such as --requirepass secret.
	Args []string
	// Program: the server must not run in a container, because servers have to
	// reach each other on 127.0.0.1.
	Program bool
}

// RedisServer is a Redis server of one test.
type RedisServer struct {
	*Server
	addr string
}

// Redis starts a server for this test, which ends with it.
func Redis(t testing.TB, o RedisOptions) *RedisServer {
	t.Helper()
	s, addr := newRedis(t, o)
	own(t, s)
	return &RedisServer{Server: s, addr: addr}
}

// Addr returns host:port, the same after a restart.
func (s *RedisServer) Addr() string { return s.addr }

var sharedRedis shared

// SharedRedis returns the address (host:port) of the server that all tests of
// this binary share; each uses streams of its own.
func SharedRedis(t testing.TB) string {
	t.Helper()
	if addr := os.Getenv("TEST_REDIS_ADDR"); addr != "" {
		return addr
	}
	sharedRedis.get(t, func(t testing.TB) *Server {
		s, _ := newRedis(t, RedisOptions{})
		return s
	})
	return sharedRedis.server.ports[0].addr()
}

// Sentinel starts a sentinel for this test that watches the server under the
// name master.
func Sentinel(t testing.TB, server *RedisServer, master string) *RedisServer {
	t.Helper()
	program := redisProgram(t)
	if program == "" {
		notRun(t, "a sentinel needs TEST_REDIS_SERVER=the path of redis-server")
	}
	p, listen := newProcess(t), newPort(t)
	_, number, err := net.SplitHostPort(server.addr)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.folder, "sentinel.conf") // the sentinel rewrites it
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\nsentinel monitor %s 127.0.0.1 %s 1\n", listen.number, master, number)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.command = []string{program, file, "--sentinel"}
	s := &Server{host: p, ports: []*port{listen}, check: pinger(listen.addr(), nil)}
	own(t, s)
	return &RedisServer{Server: s, addr: listen.addr()}
}

// redisProgram returns the path of redis-server; empty: there is none.
func redisProgram(t testing.TB) string {
	t.Helper()
	program := os.Getenv("TEST_REDIS_SERVER")
	if program == "" {
		return ""
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatal("TEST_REDIS_SERVER: ", err)
	}
	return program
}

// newRedis returns a server, which the caller must start and remove, and its
// address.
func newRedis(t testing.TB, o RedisOptions) (s *Server, addr string) {
	t.Helper()
	program, image := redisProgram(t), imageName("REDIS_IMAGE", RedisImage)
	if program == "" && o.Program {
		notRun(t, "needs TEST_REDIS_SERVER=the path of redis-server")
	}
	if program == "" {
		needDocker(t, image, "TEST_REDIS_SERVER=the path of redis-server")
	}
	listen := newPort(t)
	s = &Server{ports: []*port{listen}, check: pinger(listen.addr(), o.TLS)}
	if program != "" {
		p := newProcess(t)
		args := append(redisArgs(o, listen.number, o.TLS), "--dir", p.data(), "--bind", "127.0.0.1")
		p.command = append(append([]string{program}, args...), o.Args...)
		s.host = p
		return s, listen.addr()
	}
	inside, files := o.TLS.inContainer()
	args := append([]string{"redis-server"}, redisArgs(o, listen.number, inside)...)
	args = append(args, "--bind", "0.0.0.0", "--protected-mode", "no")
	s.host = &box{
		image: image, command: append(args, o.Args...), files: files, ports: s.ports,
	}
	return s, listen.addr()
}

func redisArgs(o RedisOptions, number int, c *Certificate) []string {
	args := []string{"--save", "", "--appendonly", "no"}
	if o.Persistent {
		args = []string{"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"}
	}
	if c == nil {
		return append(args, "--port", strconv.Itoa(number))
	}
	return append(args, "--port", "0", "--tls-port", strconv.Itoa(number), "--tls-auth-clients", "no",
		"--tls-cert-file", c.CertFile, "--tls-key-file", c.KeyFile, "--tls-ca-cert-file", c.CAFile)
}

// inContainer returns the certificate with its paths in a container, and the files
// to copy there. Both are nil for nil.
func (c *Certificate) inContainer() (*Certificate, []testcontainers.ContainerFile) {
	if c == nil {
		return nil, nil
	}
	var files []testcontainers.ContainerFile
	inside := func(file string) string {
		path := "/tls/" + filepath.Base(file)
		// The server in the container is another user.
		files = append(files, testcontainers.ContainerFile{HostFilePath: file, ContainerFilePath: path, FileMode: 0o644})
		return path
	}
	return &Certificate{
		CAFile: inside(c.CAFile), CertFile: inside(c.CertFile), KeyFile: inside(c.KeyFile), BothFile: inside(c.BothFile),
	}, files
}

// pinger returns a function that expects a Redis server to respond to PING.
func pinger(addr string, c *Certificate) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		var dialer interface {
			DialContext(ctx context.Context, network, addr string) (net.Conn, error)
		} = &net.Dialer{}
		if c != nil {
			// The check is not a test of certificates.
			dialer = &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see above
		}
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		deadline, _ := ctx.Deadline()
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			return err
		}
		response, err := bufio.NewReader(conn).ReadString('\n')
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(response, "+PONG"), strings.HasPrefix(response, "-NOAUTH"):
			return nil
		default:
			return errors.New(strings.TrimSpace(response)) // such as -LOADING
		}
	}
}
