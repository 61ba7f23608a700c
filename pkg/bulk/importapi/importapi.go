// Package importapi is the HTTP side of imports: it reads CSV or NDJSON of any
// length with bounded memory, passes it to a service in batches, and responds
// with the outcomes of the lines.
package importapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"

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

// Importer is the service whose data is imported.
type Importer[T any] interface {
	// ImportState returns the state that the commits of an earlier request
	// saved for r, false when there is none.
	ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Import applies the lines in one transaction and calls commit at its end,
	// with an outcome for each line in their order. An error means that nothing
	// was changed.
	Import(ctx context.Context, lines []bulk.Line[T], commit bulk.Commit) error
}

// Run serves an import: a POST on a route of HandleStream. The response lists
// the lines that failed; the others are kept. A request that ends early, with
// an error, has applied its lines up to some line: the member import of the
// problem document has the state.
//
// Under an Idempotency-Key each line is applied once: the state is saved in the
// transaction of each batch. A repetition skips the lines that were applied,
// after comparing their digest with that of the new request's lines.
func Run[T any](c *gin.Context, columns []Column[T], importer Importer[T]) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	once, err := httpapi.OnceUnread(c)
	if err != nil {
		return err
	}
	csv, err := isCSV(c)
	if err != nil {
		return err
	}
	r := &run[T]{
		ctx: c.Request.Context(), importer: importer, once: once, csv: csv,
		records: newRecords(httpapi.StreamBody(c, maxBody), csv),
	}
	if err := r.begin(columns); err != nil {
		return err
	}
	replayed := r.state.Done
	if err := r.lines(); err != nil {
		return r.brokenOff(err)
	}
	httpapi.Replayed(c, replayed)
	httpapi.JSON(c, http.StatusOK, r.state.Summary)
	return nil
}

// run is one request.
type run[T any] struct {
	ctx      context.Context // of the request
	importer Importer[T]
	once     idempotency.Request
	csv      bool
	records  *records
	decoder  decoder[T]
	state    bulk.State // as it is committed

	batch []bulk.Line[T]
	size  int // bytes of the batch's lines
}

var (
	byteOrderMark = []byte("\xef\xbb\xbf")
	errEmpty      = problem.Invalid("body", "is required")
)

// begin reads the saved state of an earlier request, and the header.
func (r *run[T]) begin(columns []Column[T]) (err error) {
	var saved idempotency.Saved
	var found bool
	if r.once.Asked() {
		if saved, found, err = r.importer.ImportState(r.ctx, r.once); err != nil {
			return err
		}
	}
	if r.state, err = bulk.Load(saved, found, r.once); err != nil {
		return err
	}
	if !r.csv {
		r.decoder = ndjson[T]{}
		return nil
	}
	header, _, err := r.records.next()
	switch {
	case errors.Is(err, io.EOF):
		return errEmpty
	case err != nil:
		return err
	}
	r.decoder, err = newTable(bytes.TrimPrefix(header, byteOrderMark), columns)
	return err
}

// lines applies the lines that no earlier request has applied.
func (r *run[T]) lines() error {
	if err := r.skip(); err != nil || r.state.Done {
		return err
	}
	first := !r.csv && r.state.Summary.Lines == 0
	for {
		record, number, err := r.records.next()
		switch {
		case errors.Is(err, io.EOF) && first:
			return errEmpty
		case errors.Is(err, io.EOF):
			return r.flush(true)
		case errors.Is(err, errLong):
		case err != nil:
			// Everything that was read so far is whole lines.
			return errors.Join(r.flush(false), err)
		}
		line := bulk.Line[T]{Number: number, Err: err}
		if err == nil {
			if first {
				record = bytes.TrimPrefix(record, byteOrderMark)
			}
			line.Value, line.Err = r.decoder.decode(record)
		}
		if line.Err != nil && !bulk.OfLine(line.Err) {
			return line.Err
		}
		first = false
		r.batch = append(r.batch, line)
		r.size += len(record)
		if len(r.batch) < maxBatch && r.size < maxBatchBytes {
			continue
		}
		if err := r.flush(false); err != nil {
			return err
		}
	}
}

// skip reads over the lines that an earlier request has applied, which must be
// the same.
func (r *run[T]) skip() error {
	for range r.state.Summary.Lines {
		_, _, err := r.records.next()
		switch {
		case errors.Is(err, io.EOF):
			return idempotency.Reused()
		case err != nil && !errors.Is(err, errLong):
			return err
		}
	}
	if r.state.Done {
		_, _, err := r.records.next()
		switch {
		case err == nil || errors.Is(err, errLong):
			return idempotency.Reused()
		case !errors.Is(err, io.EOF):
			return err
		}
	}
	if r.state.Digest != "" && r.records.digest() != r.state.Digest {
		return idempotency.Reused()
	}
	return nil
}

// flush commits the batch and, if done, the end of the import.
func (r *run[T]) flush(done bool) error {
	ending := done && r.once.Asked()
	if len(r.batch) == 0 && !ending {
		return nil
	}
	digest := r.records.digest()
	var next bulk.State
	err := r.importer.Import(r.ctx, r.batch, func(store idempotency.Store, outcomes []bulk.Outcome) (err error) {
		next, err = r.state.Advance(store, r.once, outcomes, digest, done)
		return err
	})
	if err != nil {
		return err
	}
	r.state = next
	clear(r.batch) // their texts are not needed any more
	r.batch, r.size = r.batch[:0], 0
	return nil
}

// brokenOff adds the state of the import to the problem.
func (r *run[T]) brokenOff(err error) error {
	p := problem.Of(err)
	if p == nil || p.Code == problem.IdempotencyKeyReused {
		return err
	}
	extended := *p
	extended.Members = maps.Clone(p.Members)
	if extended.Members == nil {
		extended.Members = map[string]any{}
	}
	extended.Members["import"] = r.state.Summary
	return &extended
}
