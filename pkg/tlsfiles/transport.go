package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync"
	"sync/atomic"
)

// state is the authorities and the certificate that a client uses at one time.
type state struct {
	cas         *x509.CertPool   // nil: the machine's
	certificate *tls.Certificate // nil: none
}

func (f *Files) state() (s state) {
	if f.cas != nil {
		s.cas = f.cas.authorities()
	}
	if f.client != nil {
		s.certificate = f.client.certificate()
	}
	return s
}

// Transport carries requests, and keeps connections for the next ones.
type Transport interface {
	http.RoundTripper
	CloseIdleConnections()
}

// Transport returns a transport like base that trusts TLS_CA_FILE and shows
// TLS_CLIENT_CERT_FILE; base itself when none of them is given. After a change
// of the files new requests use new connections, and requests under way end on
// the old ones.
func (f *Files) Transport(base *http.Transport) Transport {
	if f.cas == nil && f.client == nil {
		return base
	}
	t := &transport{files: f, base: base}
	t.current.Store(t.with(f.state()))
	return t
}

// transport is an http.Transport for each state of the files.
type transport struct {
	files   *Files
	base    *http.Transport
	current atomic.Pointer[generation]
	mu      sync.Mutex // held while current is replaced
}

type generation struct {
	state
	*http.Transport
}

func (t *transport) with(s state) *generation {
	g := &generation{s, t.base.Clone()}
	g.TLSClientConfig = clientConfig(s)
	return g
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	g := t.current.Load()
	if g.state != t.files.state() {
		g = t.replace()
	}
	return g.Transport.RoundTrip(request)
}

// replace creates a transport for the current state of the files, unless
// another request has created it.
func (t *transport) replace() *generation {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, now := t.current.Load(), t.files.state()
	if old.state == now {
		return old
	}
	g := t.with(now)
	t.current.Store(g)
	old.CloseIdleConnections()
	return g
}

// CloseIdleConnections serves http.Client.CloseIdleConnections.
func (t *transport) CloseIdleConnections() { t.current.Load().CloseIdleConnections() }
