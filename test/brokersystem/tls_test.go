package brokersystem_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

// secured is a system whose services speak HTTPS with everyone and show each
// other certificates on their internal ports.
type secured struct {
	*system
	authority *tlsfilestest.Authority
	folders   map[string]*tlsfilestest.Folder // of each service, and of this test
	internal  map[string]string               // base URL of each service's internal port
}

// here is the folder of the test itself.
const here = "test"

// newSecured starts the four services with TLS.
func newSecured(t *testing.T, on *stream) *secured {
	t.Helper()
	s := &secured{
		system: setUp(t, on), authority: tlsfilestest.NewAuthority(t),
		folders: map[string]*tlsfilestest.Folder{}, internal: map[string]string{},
	}
	s.folders[here] = tlsfilestest.NewFolder(t)
	ports := map[string]int{}
	for _, name := range allNames {
		ports[name] = freePort(t)
		s.internal[name] = fmt.Sprintf("https://127.0.0.1:%d", ports[name])
		s.bases[name] = strings.Replace(s.bases[name], "http://", "https://", 1)
		s.folders[name] = tlsfilestest.NewFolder(t)
	}
	s.put(t, s.authority, s.authority)
	for _, name := range allNames {
		s.services[name].client = s.only(name)
		s.services[name].env = append(s.services[name].env, s.environment(name)...)
		s.services[name].env = append(s.services[name].env, fmt.Sprintf("INTERNAL_PORT=%d", ports[name]),
			"LISTEN_HOST=127.0.0.1", "TLS_CERT_FILE="+s.folders[name].File("tls.crt"), "TLS_KEY_FILE="+s.folders[name].File("tls.key"),
			"TLS_CLIENT_CA_FILE="+s.folders[name].File("ca.crt"))
	}
	s.commands = s.environment(here)
	s.commandBases = s.internal
	s.http.Transport = s.transport(t, tlsfiles.Config{CAFile: s.folders[here].File("ca.crt")})
	for _, name := range allNames {
		s.services[name].start()
	}
	return s
}

// environment returns the variables of a client of internal ports.
func (s *secured) environment(name string) []string {
	f := s.folders[name]
	return []string{
		"CATALOG_URL=" + s.internal[catalog], "STOCK_URL=" + s.internal[stock], "RESERVATION_URL=" + s.internal[reservation],
		"TLS_CA_FILE=" + f.File("ca.crt"), "TLS_CLIENT_CERT_FILE=" + f.File("tls.crt"), "TLS_CLIENT_KEY_FILE=" + f.File("tls.key"),
	}
}

// put gives everyone a new certificate of one authority, and the authorities
// that they trust.
func (s *secured) put(t *testing.T, by *tlsfilestest.Authority, trusted ...*tlsfilestest.Authority) {
	t.Helper()
	for _, folder := range s.folders {
		folder.Put(by.Issue(), trusted...)
	}
}

// transport returns a transport with files of its own.
func (*secured) transport(t *testing.T, c tlsfiles.Config) http.RoundTripper {
	t.Helper()
	files, err := tlsfiles.Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := files.Transport(&http.Transport{MaxIdleConnsPerHost: 64})
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// certified returns a transport with a certificate, as a service has it.
func (s *secured) certified(t *testing.T, pair tlsfilestest.Pair, trusted *tlsfilestest.Authority) http.RoundTripper {
	t.Helper()
	f := tlsfilestest.NewFolder(t)
	f.Put(pair, trusted)
	return s.transport(t, tlsfiles.Config{CAFile: f.File("ca.crt"), ClientCertFile: f.File("tls.crt"), ClientKeyFile: f.File("tls.key")})
}

// ask sends a request with the keys of a service and of a caller.
func (*secured) ask(t *testing.T, transport http.RoundTripper, url string) (status int, body string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-API-Key", key)
	request.Header.Set(httpapi.ServiceKeyHeader, serviceKey)
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// internalPaths returns the paths that are closed to callers without a
// certificate.
func internalPaths(name string) []string {
	if name == notifier {
		return []string{"/metrics"}
	}
	return []string{"/metrics", audit.Path + name}
}

func TestTLS(t *testing.T) {
	t.Run("usual case", testTLSUsualCase)
	t.Run("replacement", testTLSReplacement)
}

// testTLSUsualCase runs the four services with HTTPS and client certificates.
func testTLSUsualCase(t *testing.T) {
	t.Parallel()
	s := newSecured(t, redisKind.shared(t))
	theirs := tlsfilestest.NewAuthority(t)
	product := s.stocked(t, 100)
	t.Run("the flow", func(t *testing.T) {
		r := must[order](t)(s.reserve(product, 10, 3600))
		if r := must[order](t)(s.finish(r.ID, "confirm")); r.Status != "confirmed" {
			t.Errorf("confirmed: %+v", r)
		}
		if status, body, err := s.ask(t, s.http.Transport, s.bases[notifier]+"/api/v1/stock/"+product+"/"+madrid); err != nil || status != 200 {
			t.Errorf("notifier passes on: %d %s, %v", status, body, err)
		}
		if _, body, err := s.ask(t, s.http.Transport, s.bases[notifier]+"/api/v1/system"); err != nil || strings.Count(body, `"healthy"`) < 4 {
			t.Errorf("notifier asks the others: %s, %v", body, err)
		}
		s.settled() // runs the audit with a certificate
		for _, name := range allNames {
			if text, code := finish(t, command(t, name, []string{"healthcheck"}, s.services[name].env...)); code != 0 {
				t.Errorf("%s healthcheck: exit code %d\n%s", name, code, text)
			}
		}
	})
	t.Run("plain HTTP", func(t *testing.T) {
		for _, base := range []string{s.bases[stock], s.internal[stock]} {
			status, body, err := s.ask(t, http.DefaultTransport, strings.Replace(base, "https://", "http://", 1)+"/health")
			if err != nil || status != 400 || strings.Contains(body, "{") {
				t.Errorf("%d %s, %v", status, body, err)
			}
		}
	})
	t.Run("LISTEN_HOST", func(t *testing.T) {
		for _, base := range append(slices.Collect(maps.Values(s.bases)), slices.Collect(maps.Values(s.internal))...) {
			address := strings.Replace(strings.TrimPrefix(base, "https://"), "127.0.0.1", "127.0.0.2", 1)
			if conn, err := net.DialTimeout("tcp", address, within); err == nil {
				_ = conn.Close()
				t.Errorf("a service listens on %s", address)
			}
		}
	})
	t.Run("internal routes", func(t *testing.T) {
		anyone := s.http.Transport
		foreign := s.certified(t, theirs.Issue(), s.authority)
		expired := s.certified(t, s.authority.IssueUntil(time.Now().Add(-time.Minute)), s.authority)
		ours := s.certified(t, s.authority.Issue(), s.authority)
		for _, name := range allNames {
			for _, path := range internalPaths(name) {
				for who, transport := range map[string]http.RoundTripper{"no certificate": anyone, "a service": ours} {
					if status, body, err := s.ask(t, transport, s.bases[name]+path); err != nil || status != 404 {
						t.Errorf("%s on the public port with %s: %d %s, %v", path, who, status, body, err)
					}
				}
				for who, transport := range map[string]http.RoundTripper{"no certificate": anyone, "a foreign one": foreign, "an expired one": expired} {
					if status, body, err := s.ask(t, transport, s.internal[name]+path); err == nil {
						t.Errorf("%s of %s with %s: %d %s", path, name, who, status, body)
					}
				}
				if status, body, err := s.ask(t, ours, s.internal[name]+path); err != nil || status != 200 {
					t.Errorf("%s of %s with a certificate: %d %s, %v", path, name, status, body, err)
				}
			}
		}
	})
	t.Run("a service of another authority", func(t *testing.T) {
		if _, _, err := s.ask(t, s.certified(t, s.authority.Issue(), theirs), s.internal[stock]+"/health"); err == nil || !strings.Contains(err.Error(), "unknown authority") {
			t.Errorf("got %v", err)
		}
		s.commands = append(s.commands, "TLS_CA_FILE=/dev/null")
		if text, code := s.audit(); code == 0 || !strings.Contains(text, "TLS_CA_FILE") {
			t.Errorf("audit without authorities: %d\n%s", code, text)
		}
		s.commands = s.environment(here)
	})
}

// testTLSReplacement replaces certificates and their authority while customers
// send requests, as docs/runbook.md describes: no request fails.
func testTLSReplacement(t *testing.T) {
	t.Parallel()
	s := newSecured(t, redisKind.shared(t))
	l := s.customers(t, 4)
	l.goesOn(t, 50)
	old, fresh := s.authority, tlsfilestest.NewAuthority(t)
	for _, step := range []struct {
		name    string
		by      *tlsfilestest.Authority
		trusted []*tlsfilestest.Authority
		reads   int // files that each service reads again: pairs, and authorities
	}{
		{"certificates", old, []*tlsfilestest.Authority{old}, 2},
		{"both authorities are trusted", old, []*tlsfilestest.Authority{old, fresh}, 4},
		{"certificates of the new authority", fresh, []*tlsfilestest.Authority{old, fresh}, 2},
		{"the old authority is trusted no more", fresh, []*tlsfilestest.Authority{fresh}, 4},
	} {
		before := map[string]int{}
		for _, name := range allNames {
			before[name] = len(s.services[name].log.lines("TLS files were read again"))
		}
		s.put(t, step.by, step.trusted...)
		eventually(t, step.name, func() error { return s.readAgain(t, before, step.reads) })
		l.goesOn(t, 50)
	}
	for _, name := range allNames {
		if _, _, err := s.ask(t, s.certified(t, old.Issue(), fresh), s.internal[name]+"/health"); err == nil {
			t.Errorf("%s takes a certificate of the old authority", name)
		}
		if lines := s.services[name].log.lines("cannot be used"); len(lines) > 0 {
			t.Errorf("%s could not use files: %s", name, lines[0])
		}
	}
	l.check(t)
}

// readAgain causes calls between all services on new connections, and returns an
// error unless each has read so many files again.
func (s *secured) readAgain(t *testing.T, before map[string]int, files int) error {
	t.Helper()
	s.stocked(t, 1) // stock asks catalog
	for product := range s.products {
		if _, _, err := s.ask(t, s.http.Transport, s.bases[notifier]+"/api/v1/stock/"+product+"/"+madrid); err != nil {
			return err
		}
		break
	}
	f := s.folders[here]
	fresh := s.transport(t, tlsfiles.Config{CAFile: f.File("ca.crt"), ClientCertFile: f.File("tls.crt"), ClientKeyFile: f.File("tls.key")})
	for _, name := range allNames {
		// An error is that of a service that has not read the files yet.
		_, _, _ = s.ask(t, fresh, s.internal[name]+"/health")
	}
	for _, name := range allNames {
		if n := len(s.services[name].log.lines("TLS files were read again")) - before[name]; n < files {
			return fmt.Errorf("%s has read %d files again, want %d", name, n, files)
		}
	}
	return nil
}
