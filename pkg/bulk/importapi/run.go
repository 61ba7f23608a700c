package importapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// run is one request.
type run[T any] struct {
	ctx      context.Context // of the request
	importer Importer[T]
	warn     func(T) *bulk.Warning
	once     idempotency.Request
	csv      bool
	records  *records
	decoder  decoder[T]
	state    bulk.State // as it is committed
	report   *report    // of all lines that fail; nil: the summary lists some
	first    bool       // the next line may begin with a byte order mark

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
	header = bytes.TrimPrefix(header, byteOrderMark)
	r.records.separator = separatorOf(header)
	r.decoder, err = newTable(header, r.records.separator, columns)
	return err
}

// lines applies the lines that no earlier request has applied.
func (r *run[T]) lines() error {
	if err := r.skip(); err != nil {
		return err
	}
	if err := r.report.add(r.state.Summary.Errors); err != nil || r.state.Done {
		return err
	}
	empty := !r.csv && r.state.Summary.Lines == 0
	for {
		record, number, err := r.records.next()
		switch {
		case errors.Is(err, io.EOF) && empty:
			return errEmpty
		case errors.Is(err, io.EOF):
			return r.flush(true)
		case errors.Is(err, errLong):
		case err != nil:
			// Everything that was read so far is whole lines.
			return errors.Join(r.flush(false), err)
		}
		empty = false
		if full, err := r.add(record, number, err); err != nil {
			return err
		} else if !full {
			continue
		}
		if err := r.flush(false); err != nil {
			return err
		}
	}
}

// add appends a line to the batch and reports whether the batch is full. failure is
// the reason why the record could not be read.
func (r *run[T]) add(record []byte, number int64, failure error) (full bool, err error) {
	line := bulk.Line[T]{Number: number, Err: failure}
	if failure == nil {
		if r.first {
			record = bytes.TrimPrefix(record, byteOrderMark)
		}
		line.Value, line.Err = r.decoder.decode(record)
	}
	r.first = false
	if line.Err != nil && !bulk.OfLine(line.Err) {
		return false, line.Err
	}
	if line.Err == nil && r.warn != nil {
		if line.Warning = r.warn(line.Value); line.Warning != nil {
			line.Warning.Line = number
		}
	}
	r.batch = append(r.batch, line)
	r.size += len(record)
	return len(r.batch) == maxBatch || r.size >= maxBatchBytes, nil
}

// skip reads over the lines that an earlier request has applied, which must be
// the same.
func (r *run[T]) skip() error {
	rememberer, remembers := r.importer.(Rememberer[T])
	remembers = remembers && !r.state.Done
	for left := r.state.Summary.Lines; left > 0; left-- {
		record, number, err := r.records.next()
		switch {
		case errors.Is(err, io.EOF):
			return idempotency.Reused()
		case err != nil && !errors.Is(err, errLong):
			return err
		case !remembers:
			r.first = false
			continue
		}
		full, err := r.add(record, number, err)
		if err == nil && (full || left == 1) {
			err = rememberer.Remember(r.ctx, r.batch)
			r.empty()
		}
		if err != nil {
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
	var outcomes []bulk.Outcome
	err := r.importer.Import(r.ctx, r.batch, func(store idempotency.Store, of []bulk.Outcome) (err error) {
		for i := range of {
			of[i].Warning = r.batch[i].Warning
		}
		outcomes = of
		next, err = r.state.Advance(store, r.once, outcomes, digest, done)
		return err
	})
	if err != nil {
		return err
	}
	r.state = next
	r.empty()
	if r.report == nil {
		return nil
	}
	return r.report.add(bulk.Errors(outcomes))
}

// empty empties the batch.
func (r *run[T]) empty() {
	clear(r.batch) // their texts are not needed any more
	r.batch, r.size = r.batch[:0], 0
}

// brokenOff adds the state of the import to the problem.
func (r *run[T]) brokenOff(err error) error {
	p := problem.Of(err)
	if p == nil || p.Code == problem.IdempotencyKeyReused {
		return r.report.fail(err)
	}
	extended := *p
	extended.Members = maps.Clone(p.Members)
	if extended.Members == nil {
		extended.Members = map[string]any{}
	}
	extended.Members["import"] = r.state.Summary
	return r.report.fail(&extended)
}
