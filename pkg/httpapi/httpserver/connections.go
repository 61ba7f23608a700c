package httpserver

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// reportInterval is the time between two reports of connections that were refused.
const reportInterval = time.Minute

// boundedListener closes connections of an address that has too many open. An
// IPv6 address counts with all of its /64.
type boundedListener struct {
	net.Listener

	perAddress int
	proxies    Proxies // their connections belong to many clients and are not counted
	logger     *slog.Logger

	mu       sync.Mutex
	open     map[netip.Prefix]int
	refused  int // since the last report
	reported time.Time
}

// boundConnections returns listener itself when perAddress is 0.
func boundConnections(listener net.Listener, perAddress int, proxies Proxies, logger *slog.Logger) net.Listener {
	if perAddress <= 0 {
		return listener
	}
	return &boundedListener{
		Listener: listener, perAddress: perAddress, proxies: proxies, logger: logger, open: map[netip.Prefix]int{},
	}
}

// Accept implements net.Listener.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, isTCP := conn.(*net.TCPConn)
		address := ParseAddress(conn.RemoteAddr().String())
		if !isTCP || !address.IsValid() || l.proxies.trusts(address) {
			return conn, nil
		}
		network := NetworkOf(address)
		if l.addConnection(network) {
			return &countedConn{TCPConn: tcp, release: sync.OnceFunc(func() { l.release(network) })}, nil
		}
		// Nothing was read and nothing is sent: the client sees the end of the
		// connection before a response, which it may try again.
		_ = conn.Close()
	}
}

// addConnection counts a connection, or returns false for one too many.
func (l *boundedListener) addConnection(network netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[network] < l.perAddress {
		l.open[network]++
		return true
	}
	l.refused++
	if now := time.Now(); now.Sub(l.reported) >= reportInterval {
		l.logger.WarnContext(context.Background(), "connections refused", slog.String("address", network.String()),
			slog.Int("open", l.perAddress), slog.Int("refused", l.refused))
		l.refused, l.reported = 0, now
	}
	return false
}

func (l *boundedListener) release(network netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[network]--; l.open[network] <= 0 {
		delete(l.open, network)
	}
}

// countedConn is a connection that its listener counts until it is closed.
type countedConn struct {
	*net.TCPConn

	release func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	defer c.release()
	return c.TCPConn.Close()
}
