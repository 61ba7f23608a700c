package postgrestest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var (
	parameter = regexp.MustCompile(`\$\d+`)
	scan      = regexp.MustCompile(`(Seq Scan|Index Scan|Index Only Scan|Bitmap Index Scan)( Backward)?( using (\S+))? on (\S+)`)
)

// Plan returns the plan of a statement for any arguments, in a schema that a
// test has created. The plan scans a table only where no index helps.
func (s *Server) Plan(t testing.TB, schema, statement string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	parameters := map[string]bool{}
	for _, p := range parameter.FindAllString(statement, -1) {
		parameters[p] = true
	}
	for _, command := range []string{
		"SET search_path = " + schema, "SET enable_seqscan = off", "SET plan_cache_mode = force_generic_plan",
		"PREPARE explained AS " + statement,
	} {
		if _, err := conn.Exec(t.Context(), command, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%v\n%s", err, command)
		}
	}
	explain := "EXPLAIN EXECUTE explained"
	if len(parameters) > 0 {
		explain += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", len(parameters)), ", ") + ")"
	}
	rows, err := conn.Query(t.Context(), explain, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// NoScan fails the test when a statement reads a whole table or a whole index, in
// a schema that the test has created. allowed are the names of the tables and
// indexes that it may read so: because they are small, or because it reads them in
// their order and ends early.
func (s *Server) NoScan(t testing.TB, schema, name, statement string, allowed ...string) {
	t.Helper()
	plan := s.Plan(t, schema, statement)
	for i, line := range plan {
		node := scan.FindStringSubmatch(line)
		if node == nil || node[1] != "Seq Scan" && hasCondition(plan[i+1:]) {
			continue
		}
		if !slices.Contains(allowed, node[4]) && !slices.Contains(allowed, node[5]) {
			t.Errorf("%s: %s\n%s", name, strings.TrimSpace(line), strings.Join(plan, "\n"))
		}
	}
}

// hasCondition reports whether the lines after a node say which part of the index
// it reads.
func hasCondition(rest []string) bool {
	for _, line := range rest {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "Index Cond:"):
			return true
		case strings.HasPrefix(line, "->"), strings.HasPrefix(line, "SubPlan"), strings.HasPrefix(line, "InitPlan"):
			return false
		}
	}
	return false
}
