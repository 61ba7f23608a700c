package tlsfiles_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/tlsfiles"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

const patience = 20 * time.Second

// logs is a log that a test can read while it is written.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// side is a server or a client with its files.
type side struct {
	*tlsfilestest.Folder
	logs  *logs
	files *tlsfiles.Files
}

// open opens the files of a folder as those of a server and of a client.
func open(t *testing.T, pair tlsfilestest.Pair, authorities ...*tlsfilestest.Authority) *side {
	t.Helper()
	s := &side{Folder: tlsfilestest.NewFolder(t), logs: &logs{}}
	s.Put(pair, authorities...)
	cert, key, ca := s.File("tls.crt"), s.File("tls.key"), s.File("ca.crt")
	var err error
	s.files, err = tlsfiles.Open(tlsfiles.Config{
		CertFile: cert, KeyFile: key, ClientCAFile: ca, CAFile: ca, ClientCertFile: cert, ClientKeyFile: key,
	}, slog.New(slog.NewTextHandler(s.logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve starts a server that responds with the serial numbers of its caller's
// certificate, and returns its URL.
func (s *side) serve(t *testing.T, clients tls.ClientAuthType) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: s.files.Server(clients), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0), ReadHeaderTimeout: patience,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if len(r.TLS.VerifiedChains) > 0 {
				_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].SerialNumber.String())
			}
		}),
	}
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(listener, "", "") }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "https://" + listener.Addr().String()
}

// client returns a client with the side's certificate and authorities.
func (s *side) client(t *testing.T) *http.Client {
	t.Helper()
	transport := s.files.Transport(&http.Transport{})
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(client *http.Client, url string) (body string, server string, err error) {
	response, err := client.Get(url)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return string(text), response.TLS.PeerCertificates[0].SerialNumber.String(), err
}

func TestFiles(t *testing.T) {
	ours, theirs := tlsfilestest.NewAuthority(t), tlsfilestest.NewAuthority(t)
	server := open(t, ours.Issue(), ours)
	url := server.serve(t, tls.RequireAndVerifyClientCert)
	t.Run("each trusts the other's authority", func(t *testing.T) {
		if body, _, err := get(open(t, ours.Issue(), ours).client(t), url); err != nil || body == "" {
			t.Errorf("%q, %v", body, err)
		}
	})
	for name, test := range map[string]struct {
		client *side
		wants  string
	}{
		"the client's certificate is of another authority": {open(t, theirs.Issue(), ours), "remote error: tls"},
		"the client's certificate has expired":             {open(t, ours.IssueUntil(time.Now().Add(-time.Minute)), ours), "remote error: tls"},
		"the server's certificate is of another authority": {open(t, ours.Issue(), theirs), "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			if body, _, err := get(test.client.client(t), url); err == nil || !strings.Contains(err.Error(), test.wants) {
				t.Errorf("%q, %v, want %q", body, err, test.wants)
			}
		})
	}
	t.Run("a client without a certificate", func(t *testing.T) {
		files, err := tlsfiles.Open(tlsfiles.Config{CAFile: server.File("ca.crt")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		transport := files.Transport(&http.Transport{})
		defer transport.CloseIdleConnections()
		if body, _, err := get(&http.Client{Transport: transport}, url); err == nil || !strings.Contains(err.Error(), "certificate required") {
			t.Errorf("%q, %v", body, err)
		}
		if body, _, err := get(&http.Client{Transport: transport}, server.serve(t, tls.VerifyClientCertIfGiven)); err != nil || body != "" {
			t.Errorf("where it is not required: %q, %v", body, err)
		}
	})
	t.Run("a name that the server's certificate does not have", func(t *testing.T) {
		client := open(t, ours.Issue(), ours).client(t)
		for _, host := range []string{"127.0.0.2", "other.localhost"} {
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "https://"))
			if _, _, err := get(client, "https://"+net.JoinHostPort(host, port)); err == nil {
				t.Errorf("%s was taken for the server", host)
			}
		}
	})
	t.Run("a server whose certificate has expired", func(t *testing.T) {
		expired := open(t, ours.IssueUntil(time.Now().Add(-time.Minute)), ours)
		if _, _, err := get(open(t, ours.Issue(), ours).client(t), expired.serve(t, tls.NoClientCert)); err == nil || !strings.Contains(err.Error(), "expired") {
			t.Errorf("got %v", err)
		}
		if expired.logs.count("the certificate has expired") != 2 { // as the server's and as the client's
			t.Errorf("logs %s", expired.logs.text.String())
		}
	})
	t.Run("versions before TLS 1.2, and HTTP/2", func(t *testing.T) {
		address := strings.TrimPrefix(server.serve(t, tls.NoClientCert), "https://")
		if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
			t.Error("TLS 1.1 was taken")
		}
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if s := conn.ConnectionState(); s.Version != tls.VersionTLS13 || s.NegotiatedProtocol != "http/1.1" {
			t.Errorf("version %x, protocol %q", s.Version, s.NegotiatedProtocol)
		}
	})
}

// TestFiles_change replaces certificates and authorities while requests go on:
// none fails, and each replacement is used.
func TestFiles_change(t *testing.T) {
	old, fresh := tlsfilestest.NewAuthority(t), tlsfilestest.NewAuthority(t)
	server, client := open(t, old.Issue(), old), open(t, old.Issue(), old)
	url := server.serve(t, tls.RequireAndVerifyClientCert)
	requests := client.client(t)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := get(requests, url); err != nil {
					t.Errorf("a request failed: %v", err)
					return
				}
			}
		})
	}
	// until returns when a request shows other certificates of both than before.
	var ofClient, ofServer string
	until := func(step string, clientChanges, serverChanges bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; {
			c, s, err := get(requests, url)
			if err != nil {
				t.Fatal(step, err)
			}
			if (c != ofClient) == clientChanges && (s != ofServer) == serverChanges {
				ofClient, ofServer = c, s
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: the certificates are not those that were put there", step)
			}
			requests.CloseIdleConnections()
		}
	}
	until("the first ones", true, true)
	server.Put(old.Issue(), old, fresh)
	until("the server trusts both authorities", false, true)
	client.Put(old.Issue(), old, fresh)
	until("the client trusts both authorities", true, false)
	server.Put(fresh.Issue(), old, fresh)
	until("the server's certificate is of the new authority", false, true)
	client.Put(fresh.Issue(), fresh)
	until("the client's certificate is of the new authority, the only one that it trusts", true, false)
	server.Put(fresh.Issue(), fresh)
	until("the server trusts the new authority alone", false, true)
	stop()
	others.Wait()

	// The old authority is not trusted any more.
	if _, _, err := get(open(t, old.Issue(), fresh).client(t), url); err == nil {
		t.Error("a certificate of the authority that was taken away was accepted")
	}
}

// TestFiles_broken writes files that cannot be used: the last usable ones stay,
// and one error is logged.
func TestFiles_broken(t *testing.T) {
	ours := tlsfilestest.NewAuthority(t)
	first, other := ours.Issue(), ours.Issue()
	for name, broken := range map[string]tlsfilestest.Pair{
		"the key of another certificate": {Cert: first.Cert, Key: other.Key},
		"an empty key":                   {Cert: first.Cert},
		"no certificate":                 {Cert: []byte("-----BEGIN"), Key: first.Key},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := open(t, first, ours)
			url, requests := server.serve(t, tls.NoClientCert), open(t, ours.Issue(), ours).client(t)
			_, before, err := get(requests, url)
			if err != nil {
				t.Fatal(err)
			}
			server.Put(broken, ours)
			const complaint = "changed TLS files cannot be used"
			wait := func(what string, done func() bool) {
				t.Helper()
				for deadline := time.Now().Add(patience); !done(); {
					requests.CloseIdleConnections()
					_, now, err := get(requests, url)
					if err != nil || now != before && what == complaint {
						t.Fatalf("certificate %s, was %s: %v", now, before, err)
					}
					if time.Now().After(deadline) {
						t.Fatal("never seen: ", what)
					}
				}
			}
			wait(complaint, func() bool { return server.logs.count(complaint) > 0 })
			begun := time.Now()
			wait(complaint, func() bool { return time.Since(begun) > 2500*time.Millisecond }) // more than two checks
			if n := server.logs.count(complaint); n != 1 {
				t.Errorf("%d complaints", n)
			}
			server.Put(other, ours)
			wait("the next certificate", func() bool {
				_, now, err := get(requests, url)
				return err == nil && now != before
			})
		})
	}
}

func TestConfig_Validate(t *testing.T) {
	ours := tlsfilestest.NewAuthority(t)
	folder := tlsfilestest.NewFolder(t)
	folder.Put(ours.Issue(), ours)
	cert, key, ca := folder.File("tls.crt"), folder.File("tls.key"), folder.File("ca.crt")
	missing := filepath.Join(t.TempDir(), "missing")
	for name, test := range map[string]struct {
		config tlsfiles.Config
		wrong  []string
	}{
		"none":                    {tlsfiles.Config{}, nil},
		"all":                     {tlsfiles.Config{CertFile: cert, KeyFile: key, ClientCAFile: ca, CAFile: ca, ClientCertFile: cert, ClientKeyFile: key}, nil},
		"a certificate alone":     {tlsfiles.Config{CertFile: cert}, []string{"TLS_CERT_FILE and TLS_KEY_FILE: a certificate and its key belong together"}},
		"a key alone":             {tlsfiles.Config{ClientKeyFile: key}, []string{"TLS_CLIENT_CERT_FILE and TLS_CLIENT_KEY_FILE: a certificate and"}},
		"a key for a certificate": {tlsfiles.Config{CertFile: key, KeyFile: cert}, []string{"TLS_CERT_FILE and TLS_KEY_FILE: read"}},
		"authorities without TLS": {tlsfiles.Config{ClientCAFile: ca}, []string{"TLS_CLIENT_CA_FILE needs TLS_CERT_FILE"}},
		"authorities without any": {tlsfiles.Config{CAFile: key}, []string{"TLS_CA_FILE: read the authorities in " + key}},
		"files that are missing":  {tlsfiles.Config{CertFile: missing, KeyFile: key, CAFile: missing}, []string{"TLS_CERT_FILE", "TLS_CA_FILE: read the authorities: open " + missing}},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.config.Validate()
			if len(got) != len(test.wrong) {
				t.Fatalf("got %v, want %q", got, test.wrong)
			}
			for i, want := range test.wrong {
				if !strings.HasPrefix(got[i].Error(), want) {
					t.Errorf("got %v, want %q", got[i], want)
				}
			}
		})
	}
}

func TestFiles_noFiles(t *testing.T) {
	files, err := tlsfiles.Open(tlsfiles.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if base := (&http.Transport{}); files.Transport(base) != base || files.Server(tls.NoClientCert) != nil {
		t.Error("without files there is nothing to add")
	}
}
