package httpserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// bounded serves with a bound on connections and returns the address and the
// listener.
func bounded(t *testing.T, perAddress int, proxies Proxies, log io.Writer) (string, *boundedListener) {
	t.Helper()
	server, err := New("127.0.0.1:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server.ConnectionsPerAddress, server.Proxies = perAddress, proxies
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil { // the context of the test has ended
			t.Error(err)
		}
	})
	listener, _ := server.listener.(*boundedListener)
	return server.Addr(), listener
}

// ask sends a request on conn and reads the response.
func ask(conn net.Conn) error {
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	buffer := make([]byte, 12)
	if _, err := io.ReadFull(conn, buffer); err != nil {
		return err
	}
	if string(buffer) != "HTTP/1.1 200" {
		return fmt.Errorf("%q", buffer)
	}
	return nil
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestServer_connectionsPerAddress(t *testing.T) {
	var log bytes.Buffer
	addr, listener := bounded(t, 2, Proxies{}, &log)
	first, second := dial(t, addr), dial(t, addr)
	for _, conn := range []net.Conn{first, second} {
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		third := dial(t, addr)
		_ = third.SetReadDeadline(time.Now().Add(20 * time.Second))
		if n, err := third.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes, %v", n, err)
		}
	}
	// A place is free once a connection has ended; the server sees that a moment
	// later.
	_ = first.Close()
	for deadline := time.Now().Add(20 * time.Second); ask(dial(t, addr)) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("no place is free")
		}
	}
	listener.mu.Lock()
	defer listener.mu.Unlock()
	if n := strings.Count(log.String(), "connections refused"); n != 1 || !strings.Contains(log.String(), "address=127.0.0.1/32") {
		t.Errorf("%d lines: %s", n, &log)
	}
}

func TestServer_connectionsOfProxies(t *testing.T) {
	proxies, err := ParseProxies("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		perAddress int
		proxies    Proxies
	}{"of a proxy": {1, proxies}, "without a bound": {0, Proxies{}}} {
		t.Run(name, func(t *testing.T) {
			addr, _ := bounded(t, test.perAddress, test.proxies, io.Discard)
			for range 5 {
				if err := ask(dial(t, addr)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestBoundedListener_networks: no address is kept that has no connection.
func TestBoundedListener_networks(t *testing.T) {
	l := boundConnections(nil, 2, Proxies{}, slog.New(slog.DiscardHandler)).(*boundedListener)
	near, same := NetworkOf(netip.MustParseAddr("2001:db8::1")), NetworkOf(netip.MustParseAddr("2001:db8::2"))
	far := NetworkOf(netip.MustParseAddr("2001:db8:0:1::1"))
	if !l.addConnection(near) || !l.addConnection(same) || l.addConnection(near) || !l.addConnection(far) {
		t.Error("an IPv6 address does not count with its /64")
	}
	for _, network := range []netip.Prefix{near, same, far} {
		l.release(network)
	}
	if len(l.open) > 0 {
		t.Errorf("%v", l.open)
	}
}
