package postgres_test

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy is on the way to a server, and breaks it.
type proxy struct {
	listener net.Listener
	target   string
	copies   sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	cut    *cut // nil: nothing is counted
	closed bool // no connection is accepted
}

// cut ends a connection within the bytes of one direction.
type cut struct {
	toServer bool
	left     int  // bytes that still pass
	passed   int  // bytes of the direction since the cut was armed
	done     bool // the connection has ended
}

// unlimited is for a cut that only counts.
const unlimited = 1 << 30

// newProxy returns a proxy before the server of address, and the address with
// the proxy in the server's place.
func newProxy(t *testing.T, address string) (p *proxy, through string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{listener: listener, target: u.Host, conns: map[net.Conn]bool{}}
	p.copies.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.breakAll()
		p.copies.Wait()
	})
	u.Host = listener.Addr().String()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		closed := p.closed
		p.mu.Unlock()
		server, err := net.Dial("tcp", p.target)
		if err != nil || closed {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		p.copies.Go(func() { p.copy(server, client, true) })
		p.copies.Go(func() { p.copy(client, server, false) })
	}
}

// copy passes bytes on until one of the two is closed.
func (p *proxy) copy(to, from net.Conn, toServer bool) {
	defer func() {
		_, _ = to.Close(), from.Close()
		p.mu.Lock()
		delete(p.conns, to)
		delete(p.conns, from)
		p.mu.Unlock()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		allowed, end := p.allow(n, toServer)
		if _, err := to.Write(buffer[:allowed]); err != nil || end {
			return
		}
	}
}

// allow returns how many of n bytes pass, and whether the connection ends after
// them.
func (p *proxy) allow(n int, toServer bool) (allowed int, end bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch c := p.cut; {
	case c == nil || c.done || c.toServer != toServer:
		return n, false
	case n < c.left:
		c.left -= n
		c.passed += n
		return n, false
	default:
		c.passed += c.left
		c.done = true
		return c.left, true
	}
}

// arm makes the proxy end the next connection after left bytes of a direction.
func (p *proxy) arm(toServer bool, left int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = &cut{toServer: toServer, left: left}
}

// disarm returns how many bytes have passed since arm, and whether a connection
// has ended because of it.
func (p *proxy) disarm() (passed int, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed, ended = p.cut.passed, p.cut.done
	p.cut = nil
	return passed, ended
}

// refuse makes the proxy end each new connection at once.
func (p *proxy) refuse(closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = closed
}

// ended reports whether the cut has ended a connection.
func (p *proxy) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut != nil && p.cut.done
}

// breakAll ends all connections.
func (p *proxy) breakAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}
