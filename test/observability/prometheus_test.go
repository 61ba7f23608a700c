package observability_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/postgres/postgrestest"
)

// server is a running Prometheus.
type server struct {
	t      *testing.T
	base   string
	client *http.Client
}

// scraping starts Prometheus with our configuration and rules, but with another
// target and shorter intervals.
func scraping(t *testing.T, client *http.Client, target string) *server {
	t.Helper()
	config := read(t, "deploy/observability/prometheus/prometheus.yml")
	folder := t.TempDir()
	for from, to := range map[string]string{
		"scrape_interval: 15s":     "scrape_interval: 500ms",
		"evaluation_interval: 15s": "evaluation_interval: 500ms",
		"dns_sd_configs:\n      - names: [catalog, stock, reservation, notifier]\n        type: A\n        port: 9091\n        refresh_interval: 5s\n": "static_configs:\n      - targets: [\"" + target + "\"]\n",
	} {
		changed := strings.Replace(config, from, to, 1)
		if changed == config {
			t.Fatalf("prometheus.yml has no %q", from)
		}
		config = changed
	}
	write(t, filepath.Join(folder, "prometheus.yml"), config)
	write(t, filepath.Join(folder, "rules", "inventory.yml"), read(t, strings.TrimPrefix(rulesFile, root+"/")))
	cmd := exec.Command(program(t, "prometheus"), "--config.file="+filepath.Join(folder, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address=127.0.0.1:0")
	p := start(t, cmd, `"Listening on".* address=(\S+)`)
	return &server{t: t, base: p.base, client: client}
}

// get decodes the data of a response of the API.
func (s *server) get(path string, data any) error {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+"/api/v1/"+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	answer := struct {
		Error string
		Data  any
	}{Data: data}
	if err := json.Unmarshal(text, &answer); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s %w", path, response.StatusCode, text, err)
	}
	return nil
}

// values returns how many series of the result of a query have a number.
func (s *server) values(query string) (count int, err error) {
	var data struct{ Result []struct{ Value []any } }
	err = s.get("query?query="+url.QueryEscape(query), &data)
	for _, r := range data.Result {
		if len(r.Value) == 2 && r.Value[1] != "NaN" {
			count++
		}
	}
	return count, err
}

// alerts returns the alerts in a state, each as its name and service.
func (s *server) alerts(state string) (list []string, err error) {
	var data struct {
		Alerts []struct {
			Labels map[string]string
			State  string
		}
	}
	err = s.get("alerts", &data)
	for _, a := range data.Alerts {
		if a.State == state {
			list = append(list, strings.TrimSpace(a.Labels["alertname"]+" "+a.Labels["service"]))
		}
	}
	slices.Sort(list)
	return list, err
}

// TestPrometheus has a real Prometheus scrape a running system while customers
// order: the target is up, every rule is evaluated without an error, every
// panel of the dashboards has data, and no alert fires. Then the system stops, and
// the alert for a stopped service becomes pending. The dashboard of PostgreSQL has
// its data from services on PostgreSQL.
func TestPrometheus(t *testing.T) {
	_ = program(t, "prometheus") // skips before it builds a program
	const ofPostgres = "postgres.json"
	t.Run("SQLite", func(t *testing.T) {
		testPrometheus(t, func(dashboard string) bool { return dashboard != ofPostgres })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		testPrometheus(t, func(dashboard string) bool { return dashboard == ofPostgres },
			"DATABASE_URL="+postgrestest.Newest(t).Database(t))
	})
}

func testPrometheus(t *testing.T, shown func(dashboard string) bool, environment ...string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(receiver.Close)
	system := startInventory(t, environment...)
	shop := &caller{t: t, base: system.base, client: client}
	shop.send("POST", "/webhooks", 201, map[string]any{"url": receiver.URL})
	prometheus := scraping(t, client, strings.TrimPrefix(system.base, "http://"))

	eventually(t, "all targets are up", func() error {
		var data struct {
			ActiveTargets []struct{ Health, LastError string }
		}
		err := prometheus.get("targets?state=active", &data)
		if err == nil && (len(data.ActiveTargets) != 1 || data.ActiveTargets[0].Health != "up") {
			err = fmt.Errorf("%+v", data.ActiveTargets)
		}
		return err
	})
	product := shop.stocked()
	for what, query := range queries(t, shown) {
		eventually(t, what, func() error {
			found, err := prometheus.values(query)
			if err == nil && found == 0 {
				shop.order(product) // rates need changes
				err = errors.New("no data: " + query)
			}
			return err
		})
	}
	eventually(t, "all rules are evaluated", func() error { return prometheus.evaluated(len(alerts(t))) })
	if firing, err := prometheus.alerts("firing"); err != nil || len(firing) != 0 {
		t.Errorf("alerts in a healthy system: %q, %v", firing, err)
	}
	system.stop(t)
	eventually(t, "the stopped services have a pending alert", func() error {
		pending, err := prometheus.alerts("pending")
		for _, service := range []string{"catalog", "notifier", "reservation", "stock"} {
			if !slices.Contains(pending, "InventoryServiceDown "+service) {
				err = errors.Join(err, fmt.Errorf("%s has no pending alert; pending are %q", service, pending))
			}
		}
		return err
	})
}

// evaluated checks that Prometheus has evaluated want rules without an error.
func (s *server) evaluated(want int) error {
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	if err := s.get("rules", &data); err != nil {
		return err
	}
	got := 0
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			got++
			if r.Health != "ok" || r.LastError != "" {
				return fmt.Errorf("%s: %s %s", r.Name, r.Health, r.LastError)
			}
		}
	}
	if got != want {
		return fmt.Errorf("%d rules, want %d", got, want)
	}
	return nil
}

// queries returns the queries of the panels of the shown dashboards by the names of
// dashboard, panel and query.
func queries(t *testing.T, shown func(dashboard string) bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, d := range dashboards(t) {
		if !shown(name) {
			continue
		}
		for _, v := range d.Templating.List {
			selector, _, _ := strings.Cut(strings.TrimPrefix(v.Query, "label_values("), ", ")
			all[name+", $"+v.Name] = expanded(selector)
		}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				all[name+", "+p.Title+", "+target.RefID] = expanded(target.Expr)
			}
		}
	}
	return all
}
