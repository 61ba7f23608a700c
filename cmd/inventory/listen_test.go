package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

// TestListen runs the one process with an internal port and TLS: its public port
// has neither the internal routes of any service nor the metrics.
func TestListen(t *testing.T) {
	authority, folder := tlsfilestest.NewAuthority(t), tlsfilestest.NewFolder(t)
	folder.Put(authority.Issue(), authority)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"DATA_DIR": t.TempDir(), "MESSAGE_BROKER": "none", "SERVER_PORT": "0",
		"INTERNAL_PORT": strconv.Itoa(free.Addr().(*net.TCPAddr).Port),
		"TLS_CERT_FILE": folder.File("tls.crt"), "TLS_KEY_FILE": folder.File("tls.key"), "TLS_CLIENT_CA_FILE": folder.File("ca.crt"),
	} {
		t.Setenv(name, value)
	}
	c, err := loadConfigs(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	loggers, err := newLoggers(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	registry, front := prometheus.NewRegistry(), &front{}
	servers, err := listen(c, front, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	all, err := open(t.Context(), c, registry, loggers)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := all.closeParts(); err != nil {
			t.Error(err)
		}
	}()
	if err := front.serve(all, c); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- servers.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	files, err := tlsfiles.Open(tlsfiles.Config{
		CAFile: folder.File("ca.crt"), ClientCertFile: folder.File("tls.crt"), ClientKeyFile: folder.File("tls.key"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := files.Transport(httpapi.NewTransport())
	defer transport.CloseIdleConnections()
	public, internal := "https://"+servers.Addrs()[0], "https://"+servers.Addrs()[1]
	for _, test := range []struct {
		path             string
		public, internal int
	}{
		{"/health", 200, 200},
		{"/docs", 200, 200},
		{"/api/v1/products", 200, 200},
		{"/metrics", 404, 200},
		{audit.Path + "catalog", 404, 200},
		{audit.Path + "stock", 404, 200},
		{audit.Path + "reservation", 404, 200},
		{"/internal/v1/none", 404, 404},
		{"/%69nternal/v1/audit/stock", 404, 404},
	} {
		for base, want := range map[string]int{public: test.public, internal: test.internal} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+test.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set(httpapi.ServiceKeyHeader, c.stock.ServiceKey)
			response, err := transport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if response.StatusCode != want || want == 404 && !strings.Contains(string(text), "NOT_FOUND") {
				t.Errorf("%s%s: %d %s, want %d", base, test.path, response.StatusCode, text, want)
			}
		}
	}
}
