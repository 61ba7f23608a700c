package hookclient

import (
	"errors"
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
		"64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "fec0::1", "2001:db8::1",
	} {
		if public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as private", text)
		}
	}
}

// TestClient_refuses_what_a_name_leads_to sends to a name that resolves to this
// machine: the check of the URL cannot see that, the guard of the dialer does.
func TestClient_refuses_what_a_name_leads_to(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer server.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	request := webhook.Request{URL: "http://localhost:" + port, Secrets: []string{NewSecret()}, EventID: "1", At: time.Now()}
	guarded := New(Options{Timeout: time.Minute})
	defer guarded.Close()
	if r := guarded.Send(t.Context(), request); r.Failure != errPrivate.Error() || r.Status != 0 || reached.Load() {
		t.Errorf("%+v", r)
	}
	open := New(Options{Timeout: time.Minute, AllowPrivate: true})
	defer open.Close()
	if r := open.Send(t.Context(), request); r.Status != http.StatusOK || !reached.Load() {
		t.Errorf("%+v", r)
	}
	if !errors.Is(refusePrivate("tcp", "nonsense", nil), errPrivate) {
		t.Error("an address that cannot be read was let through")
	}
}

func TestClient_keeps_the_beginning_of_an_answer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("\xff\x00" + strings.Repeat("x", 10<<20)))
	}))
	defer server.Close()
	c := New(Options{Timeout: time.Minute, AllowPrivate: true})
	defer c.Close()
	r := c.Send(t.Context(), webhook.Request{URL: server.URL, Secrets: []string{NewSecret()}, EventID: "1", At: time.Now()})
	if r.Status != http.StatusTeapot || r.Failure != "" || !strings.HasPrefix(r.Excerpt, "\uFFFD\uFFFDxxx") || len(r.Excerpt) > 2*maxExcerpt {
		t.Errorf("status %d %s, %d bytes %.10q", r.Status, r.Failure, len(r.Excerpt), r.Excerpt)
	}
}

// TestClient_hangs_up: what an endpoint sends without end is not read.
func TestClient_hangs_up(t *testing.T) {
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
	c := New(Options{Timeout: time.Minute, AllowPrivate: true})
	defer c.Close()
	r := c.Send(t.Context(), webhook.Request{URL: server.URL, Secrets: []string{NewSecret()}, EventID: "1", At: time.Now()})
	if n := <-wrote; r.Status != http.StatusOK || n >= enough {
		t.Errorf("%d bytes were taken, %+v", n, r.Status)
	}
	if c.http.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy would connect where the guard cannot see")
	}
}
