package httpserver_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

// freePorts returns ports of 127.0.0.1 that no server listens on.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	var listeners []net.Listener
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, listener)
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	for _, listener := range listeners { // all at the end, so that they differ
		_ = listener.Close()
	}
	return ports
}

const internalPath = "/internal/v1/test"

// listen serves an API with one internal and one public route, and returns
// the addresses of its ports.
func listen(t *testing.T, l httpserver.Listen) []string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "inventory_test_total", Help: "For this test."}))
	a := mustNew(t, httpapi.Options{Metrics: registry, MetricsElsewhere: l.MetricsPort != 0, ServiceKey: "a key of sixteen"})
	done := func(c *gin.Context) error {
		c.String(200, "done")
		return nil
	}
	a.Handle("GET", internalPath, httpapi.Internal, done)
	a.Handle("GET", "/api/v1/test", httpapi.Public, done)
	files, err := tlsfiles.Open(l.TLS, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Host = "127.0.0.1"
	handlers := httpserver.Handlers{All: a.Handler(), Public: a.PublicHandler(), Metrics: registry}
	servers, err := l.Open(0, handlers, files, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- servers.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return servers.Addrs()
}

// wantStatuses requests paths, each with its status, and 0 for a handshake or
// connection that fails.
func wantStatuses(t *testing.T, transport http.RoundTripper, base string, want map[string]int) {
	t.Helper()
	for path, status := range want {
		request, err := http.NewRequestWithContext(t.Context(), "GET", base+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(httpapi.ServiceKeyHeader, "a key of sixteen")
		response, err := transport.RoundTrip(request)
		if err != nil {
			if status != 0 {
				t.Errorf("%s%s: %v", base, path, err)
			}
			continue
		}
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%s%s: %d %s, want %d", base, path, response.StatusCode, text, status)
		}
		if status == 404 && !strings.Contains(string(text), "NOT_FOUND") && !strings.Contains(string(text), "404 page") {
			t.Errorf("%s%s: %s is not a problem", base, path, text)
		}
	}
}

func TestListen(t *testing.T) {
	t.Run("one port serves all", func(t *testing.T) {
		addrs := listen(t, httpserver.Listen{})
		if len(addrs) != 1 {
			t.Fatal(addrs)
		}
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[0], map[string]int{internalPath: 200, "/metrics": 200, "/api/v1/test": 200, "/health": 200})
	})
	t.Run("with an internal port, the public port has neither internal routes nor metrics", func(t *testing.T) {
		addrs := listen(t, httpserver.Listen{InternalPort: freePorts(t, 1)[0]})
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[0], map[string]int{
			internalPath: 404, "/metrics": 404, "/internal": 404, "/internal/v1/none": 404, "/%69nternal/v1/test": 404, "/internal%2Fv1/test": 404,
			"/metrics/": 404, "/api/v1/test": 200, "/health": 200, "/ready": 503, "/docs": 200,
		})
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[1], map[string]int{internalPath: 200, "/metrics": 200, "/api/v1/test": 200, "/health": 200})
	})
	t.Run("with a metrics port, the other ports have no metrics", func(t *testing.T) {
		ports := freePorts(t, 2)
		addrs := listen(t, httpserver.Listen{InternalPort: ports[0], MetricsPort: ports[1]})
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[0], map[string]int{internalPath: 404, "/metrics": 404})
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[1], map[string]int{internalPath: 200, "/metrics": 404})
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[2], map[string]int{
			internalPath: 404, "/metrics": 200, "/": 404, "/health": 404, "/metrics/more": 404, "/api/v1/test": 404,
		})
	})
}

func TestListen_TLS(t *testing.T) {
	ours := tlsfilestest.NewAuthority(t)
	folder := tlsfilestest.NewFolder(t)
	folder.Put(ours.Issue(), ours)
	cert, key, ca := folder.File("tls.crt"), folder.File("tls.key"), folder.File("ca.crt")
	transport := func(c tlsfiles.Config) http.RoundTripper {
		files, err := tlsfiles.Open(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		transport := files.Transport(httpapi.NewTransport())
		t.Cleanup(transport.CloseIdleConnections)
		return transport
	}
	anyone := transport(tlsfiles.Config{CAFile: ca})
	service := transport(tlsfiles.Config{CAFile: ca, ClientCertFile: cert, ClientKeyFile: key})
	everything := map[string]int{internalPath: 200, "/metrics": 200, "/api/v1/test": 200, "/health": 200}
	public := map[string]int{internalPath: 404, "/metrics": 404, "/api/v1/test": 200, "/health": 200}
	nothing := map[string]int{internalPath: 0, "/metrics": 0, "/api/v1/test": 0, "/health": 0}
	refusedPlain := map[string]int{internalPath: 400, "/api/v1/test": 400}

	t.Run("HTTPS on one port", func(t *testing.T) {
		addrs := listen(t, httpserver.Listen{TLS: tlsfiles.Config{CertFile: cert, KeyFile: key}})
		wantStatuses(t, anyone, "https://"+addrs[0], everything)
		wantStatuses(t, http.DefaultTransport, "http://"+addrs[0], refusedPlain)
	})
	t.Run("one port shows internal routes to a caller with a certificate", func(t *testing.T) {
		addrs := listen(t, httpserver.Listen{TLS: tlsfiles.Config{CertFile: cert, KeyFile: key, ClientCAFile: ca}})
		wantStatuses(t, anyone, "https://"+addrs[0], public)
		wantStatuses(t, service, "https://"+addrs[0], everything)
	})
	t.Run("an internal port requires the certificate, the others do not", func(t *testing.T) {
		ports := freePorts(t, 2)
		addrs := listen(t, httpserver.Listen{
			InternalPort: ports[0], MetricsPort: ports[1], TLS: tlsfiles.Config{CertFile: cert, KeyFile: key, ClientCAFile: ca},
		})
		wantStatuses(t, anyone, "https://"+addrs[0], public)
		wantStatuses(t, service, "https://"+addrs[0], public)
		wantStatuses(t, anyone, "https://"+addrs[1], nothing)
		wantStatuses(t, service, "https://"+addrs[1], map[string]int{internalPath: 200, "/metrics": 404, "/api/v1/test": 200})
		wantStatuses(t, anyone, "https://"+addrs[2], map[string]int{"/metrics": 200, internalPath: 404})
		for _, addr := range addrs {
			wantStatuses(t, http.DefaultTransport, "http://"+addr, refusedPlain)
		}
	})
}

func TestListen_portInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	own := freePorts(t, 1)[0]
	for variable, l := range map[string]httpserver.Listen{"INTERNAL_PORT": {InternalPort: port}, "METRICS_PORT": {MetricsPort: port}} {
		l.Host = "127.0.0.1"
		_, err := l.Open(own, httpserver.Handlers{Metrics: prometheus.NewRegistry(), All: http.NotFoundHandler(), Public: http.NotFoundHandler()},
			&tlsfiles.Files{}, time.Minute, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "(set "+variable+")") {
			t.Errorf("%s: %v", variable, err)
		}
		again, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strings.TrimPrefix(l.Local(own), "http://127.0.0.1:")))
		if err != nil {
			t.Errorf("%s: the other port stays bound: %v", variable, err)
			continue
		}
		_ = again.Close()
	}
}

// TestServer_handshakes fails the handshakes of many clients: one line above
// debug reports them, not one each.
func TestServer_handshakes(t *testing.T) {
	ours := tlsfilestest.NewAuthority(t)
	folder := tlsfilestest.NewFolder(t)
	folder.Put(ours.Issue(), ours)
	files, err := tlsfiles.Open(tlsfiles.Config{CertFile: folder.File("tls.crt"), KeyFile: folder.File("tls.key")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	server, err := httpserver.New("127.0.0.1:0", http.NotFoundHandler(), slog.New(slog.NewTextHandler(lineWriter(lines), nil)))
	if err != nil {
		t.Fatal(err)
	}
	server.TLS = files.Server(tls.NoClientCert)
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	begun := time.Now()
	for range 50 {
		if _, err := tls.Dial("tcp", server.Addr(), &tls.Config{}); err == nil { // which does not know the authority
			t.Fatal("the authority is known")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n, most := len(lines), 2+int(time.Since(begun)/time.Second); n < 1 || n > most {
		t.Errorf("%d lines about 50 handshakes, want 1 to %d", n, most)
	}
	if line := <-lines; !strings.Contains(line, "level=INFO") || !strings.Contains(line, "TLS handshake error") {
		t.Errorf("line %s", line)
	}
}

type lineWriter chan string

// Write implements io.Writer.
func (l lineWriter) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestHealthcheck_TLS(t *testing.T) {
	ours := tlsfilestest.NewAuthority(t)
	folder := tlsfilestest.NewFolder(t)
	folder.Put(ours.Issue(), ours)
	l := httpserver.Listen{TLS: tlsfiles.Config{CertFile: folder.File("tls.crt"), KeyFile: folder.File("tls.key"), ClientCAFile: folder.File("ca.crt")}}
	addr, err := net.ResolveTCPAddr("tcp", listen(t, l)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := httpserver.Healthcheck(t.Context(), l, addr.Port); err == nil || !strings.Contains(err.Error(), "/ready returns 503") {
		t.Errorf("got %v; the service is reached and not ready", err)
	}
}
