package kubernetes_test

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/process"
	"inventory.example/pkg/tlsfiles/tlsfilestest"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// outside returns the secrets that production expects; docs/kubernetes.md shows
// how to create them.
func outside(t *testing.T) map[string]secret {
	t.Helper()
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ours := tlsfilestest.NewAuthority(t)
	certificate := func(name string) secret {
		pair := ours.Issue(name)
		return secret{Data: map[string][]byte{"tls.crt": pair.Cert, "tls.key": pair.Key, "ca.crt": ours.PEM}}
	}
	return map[string]secret{
		"inventory-catalog-tls": certificate("catalog"), "inventory-stock-tls": certificate("stock"),
		"inventory-reservation-tls": certificate("reservation"), "inventory-notifier-tls": certificate("notifier"),
		"inventory-keys": {Data: map[string][]byte{
			"api-keys": []byte("0123456789abcdef:Somebody\n"), "service-key": []byte("0123456789abcdef0123456789abcdef\n"),
		}},
		"inventory-kafka": {Data: map[string][]byte{
			"username": []byte("inventory"), "password": []byte("secret\n"), "ca.crt": authority,
		}},
		"inventory-postgres": {Data: map[string][]byte{
			"catalog": databaseURL("catalog"), "stock": databaseURL("stock"), "reservation": databaseURL("reservation"),
			"notifier": databaseURL("notifier"), "ca.crt": authority,
		}},
		"inventory-litestream": {Data: map[string][]byte{"access-key-id": []byte("id"), "secret-access-key": []byte("key")}},
		"inventory-tls":        {},
	}
}

// databaseURL is the DATABASE_URL of a service.
func databaseURL(service string) []byte {
	return []byte("postgres://" + service + ":secret@db.example.com:5432/inventory?sslmode=verify-full&sslrootcert=/run/secrets/postgres-ca/ca.crt\n")
}

// environment returns the variables that the kubelet would give a service, with
// the paths of its secrets replaced by those of files with the same content.
func environment(t *testing.T, m manifests, name string) map[string]string {
	t.Helper()
	secrets := outside(t)
	maps.Copy(secrets, m.secrets)
	spec := m.workloads[name].Spec.Template.Spec
	c := spec.service(t)
	variables := map[string]string{}
	for _, from := range c.EnvFrom {
		config, found := m.configMaps[from.ConfigMapRef.Name]
		if !found {
			t.Errorf("%s: there is no ConfigMap %s", name, from.ConfigMapRef.Name)
		}
		maps.Copy(variables, config.Data)
	}
	for _, v := range c.Env {
		variables[v.Name] = v.Value
		if v.ValueFrom != nil {
			reference := v.ValueFrom.SecretKeyRef
			value, found := secrets[reference.Name].Data[reference.Key]
			if !found {
				t.Errorf("%s: %s: there is no %s in the Secret %s", name, v.Name, reference.Key, reference.Name)
			}
			variables[v.Name] = string(value)
		}
	}
	files := t.TempDir()
	for _, mount := range c.VolumeMounts {
		for _, volume := range spec.Volumes {
			if volume.Name != mount.Name || volume.Secret == nil {
				continue
			}
			paths := map[string]string{} // key → path
			for _, item := range volume.Secret.Items {
				paths[item.Key] = item.Path
			}
			folder := filepath.Join(files, mount.MountPath)
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			for key, value := range secrets[volume.Secret.SecretName].Data {
				path, listed := paths[key]
				if len(paths) == 0 {
					path = key
				} else if !listed {
					continue
				}
				if err := os.WriteFile(filepath.Join(folder, path), value, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for variable, value := range variables {
		if strings.HasPrefix(value, "/run/secrets/") {
			variables[variable] = filepath.Join(files, value)
		}
	}
	return variables
}

func (s podSpec) service(t *testing.T) container {
	t.Helper()
	i := slices.IndexFunc(s.Containers, func(c container) bool { return c.Name == "service" })
	if i < 0 {
		t.Fatal("there is no container named service")
	}
	return s.Containers[i]
}

func TestConfiguration(t *testing.T) {
	t.Run("is usable", testConfigurationIsUsable)
}

// testConfigurationIsUsable reads the configuration of each service from the
// variables of its pod, as the service does at its start.
func testConfigurationIsUsable(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		known := documented(t)
		for name, api := range apiPorts {
			variables := environment(t, m, name)
			for variable := range variables {
				plain := variable
				for service := range apiPorts {
					plain = strings.TrimPrefix(plain, strings.ToUpper(service)+"_")
				}
				if secret, file := strings.CutSuffix(plain, "_FILE"); file && slices.Contains(process.Secrets, secret) {
					plain = secret
				}
				// Go's runtime reads GOMEMLIMIT. CATALOG_URL begins like a prefix.
				if !known[plain] && !known[variable] && variable != "GOMEMLIMIT" {
					t.Errorf("%s: no program reads %s", name, variable)
				}
			}
			ports, database, address, stop := load(t, name, variables)
			spec := m.workloads[name].Spec
			pod := spec.Template.Spec
			c := pod.service(t)
			want := []port{{"http", api}, {"internal", internalPort}, {"metrics", metricsPort}}
			slices.SortFunc(c.Ports, func(a, b port) int { return strings.Compare(a.Name, b.Name) })
			if !slices.Equal(ports, want) || !slices.Equal(c.Ports, want) {
				t.Errorf("%s listens on %+v, its container names %+v, want %+v", name, ports, c.Ports, want)
			}
			if grace := time.Duration(pod.TerminationGracePeriodSeconds) * time.Second; grace < stop+10*time.Second {
				t.Errorf("%s is killed after %s, and may take %s to stop", name, grace, stop)
			}
			switch {
			case m.workloads[name].Kind == "Deployment":
				if address != strings.TrimSpace(string(databaseURL(name))) {
					t.Errorf("%s uses the database %s", name, address)
				}
				if !slices.Contains(c.VolumeMounts, mount{"postgres-ca", "/run/secrets/postgres-ca"}) {
					t.Errorf("%s has no file of the authority that its URL names", name)
				}
			case address != "" || database != "/data/"+name+".db":
				t.Errorf("%s has its database in %s, %s", name, database, address)
			case len(spec.VolumeClaimTemplates) != 1 ||
				!slices.Contains(c.VolumeMounts, mount{spec.VolumeClaimTemplates[0].Metadata.Name, "/data"}):
				t.Errorf("%s: /data is not a persistent volume", name)
			}
			if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
				t.Errorf("%s gets variables such as REDIS_PORT from Kubernetes", name)
			}
		}
	})
}

// load reads a service's configuration and returns the settings that the pod must
// match.
func load(t *testing.T, name string, variables map[string]string) (ports []port, database, address string, stop time.Duration) {
	t.Helper()
	var (
		c catalog.Config
		s stock.Config
		r reservation.Config
		n notifier.Config
		b broker.Config
	)
	target := map[string]process.Validator{"catalog": &c, "stock": &s, "reservation": &r, "notifier": &n}[name]
	source := envconfig.MapLookuper(variables)
	if err := process.LoadFrom(t.Context(), source, strings.ToUpper(name)+"_", target, &b); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if b.Name != broker.Redis && b.Name != broker.Kafka {
		t.Errorf("%s has the broker %q, which does not connect services", name, b.Name)
	}
	ports = []port{ // one of each was read
		{"http", c.Port + s.Port + r.Port + n.Port},
		{"internal", c.InternalPort + s.InternalPort + r.InternalPort + n.InternalPort},
		{"metrics", c.MetricsPort + s.MetricsPort + r.MetricsPort + n.MetricsPort},
	}
	database = c.SQLitePath + s.SQLitePath + r.SQLitePath + n.SQLitePath
	address = c.DatabaseURL + s.DatabaseURL + r.DatabaseURL + n.DatabaseURL
	stop = c.ShutdownTimeout + s.ShutdownTimeout + r.ShutdownTimeout + n.ShutdownTimeout
	return ports, database, address, stop
}

// documented returns the variables that docs/configuration.md lists.
// cmd/inventory/configuration_test.go compares that list with the programs.
func documented(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(root + "/docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		known[row[1]] = true
	}
	if len(known) < 20 {
		t.Fatalf("only %d variables", len(known))
	}
	return known
}

// TestPods: a service with a volume has one pod, a service on PostgreSQL has several, of
// which an upgrade misses none; its Services select them, a drain can move them, and the
// right probe restarts them.
func TestPods(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		for name, set := range m.workloads {
			names := []string{name}
			switch {
			case set.Kind == "Deployment":
				if set.Spec.Replicas < 2 || set.Spec.Strategy.RollingUpdate.MaxUnavailable != 0.0 {
					t.Errorf("%s: an upgrade interrupts it: %+v", name, set.Spec.Strategy)
				}
			case set.Spec.Replicas != 1:
				t.Errorf("%s: %d replicas of one database", name, set.Spec.Replicas)
			default:
				names = append(names, set.Spec.ServiceName)
			}
			for _, s := range names {
				if m.services[s].Spec.Selector["app.kubernetes.io/name"] != name {
					t.Errorf("Service %s does not lead to %s", s, name)
				}
			}
			b, found := m.budgets[name]
			if !found || b.Spec.MaxUnavailable != 1.0 || b.Spec.MinAvailable != nil || !b.Spec.Selector.matches(t, set.Spec.Template.Metadata.Labels) {
				t.Errorf("%s: its disruption budget does not let a drain through: %+v", name, b)
			}
		}
		for name, port := range apiPorts {
			c := m.workloads[name].Spec.Template.Spec.service(t)
			scheme := "" // HTTP
			if environment(t, m, name)["TLS_CERT_FILE"] != "" {
				scheme = "HTTPS"
			}
			for i, path := range []string{"/ready", "/ready", "/health"} {
				get := []probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe}[i].HTTPGet
				if get.Path != path || get.Port != "http" || get.Scheme != scheme {
					t.Errorf("%s: probe %d is %+v, want %s %s", name, i, get, scheme, path)
				}
			}
			ports := m.services[name].Spec.Ports
			if len(ports) < 1 || ports[0].Port != port || ports[0].TargetPort != "http" || ports[0].Name != "http" {
				t.Errorf("Service %s has the ports %+v, want %d to http", name, ports, port)
			}
			if called := name != "notifier"; called != (len(ports) == 2) ||
				called && (ports[1].Port != internalPort || ports[1].TargetPort != "internal" || ports[1].Name != "internal") {
				t.Errorf("Service %s has the ports %+v, want %d to internal: %v", name, ports, internalPort, called)
			}
		}
	})
}

// TestSecrets: docs/kubernetes.md shows how to create every secret that production
// expects.
func TestSecrets(t *testing.T) {
	document, err := os.ReadFile(root + "/docs/kubernetes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, overlay := range overlays[1:] {
		m := build(t, overlay)
		if len(m.secrets) > 0 {
			t.Errorf("%s has secrets in its files", overlay)
		}
		wanted := map[string][]string{}
		for _, set := range m.workloads {
			spec := set.Spec.Template.Spec
			for _, v := range spec.Volumes {
				if v.Secret != nil {
					wanted[v.Secret.SecretName] = nil
				}
			}
			for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
				for _, v := range c.Env {
					if v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil {
						wanted[v.ValueFrom.SecretKeyRef.Name] = append(wanted[v.ValueFrom.SecretKeyRef.Name], v.ValueFrom.SecretKeyRef.Key)
					}
				}
			}
		}
		for _, i := range m.ingresses {
			for _, tls := range i.Spec.TLS {
				wanted[tls.SecretName] = nil
			}
		}
		delete(wanted, "inventory-db-ca") // the operator of PostgreSQL creates it
		for name, keys := range wanted {
			for _, text := range append(keys, name) {
				if !strings.Contains(string(document), text) {
					t.Errorf("%s: docs/kubernetes.md does not name %s of the Secret %s", overlay, text, name)
				}
			}
			for key := range outside(t)[name].Data {
				if !strings.Contains(string(document), "--from-file="+key) && !strings.Contains(string(document), "--from-literal="+key) {
					t.Errorf("docs/kubernetes.md does not create %s of the Secret %s", key, name)
				}
			}
			if _, known := outside(t)[name]; !known {
				t.Errorf("this test does not know the Secret %s", name)
			}
		}
	}
}
