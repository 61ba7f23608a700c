package kubernetes_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// certificate is a Certificate of cert-manager.
type certificate struct {
	Kind string `json:"kind"`
	Spec struct {
		SecretName string   `json:"secretName"`
		DNSNames   []string `json:"dnsNames"`
		Usages     []string `json:"usages"`
	} `json:"spec"`
}

// certificates returns those of components/tls by the names of their secrets.
func certificates(t *testing.T) map[string]certificate {
	t.Helper()
	text, err := os.ReadFile(root + "/deploy/k8s/components/tls/certificates.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]certificate{}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var c certificate
		if err := decoder.Decode(&c); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if c.Kind == "Certificate" {
			all[c.Spec.SecretName] = c
		}
	}
}

// TestTLS: with the component, the services are called by names in their
// certificates, and only they and an operator have a certificate for clients.
func TestTLS(t *testing.T) {
	m, all := build(t, "test/components"), certificates(t)
	issued := map[string]bool{}
	use := func(secret string) certificate {
		t.Helper()
		c, found := all[secret]
		if !found {
			t.Errorf("no Certificate creates the Secret %s", secret)
		}
		issued[secret] = true
		return c
	}
	for _, i := range m.ingresses {
		a := func(name string) string { return i.Metadata.Annotations["nginx.ingress.kubernetes.io/"+name] }
		if a("backend-protocol") != "HTTPS" || a("proxy-ssl-verify") != "on" || a("proxy-ssl-server-name") != "on" {
			t.Errorf("Ingress %s does not verify the services: %v", i.Metadata.Name, i.Metadata.Annotations)
		}
		secret, found := strings.CutPrefix(a("proxy-ssl-secret"), i.Metadata.Namespace+"/")
		if c := use(secret); !found || slices.Contains(c.Spec.Usages, "client auth") {
			t.Errorf("Ingress %s has the secret %s: %+v", i.Metadata.Name, a("proxy-ssl-secret"), c.Spec)
		}
		for name := range apiPorts {
			if names := use("inventory-" + name + "-tls").Spec.DNSNames; !slices.Contains(names, a("proxy-ssl-name")) {
				t.Errorf("the ingress controller wants %s to be %s, which is %q", name, a("proxy-ssl-name"), names)
			}
		}
	}
	for name := range apiPorts {
		variables := environment(t, m, name)
		for _, called := range []string{"catalog", "stock", "reservation"} {
			if got, want := variables[strings.ToUpper(called)+"_URL"], "https://"+called+":9091"; got != want {
				t.Errorf("%s calls %s at %s, want %s", name, called, got, want)
			}
		}
		c := use("inventory-" + name + "-tls")
		if !slices.Contains(c.Spec.DNSNames, name) || !slices.Contains(c.Spec.Usages, "server auth") || !slices.Contains(c.Spec.Usages, "client auth") {
			t.Errorf("%s has a certificate for %q, usages %q", name, c.Spec.DNSNames, c.Spec.Usages)
		}
		if scheme := m.workloads[name].Spec.Template.Metadata.Annotations["prometheus.io/scheme"]; scheme != "https" {
			t.Errorf("%s is scraped by %q", name, scheme)
		}
	}
	for secret, c := range all {
		if !issued[secret] && secret != "inventory-ca" && (secret != "inventory-operator-tls" || !slices.Equal(c.Spec.Usages, []string{"digital signature", "client auth"})) {
			t.Errorf("the Secret %s is unused or has the wrong usages: %+v", secret, c.Spec)
		}
	}
}
