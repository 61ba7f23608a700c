package hookclient

import (
	"errors"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/services/notifier/internal/webhook"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "100.127.255.255", "192.0.0.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
		"64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "fec0::1", "2001:db8::1", "1::", "100::1", "1fff:ffff::1", "4000::1", "5f00::1", "3fff::1",
		"64:ff9b:1::1", "8000::1", "fe00::1",
	} {
		if public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2001:4860:4860::8888", "3ffe::1", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as private", text)
		}
	}
}

// The URL has a name that resolves to this machine, which the check of the URL does
// not see and the guard of the dialer does.
func TestClient_PrivateAddressOfName(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer server.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	request := webhook.Request{URL: "http://localhost:" + port, Secrets: []string{NewSecret()}, EventID: "1", At: time.Now()}
	guarded := New(Options{Timeout: time.Minute, Ports: ports(t, "1-65535")})
	defer guarded.Close()
	if r := guarded.Send(t.Context(), request); r.Failure != errPrivate.Error() || r.Status != 0 || reached.Load() {
		t.Errorf("%+v", r)
	}
	open := New(Options{Timeout: time.Minute, AllowPrivate: true, Ports: ports(t, "1-65535")})
	defer open.Close()
	if r := open.Send(t.Context(), request); r.Status != http.StatusOK || !reached.Load() {
		t.Errorf("%+v", r)
	}
	if !errors.Is(guarded.guard.checkAddress("tcp", "nonsense", nil), errPrivate) {
		t.Error("an address that cannot be read was let through")
	}
	// The guard checks the port too: other ports were allowed when the URL was checked.
	narrow := New(Options{Timeout: time.Minute, AllowPrivate: true, Ports: ports(t, "80,443")})
	defer narrow.Close()
	reached.Store(false)
	if r := narrow.Send(t.Context(), request); r.Failure != errPort.Error() || r.Status != 0 || reached.Load() {
		t.Errorf("%+v", r)
	}
}

func ports(t *testing.T, text string) Ports {
	t.Helper()
	p, err := ParsePorts(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParsePorts(t *testing.T) {
	t.Parallel()
	p := ports(t, "80, 443,1024-65535,7-9")
	for port, want := range map[uint16]bool{
		0: false, 6: false, 7: true, 9: true, 10: false, 22: false, 80: true, 81: false, 443: true, 1023: false, 1024: true, 65535: true,
	} {
		if p.Contain(port) != want {
			t.Errorf("%d: %v", port, !want)
		}
	}
	for _, text := range []string{"", "0", "80,", "http", "65536", "-1", "9-7", "1-2-3", "80;443"} {
		if _, err := ParsePorts(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestClient_CheckURL(t *testing.T) {
	t.Parallel()
	for _, private := range []bool{false, true} {
		c := New(Options{AllowPrivate: private, Ports: ports(t, "80,443,1024-65535")})
		t.Cleanup(c.Close)
		for url, want := range map[string]string{
			"https://example.com/hook": "", "http://example.com": "", "https://example.com:8443/": "", "http://1.1.1.1:80/": "",
			"https://[2606:4700::1111]/": "", "http://3com.example/": "", "http://a.0x7z/": "", "http://a.1b./": "",
			"http://127.1/": "in full", "http://2130706433/": "in full", "http://0x7f000001/": "in full", "http://0177.0.0.1/": "in full",
			"http://0/": "in full", "http://0X7F.1/": "in full", "http://1.2.3/": "in full", "http://1.2.3.4.5/": "in full", "http://a.b.1./": "in full",
			"http://0x/": "in full", "http://\uff11\uff12\uff17.1/": "in full", "http://127\u30021/": "in full", "http://256.1.1.1/": "in full",
			"http://example.com:22/": "ports", "https://example.com:0/": "ports", "http://example.com:65536/": "ports", "https://example.com:1023/": "ports",
		} {
			err := c.CheckURL(url)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", url, err, want)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for field, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "soon": 0, "-5": 0, "1.5": 0, " 7": 0, "99999999999999999999": time.Duration(math.MaxInt64).Truncate(time.Second),
		"Sat, 01 Aug 2026 12:10:00 GMT": 10 * time.Minute, "Saturday, 01-Aug-26 12:10:00 GMT": 10 * time.Minute,
		"Sat, 01 Aug 2026 11:10:00 GMT": 0, "2026-08-01T12:10:00Z": 0,
	} {
		if got := retryAfter(field, now); got != want {
			t.Errorf("%q: %s, want %s", field, got, want)
		}
	}
}

func TestClient_Excerpt(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("\xff\x00" + strings.Repeat("x", 10<<20)))
	}))
	defer server.Close()
	c := New(Options{Timeout: time.Minute, AllowPrivate: true, Ports: ports(t, "1-65535")})
	defer c.Close()
	r := c.Send(t.Context(), webhook.Request{URL: server.URL, Secrets: []string{NewSecret()}, EventID: "1", At: time.Now()})
	if r.Status != http.StatusTeapot || r.Failure != "" || !strings.HasPrefix(r.Excerpt, "\uFFFD\uFFFDxxx") || len(r.Excerpt) > 2*maxExcerpt {
		t.Errorf("status %d %s, %d bytes %.10q", r.Status, r.Failure, len(r.Excerpt), r.Excerpt)
	}
}

// A response without end is not read to its end.
func TestClient_EndlessResponse(t *testing.T) {
	t.Parallel()
	const enough = 64 << 20
	wrote := make(chan int, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n, part := 0, []byte(strings.Repeat("x", 64<<10))
		for n < enough {
			written, err := w.Write(part)
			if n += written; err != nil {
				break
			}
		}
		wrote <- n
	}))
	defer server.Close()
	c := New(Options{Timeout: time.Minute, AllowPrivate: true, Ports: ports(t, "1-65535")})
	defer c.Close()
	r := c.Send(t.Context(), webhook.Request{URL: server.URL, Secrets: []string{NewSecret()}, EventID: "1", At: time.Now()})
	if n := <-wrote; r.Status != http.StatusOK || n >= enough {
		t.Errorf("%d bytes were taken, %+v", n, r.Status)
	}
	if c.http.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy is used, whose connections the guard cannot check")
	}
}
