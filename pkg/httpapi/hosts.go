package httpapi

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"

	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

// Hosts are the host names and addresses under which a service may be called. A
// service with public development keys needs them: a web page whose own name
// leads to this machine could otherwise use the service in its visitor's
// browser (DNS rebinding). A nil Hosts allows every name.
type Hosts struct {
	names map[string]bool
	own   string // name of the machine
}

// ParseHosts reads names and addresses without a port, separated by commas.
// Beside them, Hosts allow the loopback names and addresses, the name of this
// machine, and the local address of a connection.
func ParseHosts(text string) (*Hosts, error) {
	h := &Hosts{names: map[string]bool{}}
	if own, err := os.Hostname(); err == nil {
		h.own = canonicalHost(own)
	}
	if strings.TrimSpace(text) == "" {
		return h, nil
	}
	var all []error
	for i, name := range strings.Split(text, ",") {
		name = strings.TrimSpace(name)
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if name == "" || err != nil && strings.ContainsAny(name, ":/@*[] ") {
			all = append(all, fmt.Errorf("host %d must be a name or an address, without a port", i+1))
			continue
		}
		h.names[canonicalHost(name)] = true
	}
	if len(all) > 0 {
		return nil, errors.Join(all...)
	}
	return h, nil
}

// canonicalHost returns one text for all spellings of a host.
func canonicalHost(host string) string {
	host = strings.Trim(host, "[]")
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().WithZone("").String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// check returns a Forbidden problem unless h allows the host of r. A request
// without a host, and one from within the process, do not come from a browser.
func (h *Hosts) check(r *http.Request) error {
	if h == nil || r.Host == "" || r.RemoteAddr == "" {
		return nil
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = canonicalHost(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || host == h.own || h.names[host] {
		return nil
	}
	if address, err := netip.ParseAddr(host); err == nil && (address.IsLoopback() || address == localAddress(r)) {
		return nil
	}
	return errHost
}

// localAddress returns the local address of r's connection.
func localAddress(r *http.Request) netip.Addr {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	return httpserver.ParseAddress(local.String())
}

var errHost = problem.New(problem.Forbidden,
	"The Host header names a host that this service does not have. In development, ALLOWED_HOSTS lists further names.")
