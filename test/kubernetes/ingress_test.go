package kubernetes_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

type ingress struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		TLS []struct {
			Hosts      []string `json:"hosts"`
			SecretName string   `json:"secretName"`
		} `json:"tls"`
		Rules []struct {
			Host string `json:"host"`
			HTTP struct {
				Paths []struct {
					Path     string `json:"path"`
					PathType string `json:"pathType"`
					Backend  struct {
						Service struct {
							Name string `json:"name"`
							Port struct {
								Name string `json:"name"`
							} `json:"port"`
						} `json:"service"`
					} `json:"backend"`
				} `json:"paths"`
			} `json:"http"`
		} `json:"rules"`
	} `json:"spec"`
}

// route returns the service of a path and the Ingress that routes it: an exact
// path takes precedence over a prefix, a longer prefix over a shorter one.
// Prefixes are compared element by element.
func (m manifests) route(path string) (service string, by ingress) {
	length := -1
	for _, i := range m.ingresses {
		for _, r := range i.Spec.Rules {
			for _, p := range r.HTTP.Paths {
				prefix := strings.TrimSuffix(p.Path, "/")
				switch {
				case p.PathType == "Exact" && path == p.Path:
					return p.Backend.Service.Name, i
				case p.PathType == "Prefix" && (path == prefix || strings.HasPrefix(path, prefix+"/")) && len(prefix) > length:
					service, by, length = p.Backend.Service.Name, i, len(prefix)
				}
			}
		}
	}
	return service, by
}

func TestIngress(t *testing.T) {
	t.Run("routes the page", testIngressRoutesThePage)
	t.Run("routes every operation", testIngressRoutesEveryOperation)
	t.Run("routes", testIngressRoutes)
}

// testIngressRoutesThePage finds the files of the page that notifier embeds.
func testIngressRoutesThePage(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		files := os.DirFS(root + "/services/notifier/internal/console/page/dist")
		count := 0
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && name != "index.html" {
				count++
				if got, _ := m.route("/" + name); got != "notifier" {
					t.Errorf("/%s is routed to %q", name, got)
				}
			}
			return err
		})
		if err != nil || count == 0 {
			t.Errorf("%d files: %v", count, err)
		}
	})
}

// testIngressRoutesEveryOperation reads the paths from the services' API
// documents.
func testIngressRoutesEveryOperation(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		path := regexp.MustCompile(`(?m)^  (/[^:\s]*):`)
		parameter := regexp.MustCompile(`\{[^}]*\}`)
		paths := map[string]int{}
		for service := range apiPorts {
			text, err := os.ReadFile(root + "/services/" + service + "/internal/rest/openapi.yaml")
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range path.FindAllStringSubmatch(string(text), -1) {
				concrete := parameter.ReplaceAllString(match[1], "x")
				paths[service]++
				if got, _ := m.route(concrete); got != service {
					t.Errorf("%s of %s is routed to %q", concrete, service, got)
				}
			}
		}
		for _, service := range []string{"catalog", "stock", "reservation", "notifier"} {
			if paths[service] < 2 {
				t.Errorf("only %d paths of %s were found", paths[service], service)
			}
		}
	})
}

func testIngressRoutes(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		for path, want := range map[string]string{
			"/":                                  "notifier",
			"/assets/page.js":                    "notifier",
			"/console":                           "notifier",
			"/console/stock":                     "notifier",
			"/consoles":                          "",
			"/api/v1/key":                        "notifier",
			"/api/v1/webhooks":                   "notifier",
			"/api/v1/webhooks/x/test":            "notifier",
			"/api/v1/alerts":                     "notifier",
			"/api/v1/system":                     "notifier",
			"/api/v1/events/stream":              "notifier",
			"/api/v1/products/import":            "catalog",
			"/api/v1/stock/x/y/movements":        "stock",
			"/api/v1/stockings":                  "",
			"/api/v1/transfers/x/ship":           "stock",
			"/api/v1/events":                     "",
			"/internal/v1/holds":                 "",
			"/internal":                          "",
			"/metrics":                           "",
			"/health":                            "notifier",
			"/docs":                              "notifier",
			"/openapi.json":                      "notifier",
			"/asyncapi.json":                     "notifier",
			"/schemas/events/stock.low.json":     "notifier",
			"/schemas":                           "",
			"/ready":                             "",
			"/catalog/docs":                      "catalog",
			"/catalog/openapi.json":              "catalog",
			"/catalog/asyncapi.json":             "catalog",
			"/catalog/schemas/events/x.json":     "catalog",
			"/stock/docs":                        "stock",
			"/stock/openapi.json":                "stock",
			"/stock/asyncapi.json":               "stock",
			"/stock/schemas/events/x.json":       "stock",
			"/reservation/docs":                  "reservation",
			"/reservation/openapi.json":          "reservation",
			"/reservation/asyncapi.json":         "reservation",
			"/reservation/schemas/events/x.json": "reservation",
			"/notifier/docs":                     "notifier",
			"/notifier/openapi.json":             "notifier",
			"/notifier/asyncapi.json":            "notifier",
			"/notifier/schemas/events/x.json":    "notifier",
			"/docs/swagger-ui.css":               "notifier",
			"/stock/docs/x":                      "",
			"/stock/health":                      "",
			"/stock/metrics":                     "",
		} {
			if got, _ := m.route(path); got != want {
				t.Errorf("%s is routed to %q, want %q", path, got, want)
			}
		}
		_, stream := m.route("/api/v1/events/stream")
		if stream.Metadata.Annotations["nginx.ingress.kubernetes.io/proxy-buffering"] != "off" {
			t.Error("the live stream is buffered")
		}
		for _, i := range m.ingresses {
			for _, r := range i.Spec.Rules {
				if r.Host == "" {
					t.Errorf("%s has a rule for every host", i.Metadata.Name)
				}
				if !strings.HasSuffix(t.Name(), "-dev") &&
					(len(i.Spec.TLS) != 1 || i.Spec.TLS[0].SecretName == "" || len(i.Spec.TLS[0].Hosts) != 1 || i.Spec.TLS[0].Hosts[0] != r.Host) {
					t.Errorf("%s has no certificate for %s: %+v", i.Metadata.Name, r.Host, i.Spec.TLS)
				}
			}
		}
	})
}
