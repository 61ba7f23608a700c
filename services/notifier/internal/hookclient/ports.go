package hookclient

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Ports are the ports to which webhooks may be sent.
type Ports struct {
	text   string
	ranges [][2]uint16 // first and last
}

// ParsePorts reads ports and ranges of ports that are separated by commas, such
// as 80,443,1024-65535.
func ParsePorts(text string) (Ports, error) {
	p := Ports{text: text}
	for _, part := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, err := parsePort(first)
		if err != nil {
			return Ports{}, err
		}
		to, err := parsePort(last)
		if err != nil {
			return Ports{}, err
		}
		if from > to {
			return Ports{}, fmt.Errorf("the range %s ends before it begins", part)
		}
		p.ranges = append(p.ranges, [2]uint16{from, to})
	}
	return p, nil
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q must be a port from 1 to 65535", text)
	}
	return uint16(n), nil
}

// String returns the text from which p was parsed.
func (p Ports) String() string { return p.text }

// Contain reports whether a port is among p.
func (p Ports) Contain(port uint16) bool {
	for _, r := range p.ranges {
		if r[0] <= port && port <= r[1] {
			return true
		}
	}
	return false
}

// containOf reports whether the port of an http or https URL is among p.
func (p Ports) containOf(u *url.URL) bool {
	text := u.Port()
	switch {
	case text != "":
	case u.Scheme == "https":
		text = "443"
	default:
		text = "80"
	}
	n, err := parsePort(text)
	return err == nil && p.Contain(n)
}
