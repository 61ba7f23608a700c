package kubernetes_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

type policy struct {
	Spec struct {
		PodSelector selector `json:"podSelector"`
		PolicyTypes []string `json:"policyTypes"`
		Ingress     []rule   `json:"ingress"`
		Egress      []rule   `json:"egress"`
	} `json:"spec"`
}

type rule struct {
	From  []peer `json:"from"`
	To    []peer `json:"to"`
	Ports []struct {
		Protocol string `json:"protocol"`
		Port     int    `json:"port"`
		EndPort  int    `json:"endPort"`
	} `json:"ports"`
}

type peer struct {
	NamespaceSelector *selector `json:"namespaceSelector"`
	PodSelector       *selector `json:"podSelector"`
	IPBlock           *struct {
		CIDR   string   `json:"cidr"`
		Except []string `json:"except"`
	} `json:"ipBlock"`
}

// end is one end of a connection: a pod, or an address outside of the cluster.
type end struct {
	namespace string // "" is that of the manifests
	labels    map[string]string
	address   string
}

func pod(name string) end { return end{labels: map[string]string{"app.kubernetes.io/name": name}} }

var (
	ingressController = end{namespace: "ingress-nginx", labels: map[string]string{"app.kubernetes.io/name": "ingress-nginx"}}
	prometheus        = end{namespace: "monitoring", labels: map[string]string{"app.kubernetes.io/name": "prometheus"}}
	collector         = end{namespace: "monitoring", labels: map[string]string{"app.kubernetes.io/name": "opentelemetry-collector"}}
	nameServer        = end{namespace: "kube-system", labels: map[string]string{"k8s-app": "kube-dns"}}
	stranger          = end{namespace: "default", labels: map[string]string{"app.kubernetes.io/name": "stock"}}
)

// allowed reports whether the policies allow a connection: the egress of the
// sender and the ingress of the receiver. A pod that a policy of a direction
// selects may only have the connections that one of these policies allows.
func (m manifests) allowed(t *testing.T, from, to end, protocol string, port int) bool {
	t.Helper()
	return m.passes(t, "Egress", from, to, protocol, port) && m.passes(t, "Ingress", to, from, protocol, port)
}

func (m manifests) passes(t *testing.T, direction string, own, other end, protocol string, port int) bool {
	t.Helper()
	if own.namespace != "" || own.address != "" {
		return true // not our pod
	}
	selected := false
	for _, p := range m.policies {
		if !slices.Contains(p.Spec.PolicyTypes, direction) || !p.Spec.PodSelector.matches(t, own.labels) {
			continue
		}
		selected = true
		rules := p.Spec.Egress
		if direction == "Ingress" {
			rules = p.Spec.Ingress
		}
		for _, r := range rules {
			if r.hasPort(protocol, port) && r.hasPeer(t, other) {
				return true
			}
		}
	}
	return !selected
}

func (r rule) hasPort(protocol string, port int) bool {
	for _, p := range r.Ports {
		if p.Protocol == "" {
			p.Protocol = "TCP"
		}
		if p.Protocol == protocol && p.Port <= port && port <= max(p.Port, p.EndPort) {
			return true
		}
	}
	return len(r.Ports) == 0
}

func (r rule) hasPeer(t *testing.T, other end) bool {
	t.Helper()
	peers := slices.Concat(r.From, r.To)
	return len(peers) == 0 || slices.ContainsFunc(peers, func(p peer) bool { return p.is(t, other) })
}

func (p peer) is(t *testing.T, other end) bool {
	t.Helper()
	if p.IPBlock != nil {
		return other.address != "" && within(t, p.IPBlock.CIDR, other.address) &&
			!slices.ContainsFunc(p.IPBlock.Except, func(cidr string) bool { return within(t, cidr, other.address) })
	}
	if other.address != "" {
		return false
	}
	if p.NamespaceSelector == nil {
		if other.namespace != "" {
			return false
		}
	} else if !p.NamespaceSelector.matches(t, map[string]string{"kubernetes.io/metadata.name": other.namespace}) {
		return false
	}
	return p.PodSelector == nil || p.PodSelector.matches(t, other.labels)
}

func within(t *testing.T, cidr, address string) bool {
	t.Helper()
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		t.Fatal(err)
	}
	return prefix.Contains(netip.MustParseAddr(address))
}

func TestNetwork(t *testing.T) {
	t.Run("between pods", testNetworkBetweenPods)
	t.Run("to the outside", testNetworkToTheOutside)
}

// testNetworkBetweenPods compares every pair of pods with the list of the pairs
// that must be able to connect. No other pair may connect.
func testNetworkBetweenPods(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		ends := map[string]end{
			"ingress": ingressController, "prometheus": prometheus, "stranger": stranger, "unknown": pod("unknown"),
		}
		ports := maps.Clone(apiPorts)
		want := []string{
			"ingress→catalog", "ingress→stock", "ingress→reservation", "ingress→notifier",
		}
		calls := []string{
			"catalog→stock", "stock→catalog", "reservation→stock",
			"notifier→catalog", "notifier→stock", "notifier→reservation",
		}
		if strings.HasSuffix(t.Name(), "-dev") {
			ports["redis"] = 6379
			want = append(want, "catalog→redis", "stock→redis", "reservation→redis", "notifier→redis")
		}
		if strings.HasSuffix(t.Name(), "-cnpg") {
			ports["db"] = 5432
			want = append(want, "catalog→db", "stock→db", "reservation→db", "notifier→db", "db→db", "operator→db")
			ends["operator"] = end{namespace: "cnpg-system", labels: map[string]string{"app.kubernetes.io/name": "cloudnative-pg"}}
		}
		scraped := strings.HasSuffix(t.Name(), "-components")
		for name := range ports {
			ends[name] = pod(name)
		}
		ends["db"] = end{labels: map[string]string{"cnpg.io/cluster": "inventory-db"}}
		var got []string
		for from, sender := range ends {
			for to, port := range ports {
				if m.allowed(t, sender, ends[to], "TCP", port) {
					got = append(got, from+"→"+to)
				}
				if m.allowed(t, sender, ends[to], "TCP", 22) {
					t.Errorf("%s reaches another port of %s", from, to)
				}
				called := slices.Contains(calls, from+"→"+to)
				if reached := m.allowed(t, sender, ends[to], "TCP", internalPort); reached != called {
					t.Errorf("%s reaches the internal routes of %s: %v, want %v", from, to, reached, called)
				}
				scrapes := scraped && from == "prometheus" && apiPorts[to] != 0
				if reached := m.allowed(t, sender, ends[to], "TCP", metricsPort); reached != scrapes {
					t.Errorf("%s reaches the metrics of %s: %v, want %v", from, to, reached, scrapes)
				}
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("these may connect:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// testNetworkToTheOutside checks the connections to addresses outside of the
// cluster and to the name server.
func testNetworkToTheOutside(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		prod := !strings.HasSuffix(t.Name(), "-dev")
		components := strings.HasSuffix(t.Name(), "-components")
		external := strings.HasSuffix(t.Name(), "-postgres")
		for name := range apiPorts {
			own := pod(name)
			webhooks := name == "notifier"
			for _, flow := range []struct {
				what     string
				to       end
				protocol string
				port     int
				want     bool
			}{
				{"names", nameServer, "UDP", 53, true},
				{"long responses of the name server", nameServer, "TCP", 53, true},
				{"the name server's other ports", nameServer, "TCP", 8080, false},
				{"a name server elsewhere", end{address: "9.9.9.9"}, "UDP", 53, false},
				{"the node's cache of names", end{address: "169.254.20.10"}, "UDP", 53, true},
				{"Kafka", end{address: "10.20.0.7"}, "TCP", 9093, prod},
				{"PostgreSQL", end{address: "10.30.0.7"}, "TCP", 5432, external},
				{"another port of PostgreSQL's server", end{address: "10.30.0.7"}, "TCP", 22, false},
				{"Kafka without TLS", end{address: "10.20.0.7"}, "TCP", 9092, false},
				{"the collector of traces", collector, "TCP", 4318, components},
				{"the collector's other ports", collector, "TCP", 8888, false},
				{"another pod beside the collector", prometheus, "TCP", 4318, false},
				{"the internet", end{address: "93.184.216.34"}, "TCP", 443, webhooks || components},
				{"the internet, IPv6", end{address: "2606:2800:220:1::1"}, "TCP", 443, webhooks || components},
				{"the internet without TLS", end{address: "93.184.216.34"}, "TCP", 80, webhooks},
				{"mail", end{address: "93.184.216.34"}, "TCP", 25, false},
				{"private addresses", end{address: "10.0.0.1"}, "TCP", 80, false},
				{"the cloud's metadata", end{address: "169.254.169.254"}, "TCP", 80, false},
				{"private addresses, IPv6", end{address: "fd00::1"}, "TCP", 80, false},
			} {
				if got := m.allowed(t, own, flow.to, flow.protocol, flow.port); got != flow.want {
					t.Errorf("%s reaches %s: %v, want %v", name, flow.what, got, flow.want)
				}
			}
			if m.allowed(t, end{address: "93.184.216.34"}, own, "TCP", apiPorts[name]) {
				t.Errorf("%s is reached from the internet without the ingress controller", name)
			}
		}
	})
}
