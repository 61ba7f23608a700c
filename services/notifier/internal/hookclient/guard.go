package hookclient

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"unicode"
)

// The errors of the guard. Their texts are for outsiders.
var (
	errPrivate = errors.New("the address is not public")
	errPort    = errors.New("the port is not allowed")
)

// allocated are the IPv6 addresses that are allocated for the internet; all others
// have another use or none.
var allocated = netip.MustParsePrefix("2000::/3")

// reserved are the networks that are not public and that netip does not report:
// IANA's special-purpose registries, and networks of IPv6 addresses that contain an
// IPv4 address.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), // with the broadcast address
	netip.MustParsePrefix("2001::/23"),   // with Teredo
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("3fff::/20"),
}

// public reports whether a is an address of the open internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false // also loopback, link-local, multicast and unspecified
	}
	if a.Is6() && !allocated.Contains(a) {
		return false
	}
	for _, network := range reserved {
		if network.Contains(a) {
			return false
		}
	}
	return true
}

// guard decides to which addresses a Client may connect.
type guard struct {
	allowPrivate bool
	ports        Ports
}

// checkAddress is the Control of a net.Dialer. It gets the address of the connection
// after the name was resolved, so that no name leads to a refused address.
func (g guard) checkAddress(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	switch {
	case err != nil || !g.allowPrivate && !public(target.Addr()):
		return errPrivate
	case !g.ports.Contain(target.Port()):
		return errPort
	}
	return nil
}

// CheckURL returns the reason why a URL can never be called, as a sentence about the
// field; nil when there is none. Names are resolved at each request only.
func (c *Client) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New("must be an absolute URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must begin with http:// or https://")
	case u.User != nil:
		return errors.New("must not hold a user or password")
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return errors.New("must not have a fragment")
	case !c.guard.ports.containOf(u):
		return fmt.Errorf("must have one of the ports %s", c.guard.ports)
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	address, err := netip.ParseAddr(host)
	switch {
	case err != nil && numeric(host):
		return errors.New("must have the name of a host, or an address in full, such as 192.0.2.1")
	case c.guard.allowPrivate:
		return nil
	case err == nil && !public(address) || host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return errors.New("must not lead to a private address")
	}
	return nil
}

// numeric reports whether a host that is not a complete address is a number for some
// resolvers, such as 127.1, 2130706433 or 0x7f000001. No name ends in a label that is
// a number.
func numeric(host string) bool {
	const dots = ".\u3002\uff0e\uff61" // an international name has other dots too
	labels := strings.FieldsFunc(host, func(r rune) bool { return strings.ContainsRune(dots, r) })
	if len(labels) == 0 {
		return false
	}
	last := labels[len(labels)-1]
	if digits, found := strings.CutPrefix(last, "0x"); found {
		return !strings.ContainsFunc(digits, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	}
	return !strings.ContainsFunc(last, func(r rune) bool { return !unicode.IsDigit(r) })
}
