package postgrestest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Cut returns an address of the server whose connections, those that are open and
// those to come, fail from the call of cut on.
func (s *Server) Cut(t testing.TB) (address string, cut func()) {
	t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, server: u.Host}
	p.ended.Go(p.accept)
	t.Cleanup(p.cut)
	u.Host = listener.Addr().String()
	return u.String(), p.cut
}

// proxy passes the bytes of connections on.
type proxy struct {
	listener net.Listener
	server   string
	ended    sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	over  bool
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		if p.over {
			p.closeAll()
		}
		p.mu.Unlock()
		for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
			p.ended.Go(func() {
				_, _ = io.Copy(way[0], way[1])
				_ = way[0].Close()
			})
		}
	}
}

func (p *proxy) cut() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.over = true
	p.closeAll()
	p.mu.Unlock()
	p.ended.Wait()
}

func (p *proxy) closeAll() {
	for _, conn := range p.conns {
		_ = conn.Close()
	}
}
