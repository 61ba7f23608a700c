package httpapi

import (
	"net"
	"net/http"
	"time"
)

// The bounds of the connections to a service; the caller's context bounds the
// response.
const (
	dialTimeout       = 2 * time.Second
	clientIdleTimeout = 90 * time.Second // shorter than idleTimeout of the server
	maxIdlePerHost    = 32
)

// NewTransport returns the transport of calls to services on other addresses.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:              http.ProxyFromEnvironment,
		DialContext:        (&net.Dialer{Timeout: dialTimeout}).DialContext,
		DisableCompression: true, // a response that is passed on stays unchanged
		ForceAttemptHTTP2:  true, TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout: clientIdleTimeout, MaxIdleConnsPerHost: maxIdlePerHost,
	}
}
