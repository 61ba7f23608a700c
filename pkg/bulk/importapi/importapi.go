// Package importapi is the HTTP side of imports: it reads CSV or NDJSON of any
// length with bounded memory, passes it to a service in batches, and responds
// with the outcomes of the lines.
package importapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// The bounds of an import. A batch is one transaction, during which others wait
// for the database's writer.
const (
	maxBody       = 1 << 30 // bytes
	maxBatch      = 256     // lines
	maxBatchBytes = 1 << 20
)

// Importer is the service whose data is imported, for one request.
type Importer[T any] interface {
	// ImportState returns the state that the commits of an earlier request
	// saved for r, false when there is none.
	ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Import applies the lines in one transaction and calls commit at its end,
	// with an outcome for each line in their order. An error means that nothing
	// was changed.
	Import(ctx context.Context, lines []bulk.Line[T], commit bulk.Commit) error
}

// Rememberer is an Importer whose lines depend on the lines before them in the file,
// also on those that an earlier request applied.
type Rememberer[T any] interface {
	// Remember is called with the lines that an earlier request applied.
	Remember(ctx context.Context, lines []bulk.Line[T]) error
}

// Import is a kind of import.
type Import[T any] struct {
	// Modes are the values of the query parameter mode; the first is the default.
	Modes []string
	// Columns returns the columns of CSV.
	Columns func(mode string) []Column[T]
	// Warn returns the warning about a line that is valid and may be a mistake, or nil.
	Warn func(line T) *bulk.Warning
	// Begin returns the Importer of a request. With dryRun its Import changes nothing.
	Begin func(mode string, dryRun bool) Importer[T]
}

// request is how a request imports.
type request struct {
	mode   string // empty: the default, or an import without modes
	dryRun bool
	all    bool // the response has every line that failed
}

// Run serves an import without parameters, see Import.Run.
func Run[T any](c *gin.Context, columns []Column[T], importer Importer[T]) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	return serve(c, request{}, columns, importer, nil)
}

// Run serves an import: a POST on a route of HandleStream. The response lists
// the lines that failed; the others are kept. A request that ends early, with
// an error, has applied its lines up to some line: the member import of the
// problem document has the state.
//
// Under an Idempotency-Key each line is applied once: the state is saved in the
// transaction of each batch. A repetition skips the lines that were applied,
// after comparing their digest with that of the new request's lines. A dry run
// neither uses nor saves a key.
func (i Import[T]) Run(c *gin.Context) error {
	mode, dryRun, all, err := i.query(c)
	if err != nil {
		return err
	}
	r := request{dryRun: dryRun, all: all}
	if mode != i.Modes[0] { // releases without modes saved the default's
		r.mode = mode
	}
	return serve(c, r, i.Columns(mode), i.Begin(mode, dryRun), i.Warn)
}

func serve[T any](c *gin.Context, how request, columns []Column[T], importer Importer[T], warn func(T) *bulk.Warning) error {
	once, err := httpapi.OnceUnread(c)
	if err != nil {
		return err
	}
	csv, err := isCSV(c)
	if err != nil {
		return err
	}
	switch {
	case how.dryRun:
		once = idempotency.Request{}
	case how.mode != "" && once.Asked():
		sum := sha256.Sum256([]byte(once.Fingerprint + " mode=" + how.mode))
		once.Fingerprint = hex.EncodeToString(sum[:])
	}
	r := &run[T]{
		ctx: c.Request.Context(), importer: importer, warn: warn, once: once, csv: csv,
		records: newRecords(httpapi.StreamBody(c, maxBody), csv), first: !csv,
	}
	if how.all {
		r.report = newReport(c, httpapi.Unread)
	}
	if err := r.begin(columns); err != nil {
		return err
	}
	r.state.Summary.DryRun = how.dryRun
	replayed := r.state.Done
	if err := r.lines(); err != nil {
		return r.brokenOff(err)
	}
	httpapi.Replayed(c, replayed)
	if how.all {
		return r.report.sendSummary(r.state.Summary)
	}
	httpapi.JSON(c, http.StatusOK, r.state.Summary)
	return nil
}

// query returns the parameters of an import; all is true if the response has every
// line that failed.
func (i Import[T]) query(c *gin.Context) (mode string, dryRun, all bool, err error) {
	if err := httpapi.KnownQuery(c, "mode", "dry_run", "errors"); err != nil {
		return "", false, false, err
	}
	var checks problem.Checks
	mode, given, _ := httpapi.Query(c, "mode") // KnownQuery found no error
	if !given {
		mode = i.Modes[0]
	}
	checks.Require(slices.Contains(i.Modes, mode), "mode", "must be %s", strings.Join(i.Modes, " or "))
	dry, err := httpapi.QueryBool(c, "dry_run")
	checks.Require(err == nil, "dry_run", "must be true or false")
	errors, all, _ := httpapi.Query(c, "errors")
	checks.Require(!all || errors == "all", "errors", "must be all")
	return mode, dry != nil && *dry, all, checks.Err()
}
