package operator

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

func TestTarget(t *testing.T) {
	t.Run("locate", testTargetLocate)
}

func testTargetLocate(t *testing.T) {
	separate := map[string]string{"catalog": "http://c:1", "stock": "http://s:2", "reservation": "http://r:3"}
	one := func(url string) map[string]string {
		return map[string]string{"catalog": url, "stock": url, "reservation": url}
	}
	flags := []string{"-catalog-url", "http://c:1", "-stock-url", "http://s:2/", "-reservation-url", "http://r:3"}
	all := map[string]string{"CATALOG_URL": "http://c:1", "STOCK_URL": "http://s:2/", "RESERVATION_URL": "http://r:3"}
	for name, test := range map[string]struct {
		args        []string
		environment map[string]string
		want        map[string]string // nil: refused
	}{
		"nothing said":                 {want: one("http://localhost:8080")},
		"the port of the one process":  {environment: map[string]string{"SERVER_PORT": "9090"}, want: one("http://localhost:9090")},
		"its internal port":            {environment: map[string]string{"SERVER_PORT": "1", "INTERNAL_PORT": "9091"}, want: one("http://localhost:9091")},
		"the one process with TLS":     {environment: map[string]string{"TLS_CERT_FILE": "/x"}, want: one("https://localhost:8080")},
		"the one process":              {args: []string{"-url", "http://o:4/"}, want: one("http://o:4")},
		"separate services":            {args: flags, want: separate},
		"some of them":                 {args: flags[:4]},
		"no URL":                       {args: []string{"-url", "here"}},
		"separate ones in environment": {environment: all, want: separate},
		"flag before environment":      {args: []string{"-url", "http://o:4"}, environment: all, want: one("http://o:4")},
		"flags before environment": {
			args: flags, environment: map[string]string{"CATALOG_URL": "http://x:1", "STOCK_URL": "http://x:2", "RESERVATION_URL": "http://x:3"},
			want: separate,
		},
		"what only services read": {
			environment: map[string]string{"CATALOG_URL": "http://c:1", "STOCK_URL": "http://s:2"},
			want:        one("http://localhost:8080"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SERVICE_KEY", "a key of sixteen")
			for _, variable := range []string{"SERVER_PORT", "INTERNAL_PORT", "TLS_CERT_FILE", "CATALOG_URL", "STOCK_URL", "RESERVATION_URL"} {
				t.Setenv(variable, test.environment[variable])
			}
			var got Target
			set := flag.NewFlagSet("audit", flag.ContinueOnError)
			locate := got.AddFlags(set)
			if err := set.Parse(test.args); err != nil {
				t.Fatal(err)
			}
			err := locate(t.Context())
			if test.want == nil {
				if err == nil {
					t.Errorf("got %v", got.urls)
				}
				return
			}
			if err != nil || !maps.Equal(got.urls, test.want) {
				t.Errorf("got %v, %v; want %v", got.urls, err, test.want)
			}
		})
	}
}

// TestClient_TLS asks a server that requires certificates, with the files that
// the environment names.
func TestClient_TLS(t *testing.T) {
	ours, theirs := tlsfilestest.NewAuthority(t), tlsfilestest.NewAuthority(t)
	server, operator := tlsfilestest.NewFolder(t), tlsfilestest.NewFolder(t)
	server.Put(ours.Issue(), ours)
	operator.Put(ours.Issue(), ours)
	l := httpserver.Listen{TLS: tlsfiles.Config{
		CertFile: server.File("tls.crt"), KeyFile: server.File("tls.key"), ClientCAFile: server.File("ca.crt"),
	}}
	files, err := tlsfiles.Open(l.TLS, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "7") })
	servers, err := l.Open(0, httpserver.Handlers{All: all, Public: http.NotFoundHandler()}, files, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
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
	_, port, err := net.SplitHostPort(servers.Addr())
	if err != nil {
		t.Fatal(err)
	}
	ask := func() (answer int, err error) {
		for name, value := range map[string]string{
			"SERVICE_KEY": "a key of sixteen", "INTERNAL_PORT": port, "CATALOG_URL": "",
			"TLS_CERT_FILE": "/nobody/may/read.crt", "TLS_KEY_FILE": "/nobody/may/read.key", // the server's, which is not the operator's
			"TLS_CA_FILE": operator.File("ca.crt"), "TLS_CLIENT_CERT_FILE": operator.File("tls.crt"), "TLS_CLIENT_KEY_FILE": operator.File("tls.key"),
		} {
			t.Setenv(name, value)
		}
		var where Target
		if err := where.AddFlags(flag.NewFlagSet("audit", flag.ContinueOnError))(t.Context()); err != nil {
			return 0, err
		}
		client := NewClient(where)
		defer client.Close()
		err = client.Get(t.Context(), "stock", "/internal/v1/x", &answer)
		return answer, err
	}
	if answer, err := ask(); err != nil || answer != 7 {
		t.Errorf("answer %d, %v", answer, err)
	}
	operator.Put(theirs.Issue(), ours)
	if _, err := ask(); err == nil {
		t.Error("a certificate of another authority was accepted")
	}
	operator.Put(ours.Issue(), theirs)
	if _, err := ask(); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("a server of another authority: %v", err)
	}
}
