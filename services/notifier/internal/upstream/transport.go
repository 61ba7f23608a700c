package upstream

import (
	"net"
	"net/http"
	"time"
)

// The bounds of the connections to a service; how long an answer may take is
// REQUEST_TIMEOUT.
const (
	dialTimeout    = 2 * time.Second
	idleTimeout    = 90 * time.Second // shorter than a service keeps an idle connection
	maxIdlePerHost = 32
)

// NewTransport returns the way to services on other addresses.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:              http.ProxyFromEnvironment,
		DialContext:        (&net.Dialer{Timeout: dialTimeout}).DialContext,
		DisableCompression: true, // what callers ask for is what is asked for
		ForceAttemptHTTP2:  true, TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout: idleTimeout, MaxIdleConnsPerHost: maxIdlePerHost,
	}
}
