package postgrestest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports lie below those that systems give to connections: a client that dials a
// stopped server's port again and again could otherwise be given that very port
// and connect to itself.
const (
	firstPort = 10_000
	portCount = 10_000
)

// port is a TCP port of 127.0.0.1 that no other server of a test takes, also
// while its own is down.
type port struct {
	number int
	// claim is the UDP port of that number: it shows other processes that the TCP
	// port is taken until this one ends.
	claim net.PacketConn
}

func newPort(t testing.TB) *port {
	t.Helper()
	for range 1000 {
		n := firstPort + rand.IntN(portCount)
		claim, err := net.ListenPacket("udp4", loopback(n))
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp4", loopback(n))
		if err != nil {
			_ = claim.Close()
			continue
		}
		_ = l.Close()
		return &port{number: n, claim: claim}
	}
	t.Fatal("found no free port")
	return nil
}

func (p *port) addr() string { return loopback(p.number) }

func (p *port) release() { _ = p.claim.Close() }

func loopback(number int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(number)) }
