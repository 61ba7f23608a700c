package observability_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	grafanadashboard "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	grafanaprometheus "github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

const grafana = root + "/deploy/observability/grafana"

type dashboard struct {
	UID           string `json:"uid"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	SchemaVersion int    `json:"schemaVersion"`
	Annotations   struct {
		List []struct {
			Datasource  datasource `json:"datasource"`
			Expr        string     `json:"expr"`
			TitleFormat string     `json:"titleFormat"`
		} `json:"list"`
	} `json:"annotations"`
	Templating struct {
		List []struct {
			Name       string     `json:"name"`
			Datasource datasource `json:"datasource"`
			Query      string     `json:"query"`
		} `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panel struct {
	ID          int        `json:"id"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Datasource  datasource `json:"datasource"`
	GridPos     struct {
		H, W, X, Y int
	} `json:"gridPos"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Targets []struct {
		RefID        string `json:"refId"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	} `json:"targets"`
}

// Schema versions that Grafana 11 and 12 read. Both migrate older ones; Grafana 11
// does not know newer ones.
const (
	oldestSchema = 36
	newestSchema = 39
)

// dashboards returns the dashboards by the names of their files.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(grafana + "/dashboards/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("dashboards: %q, %v", files, err)
	}
	all := map[string]dashboard{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[filepath.Base(file)] = d
	}
	return all
}

func TestDashboards(t *testing.T) {
	t.Run("usual case", testDashboardsUsualCase)
	t.Run("schema", testDashboardsSchema)
	t.Run("queries", testDashboardsQueries)
	t.Run("wrong", testDashboardsWrong)
}

// testDashboardsSchema compares every field with Grafana's own schema, in which
// a panel's options and its queries depend on its type.
func testDashboardsSchema(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for name := range dashboards(t) {
		text := read(t, "deploy/observability/grafana/dashboards/"+name)
		if err := fits(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for what, change := range map[string][2]string{
			"a field of a panel":      {`"fieldConfig"`, `"fieldConfigs"`},
			"an option":               {`"showLegend"`, `"legendShown"`},
			"a field of a query":      {`"legendFormat"`, `"legend"`},
			"a field of a variable":   {`"includeAll"`, `"all"`},
			"a value of another type": {`"instant": true`, `"instant": "yes"`},
		} {
			changed := strings.Replace(text, change[0], change[1], 1)
			if changed == text || fits(changed) == nil {
				t.Errorf("%s: the schema accepts %s that is wrong", name, what)
			}
		}
	}
}

func fits(text string) error {
	var d grafanadashboard.Dashboard //nolint:staticcheck // Grafana 11 does not know its successor
	var parts struct {
		Panels []struct{ Targets []json.RawMessage }
	}
	problems := []error{d.UnmarshalJSONStrict([]byte(text)), json.Unmarshal([]byte(text), &parts)}
	for _, p := range parts.Panels {
		for _, target := range p.Targets { // the schema of dashboards leaves their types open
			var query grafanaprometheus.Dataquery
			problems = append(problems, query.UnmarshalJSONStrict(target))
		}
	}
	for _, err := range problems {
		if err != nil && err.Error() != "" { // a list without problems is an error without text
			return err
		}
	}
	return d.Validate()
}

// sources returns the data sources that Grafana is provisioned with.
func sources(t *testing.T) map[datasource]bool {
	t.Helper()
	var file struct {
		Datasources []datasource `yaml:"datasources"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/observability/grafana/provisioning/datasources/inventory.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	known := map[datasource]bool{}
	for _, d := range file.Datasources {
		known[d] = true
	}
	return known
}

// testDashboardsUsualCase: Grafana can show the dashboards as intended.
func testDashboardsUsualCase(t *testing.T) {
	known, uids := sources(t), map[string]string{}
	for name, d := range dashboards(t) {
		if other, twice := uids[d.UID]; twice || d.UID == "" || d.Title == "" || d.Description == "" {
			t.Errorf("%s: uid %q (also of %q), title %q, description %q", name, d.UID, other, d.Title, d.Description)
		}
		uids[d.UID] = name
		if d.SchemaVersion < oldestSchema || d.SchemaVersion > newestSchema {
			t.Errorf("%s has version %d of the schema", name, d.SchemaVersion)
		}
		for _, v := range d.Templating.List {
			if !known[v.Datasource] {
				t.Errorf("%s: $%s asks %+v", name, v.Name, v.Datasource)
			}
		}
		ids, titles, cells := map[int]bool{}, map[string]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if ids[p.ID] || titles[p.Title] || p.ID == 0 || p.Title == "" {
				t.Errorf("%s: panel %d %q is there twice, or has no id or title", name, p.ID, p.Title)
			}
			ids[p.ID], titles[p.Title] = true, true
			for _, problem := range p.wrong(known, cells) {
				t.Errorf("%s: %q: %s", name, p.Title, problem)
			}
		}
	}
}

// wrong returns the mistakes of a panel, and marks the cells that it takes in the
// grid of 24 columns.
func (p panel) wrong(known map[datasource]bool, cells map[[2]int]string) (problems []string) {
	g := p.GridPos
	if g.X < 0 || g.Y < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 {
		problems = append(problems, "it is not on the grid")
	}
	for x := g.X; x < g.X+g.W; x++ {
		for y := g.Y; y < g.Y+g.H; y++ {
			if other := cells[[2]int{x, y}]; other != "" {
				return append(problems, "it covers "+other)
			}
			cells[[2]int{x, y}] = p.Title
		}
	}
	if p.Type == "row" {
		return problems
	}
	if !slices.Contains([]string{"stat", "timeseries", "table"}, p.Type) || !known[p.Datasource] || len(p.Targets) == 0 {
		problems = append(problems, "its type, its data source or its queries")
	}
	if !slices.Contains([]string{"short", "s", "bytes", "reqps", "ops", "percentunit"}, p.FieldConfig.Defaults.Unit) {
		problems = append(problems, "its unit "+p.FieldConfig.Defaults.Unit)
	}
	if !strings.HasSuffix(p.Description, ".") {
		problems = append(problems, "it has no description")
	}
	refs := map[string]bool{}
	for _, target := range p.Targets {
		if refs[target.RefID] || target.RefID == "" {
			problems = append(problems, "two queries "+target.RefID)
		}
		refs[target.RefID] = true
		if p.Type == "timeseries" && target.LegendFormat == "" {
			problems = append(problems, "a query without a legend")
		}
	}
	return problems
}

// testDashboardsQueries compares the queries, legends and variables of the
// dashboards with the existing metrics.
func testDashboardsQueries(t *testing.T) {
	known := knownMetrics(t)
	values := regexp.MustCompile(`^label_values\((.*), ([a-z_]+)\)$`)
	variable := regexp.MustCompile(`\$([a-z]+)`)
	for name, d := range dashboards(t) {
		variables := map[string]bool{}
		for _, v := range d.Templating.List {
			m := values.FindStringSubmatch(v.Query)
			if m == nil {
				t.Errorf("%s: $%s has the query %s", name, v.Name, v.Query)
				continue
			}
			if have, err := checkQuery(known, expanded(m[1])); err != nil || !slices.Contains(have, m[2]) || m[2] != v.Name {
				t.Errorf("%s: $%s: %s: %v", name, v.Name, v.Query, err)
			}
			variables[v.Name] = true
		}
		check := func(where, expr, legend string) {
			have, err := checkQuery(known, expanded(expr))
			if err == nil {
				err = checkTemplate(legend, have)
			}
			if err != nil {
				t.Errorf("%s: %s: %v", name, where, err)
			}
			for _, v := range variable.FindAllStringSubmatch(expr, -1) {
				if !variables[v[1]] {
					t.Errorf("%s: %s: there is no variable $%s", name, where, v[1])
				}
			}
		}
		for _, a := range d.Annotations.List {
			check("annotations", a.Expr, a.TitleFormat)
		}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				check(p.Title, target.Expr, target.LegendFormat)
			}
		}
	}
}

// expanded returns a query as Grafana sends it, with all jobs and services selected.
func expanded(expr string) string {
	return strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$job", ".*", "$service", ".*").Replace(expr)
}

// testDashboardsWrong shows that the checks of a panel find each kind of mistake.
func testDashboardsWrong(t *testing.T) {
	known := sources(t)
	good := dashboards(t)["inventory.json"].Panels[0]
	for what, spoil := range map[string]func(p *panel){
		"a unit that Grafana does not have": func(p *panel) { p.FieldConfig.Defaults.Unit = "seconds" },
		"another data source":               func(p *panel) { p.Datasource.UID = "default" },
		"too far to the right":              func(p *panel) { p.GridPos.X = 21 },
		"no query":                          func(p *panel) { p.Targets = nil },
		"a query without a legend":          func(p *panel) { p.Type = "timeseries" },
	} {
		spoiled := good
		spoil(&spoiled)
		if len(spoiled.wrong(known, map[[2]int]string{})) == 0 {
			t.Errorf("no check finds %s", what)
		}
	}
	cells := map[[2]int]string{}
	if first, second := good.wrong(known, cells), good.wrong(known, cells); len(first) != 0 || len(second) != 1 {
		t.Errorf("a panel has the mistakes %q, the same panel once more %q", first, second)
	}
}
