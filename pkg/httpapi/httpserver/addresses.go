package httpserver

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// privateNetworks are the networks that the word "private" stands for in
// ParseProxies: loopback, link-local, RFC 1918, RFC 6598 and RFC 4193.
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// Proxies are the addresses of the proxies whose X-Forwarded-For is trusted.
// The zero value trusts none.
type Proxies struct{ networks []netip.Prefix }

// ParseProxies reads addresses and networks in CIDR form, separated by commas;
// "private" stands for all loopback, link-local and private networks. "" gives
// no proxies.
func ParseProxies(text string) (Proxies, error) {
	var p Proxies
	if strings.TrimSpace(text) == "" {
		return p, nil
	}
	var all []error
	for i, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if part == "private" {
			p.networks = append(p.networks, privateNetworks...)
			continue
		}
		network, err := netip.ParsePrefix(part)
		if err != nil {
			address, single := netip.ParseAddr(part)
			if single != nil || address.Zone() != "" {
				all = append(all, fmt.Errorf("proxy %d must be an address, a network such as 10.0.0.0/8, or the word private", i+1))
				continue
			}
			address = address.Unmap()
			network = netip.PrefixFrom(address, address.BitLen())
		}
		p.networks = append(p.networks, network.Masked())
	}
	if len(all) > 0 {
		return Proxies{}, errors.Join(all...)
	}
	return p, nil
}

func (p Proxies) trusts(address netip.Addr) bool {
	for _, network := range p.networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// ClientAddress returns the address of the client that sent r: the peer of the
// connection or, where the peer is one of the proxies, the last address in
// X-Forwarded-For that no proxy has. The zero Addr means that r came over no
// network connection, but from another service of the same process.
func (p Proxies) ClientAddress(r *http.Request) netip.Addr {
	address := peerAddress(r)
	if len(p.networks) == 0 || !p.trusts(address) {
		return address
	}
	lines := r.Header["X-Forwarded-For"]
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var part string
			if at := strings.LastIndexByte(rest, ','); at >= 0 {
				rest, part = rest[:at], rest[at+1:]
			} else {
				part, more = rest, false
			}
			next := ParseAddress(strings.TrimSpace(part))
			if !next.IsValid() {
				return address
			}
			if address = next; !p.trusts(address) {
				return address
			}
		}
	}
	return address
}

// peerAddress returns the address of the other end of r's connection, and the
// zero Addr when there is no connection.
func peerAddress(r *http.Request) netip.Addr { return ParseAddress(r.RemoteAddr) }

// ParseAddress reads an IP address with or without a port. It returns the zero
// Addr for any other text.
func ParseAddress(text string) netip.Addr {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

// ipv6Network is how many bits of an IPv6 address count as one client: a site
// gets a network of at least this size.
const ipv6Network = 64

// NetworkOf returns the network that counts as one client: an IPv4 address or
// the /64 of an IPv6 address. The zero Prefix belongs to the zero Addr.
func NetworkOf(address netip.Addr) netip.Prefix {
	if !address.IsValid() {
		return netip.Prefix{}
	}
	bits := address.BitLen()
	if address.Is6() {
		bits = ipv6Network
	}
	network, _ := address.Prefix(bits) // bits are within range
	return network
}
