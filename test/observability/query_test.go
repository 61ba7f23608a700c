package observability_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"inventory.example/pkg/contract/inventory"
)

// query compares an expression of PromQL with the existing metrics: each metric
// exists and can have the labels of its selector, rates are taken of counters only,
// and the two sides of an operator can match.
type query struct {
	metrics  map[string]metric
	problems []error
}

// checkQuery returns the labels that the result of expr can have.
func checkQuery(metrics map[string]metric, expr string) (result []string, err error) {
	parsed, err := parser.ParseExpr(expr)
	if err != nil {
		return nil, err
	}
	q := &query{metrics: metrics}
	result = q.labelsOf(parsed, "")
	return result, errors.Join(q.problems...)
}

func (q *query) complain(format string, args ...any) {
	q.problems = append(q.problems, fmt.Errorf(format, args...))
}

// labelsOf checks an expression, which is an argument of function unless that is
// empty, and returns the labels of its result.
func (q *query) labelsOf(expr parser.Expr, function string) []string {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return q.selected(e, function)
	case *parser.MatrixSelector:
		return q.labelsOf(e.VectorSelector, function)
	case *parser.ParenExpr:
		return q.labelsOf(e.Expr, function)
	case *parser.UnaryExpr:
		return q.labelsOf(e.Expr, function)
	case *parser.SubqueryExpr:
		return q.labelsOf(e.Expr, function)
	case *parser.StepInvariantExpr:
		return q.labelsOf(e.Expr, function)
	case *parser.NumberLiteral, *parser.StringLiteral:
		return nil
	case *parser.AggregateExpr:
		return q.aggregated(e)
	case *parser.BinaryExpr:
		return q.combined(e)
	case *parser.Call:
		return q.called(e)
	default:
		q.complain("%s: the test does not know %T", expr, expr)
		return nil
	}
}

// selected checks the name of a metric, and the values of its label matchers.
func (q *query) selected(s *parser.VectorSelector, function string) []string {
	m, found := q.find(s.Name)
	if !found {
		q.complain("there is no metric %q", s.Name)
		return nil
	}
	for _, matcher := range s.LabelMatchers {
		if matcher.Name == labels.MetricName {
			continue
		}
		if !slices.Contains(m.labels, matcher.Name) {
			q.complain("%s has no label %q", s.Name, matcher.Name)
		}
		possible := m.words
		switch matcher.Name {
		case "service":
			possible = []string{"catalog", "stock", "reservation", "notifier", "broker", "inventory"}
		case "event_type":
			possible = []string{"other"}
			for _, e := range inventory.Types() {
				possible = append(possible, string(e))
			}
		case "outcome", "file":
		default:
			continue
		}
		if positive := matcher.Type == labels.MatchEqual || matcher.Type == labels.MatchRegexp; positive && !slices.ContainsFunc(possible, matcher.Matches) {
			q.complain("%s is never %s", s.Name, matcher)
		}
	}
	switch function {
	case "rate", "irate", "increase":
		if m.kind != "counter" {
			q.complain("%s of %s, which is a %s", function, s.Name, m.kind)
		}
	case "delta", "deriv", "predict_linear":
		if m.kind != "gauge" {
			q.complain("%s of %s, which is a %s", function, s.Name, m.kind)
		}
	case "absent", "absent_over_time", "max_over_time":
	default:
		if m.kind != "gauge" {
			q.complain("%s is a %s that begins at 0 in each process: take a rate or an increase of it", s.Name, m.kind)
		}
	}
	return m.labels
}

// find returns the metric to which a series of that name belongs.
func (q *query) find(name string) (metric, bool) {
	if m, found := q.metrics[name]; found && m.kind != "histogram" {
		return m, true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		base, cut := strings.CutSuffix(name, suffix)
		if m, found := q.metrics[base]; cut && found && (m.kind == "histogram" || m.kind == "summary" && suffix != "_bucket") {
			m.kind = "counter"
			if suffix == "_bucket" {
				m.labels = append(slices.Clone(m.labels), "le")
			}
			return m, true
		}
	}
	return metric{}, false
}

func (q *query) aggregated(e *parser.AggregateExpr) []string {
	inner := q.labelsOf(e.Expr, "")
	for _, label := range e.Grouping {
		if !slices.Contains(inner, label) {
			q.complain("%s has no label %q", e.Expr, label)
		}
	}
	switch {
	case e.Op == parser.TOPK || e.Op == parser.BOTTOMK:
		return inner
	case e.Without:
		return slices.DeleteFunc(slices.Clone(inner), func(l string) bool { return slices.Contains(e.Grouping, l) })
	default:
		return e.Grouping
	}
}

func (q *query) combined(e *parser.BinaryExpr) []string {
	left, right := q.labelsOf(e.LHS, ""), q.labelsOf(e.RHS, "")
	if e.VectorMatching == nil || e.LHS.Type() != parser.ValueTypeVector || e.RHS.Type() != parser.ValueTypeVector {
		return slices.Concat(left, right) // one of them is a number
	}
	for _, label := range e.VectorMatching.MatchingLabels {
		if !slices.Contains(left, label) || !slices.Contains(right, label) {
			q.complain("%s: not both sides have the label %q", e, label)
		}
	}
	switch {
	case e.Op == parser.LOR:
		return union(left, right)
	case !e.VectorMatching.On && len(union(left, right)) != len(union(left, left[:0])):
		q.complain("%s: the sides never meet, with the labels %q and %q", e, left, right)
	case !e.VectorMatching.On && len(union(left, right)) != len(union(right, right[:0])):
		q.complain("%s: the sides never meet, with the labels %q and %q", e, left, right)
	case e.VectorMatching.On && e.VectorMatching.Card == parser.CardOneToOne && !e.Op.IsSetOperator():
		return e.VectorMatching.MatchingLabels
	case e.VectorMatching.Card == parser.CardOneToMany:
		return right
	}
	return left
}

func (q *query) called(e *parser.Call) (result []string) {
	known := []string{
		"rate", "irate", "increase", "delta", "deriv", "predict_linear", "changes", "resets", "min_over_time", "max_over_time", "avg_over_time",
		"histogram_quantile", "absent", "time", "vector",
	}
	if !slices.Contains(known, e.Func.Name) {
		q.complain("the test does not know the function %s", e.Func.Name)
	}
	for _, argument := range e.Args {
		result = slices.Concat(result, q.labelsOf(argument, e.Func.Name))
	}
	switch e.Func.Name {
	case "histogram_quantile":
		if !slices.Contains(result, "le") {
			q.complain("%s: no argument has the label le", e)
		}
		return slices.DeleteFunc(slices.Clone(result), func(l string) bool { return l == "le" })
	case "absent":
		result = nil
		if s, ok := e.Args[0].(*parser.VectorSelector); ok {
			for _, m := range s.LabelMatchers {
				if m.Type == labels.MatchEqual && m.Name != labels.MetricName {
					result = append(result, m.Name)
				}
			}
		}
	}
	return result
}

// union returns the elements of both lists, each once.
func union(a, b []string) []string {
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	return slices.Compact(all)
}

// used matches the labels in templates: {{ $labels.service }} in annotations,
// {{service}} in the legends of panels.
var used = regexp.MustCompile(`\{\{ ?(?:\$labels\.)?([a-z_]+) ?\}\}`)

// checkTemplate finds labels in a template that the query cannot have.
func checkTemplate(text string, have []string) error {
	var problems []error
	for _, m := range used.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(have, m[1]) {
			problems = append(problems, fmt.Errorf("%q: the query has no label %q", text, m[1]))
		}
	}
	return errors.Join(problems...)
}

// TestCheckQuery shows that checkQuery finds each kind of mistake.
func TestCheckQuery(t *testing.T) {
	known := knownMetrics(t)
	for _, expr := range []string{
		`up`,
		`sum by (service) (rate(inventory_http_requests_total{status=~"5.."}[5m]))`,
		`histogram_quantile(0.99, sum by (service, le) (rate(inventory_sqlite_commit_seconds_bucket[5m])))`,
		`inventory_build_info * on (job, instance) group_left () changes(process_start_time_seconds[30m]) > 2`,
		`rate(inventory_sqlite_commit_changes_sum[5m]) / rate(inventory_sqlite_commit_changes_count[5m])`,
		`go_goroutines + rate(go_gc_duration_seconds_count[5m])`,
	} {
		if _, err := checkQuery(known, expr); err != nil {
			t.Errorf("%s: %v", expr, err)
		}
	}
	for expr, why := range map[string]string{
		`sum by (service) (`:                                                                                 "parse error",
		`inventory_outbox_pendings`:                                                                          "no metric",
		`inventory_outbox_pending_events{servce="stock"}`:                                                    "no label",
		`inventory_outbox_pending_events{service="stocks"}`:                                                  "is never",
		`rate(inventory_holds_total{outcome="grant"}[5m])`:                                                   "is never",
		`rate(inventory_webhook_deliveries_total{outcome=~"retry|died"}[5m])`:                                "is never",
		`sum by (group) (inventory_outbox_pending_events)`:                                                   "no label",
		`inventory_holds_total > 5`:                                                                          "take a rate",
		`rate(inventory_outbox_pending_events[5m])`:                                                          "which is a gauge",
		`delta(inventory_holds_total[5m])`:                                                                   "which is a counter",
		`inventory_sqlite_commit_seconds`:                                                                    "no metric",
		`rate(inventory_holds_total_count[5m])`:                                                              "no metric",
		`histogram_quantile(0.99, rate(inventory_sqlite_commit_seconds_sum[5m]))`:                            "label le",
		`inventory_consumer_lag_events > inventory_outbox_pending_events`:                                    "never meet",
		`inventory_consumer_lag_events and inventory_broker_dead_letters`:                                    "never meet",
		`inventory_consumer_lag_events and on (service) inventory_outbox_pending_events`:                     "not both sides",
		`max by (group) (inventory_consumer_lag_events) and sum by (service) (inventory_stream_readers) > 0`: "never meet",
	} {
		if _, err := checkQuery(known, expr); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", expr, err, why)
		}
	}
	if err := checkTemplate("{{ $labels.service }} and {{group}}", []string{"service"}); err == nil || strings.Contains(err.Error(), `"service"`) {
		t.Errorf("a label that the query does not have: %v", err)
	}
}
