package outboxsqlite

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
)

const (
	selectDocuments = `SELECT seq, document, COALESCE(synced_at, '') FROM event_documents e WHERE `
	sqlRange        = selectDocuments + `seq > ? AND seq <= ?`
	sqlAmong        = selectDocuments + `seq IN (SELECT value FROM json_each(?))`
	orderOfPage     = ` ORDER BY seq LIMIT ?`

	whereType      = ` AND event_type = ?`
	whereAggregate = ` AND aggregate_id = ?`
	whereActor     = ` AND actor = ?`
	whereStore     = ` AND (store_id = ? OR store_id IS NULL AND EXISTS (SELECT 1 FROM event_stores s WHERE s.seq = e.seq AND s.store_id = ?))`
	// A row without a store of its own has several, or none.
	whereWithin = ` AND (store_id IN (SELECT value FROM json_each(?)) OR store_id IS NULL
	AND EXISTS (SELECT 1 FROM event_stores s WHERE s.seq = e.seq)
	AND NOT EXISTS (SELECT 1 FROM event_stores s WHERE s.seq = e.seq AND s.store_id NOT IN (SELECT value FROM json_each(?))))`

	sqlManyOfAggregate = `SELECT COUNT(*) FROM outbox WHERE seq = (
	SELECT seq FROM outbox WHERE aggregate_id = ? AND seq > ? ORDER BY seq LIMIT 1 OFFSET ?)`
	orderOfChunks = ` ORDER BY chunk LIMIT ?`
)

const (
	chunkEvents  = 256  // as in the schema
	chunkWords   = 4    // of bits
	chunksAtOnce = 128  // read of the index of chunks
	eventsAtOnce = 256  // found in the index of chunks, and read
	fewEvents    = 2000 // of an aggregate: reading all of them is fast
	maxMerged    = 64   // stores whose chunks are merged
)

// Page implements outbox.Reader.
func (s *Store) Page(ctx context.Context, f outbox.Filter) (page []outbox.Row, err error) {
	err = s.db.Snapshot(ctx, func(s *sqlite.Snapshot) error {
		r := reader{snapshot: s, filter: f, last: f.After}
		err := r.read()
		page = r.page
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("query events: %w", err)
	}
	return page, nil
}

// reader reads one page.
type reader struct {
	snapshot *sqlite.Snapshot
	filter   outbox.Filter
	last     int64 // everything up to this seq is read
	page     []outbox.Row
}

func (r *reader) read() error {
	var acknowledged, end int64
	if err := r.snapshot.QueryRow(sqlPosition).Scan(&acknowledged, &end); err != nil {
		return err
	}
	if r.filter.Pending {
		r.last = max(r.last, acknowledged)
	}
	queries := chunkQueries(r.filter)
	if r.filter.AggregateID != "" && len(queries) > 0 {
		var many bool
		if err := r.snapshot.QueryRow(sqlManyOfAggregate, r.filter.AggregateID, r.last, fewEvents).Scan(&many); err != nil {
			return err
		}
		if !many {
			queries = nil
		}
	}
	if len(queries) > 0 {
		if err := r.chunks(queries, end); err != nil {
			return err
		}
	}
	return r.events(sqlRange, r.last, end)
}

// chunks reads the events that the filters select of the chunks up to the last
// whole one.
func (r *reader) chunks(queries []chunkQuery, end int64) error {
	whole := max(0, end-1) / chunkEvents // the number of the chunk that is not
	for r.missing() > 0 && r.last < whole*chunkEvents {
		list, all, err := r.next(queries)
		if err != nil {
			return err
		}
		var seqs []int64
		for i, c := range list {
			seqs = c.appendSeqs(seqs, r.last)
			if len(seqs) < eventsAtOnce && i < len(list)-1 {
				continue
			}
			if err := r.events(sqlAmong, sqlite.List(seqs)); err != nil || r.missing() == 0 {
				return err
			}
			seqs, r.last = seqs[:0], (c.number+1)*chunkEvents
		}
		if all {
			r.last = max(r.last, whole*chunkEvents)
		}
	}
	return nil
}

// next returns the next chunks of the filters, and whether these are all.
func (r *reader) next(queries []chunkQuery) (list []chunk, all bool, err error) {
	query, args := unionOf(queries, r.last/chunkEvents)
	limit, read := chunksAtOnce+len(queries), 0
	err = r.snapshot.Each(func(row sqlite.Scanner) error {
		var c chunk
		err := row.Scan(&c.number, &c.events[0], &c.events[1], &c.events[2], &c.events[3])
		read++
		if last := len(list) - 1; last >= 0 && list[last].number == c.number {
			for i, word := range c.events {
				list[last].events[i] |= word
			}
		} else {
			list = append(list, c)
		}
		return err
	}, query, append(args, limit)...)
	if all = read < limit; !all {
		list = list[:len(list)-1] // other queries may have more of its events
	}
	return list, all, err
}

// chunk is a part of the table, with a bit for each event that is selected.
type chunk struct {
	number int64
	events [chunkWords]int64
}

// appendSeqs appends the selected events with a seq greater than after.
func (c chunk) appendSeqs(seqs []int64, after int64) []int64 {
	for i, word := range c.events {
		for left := uint64(word); left != 0; left &= left - 1 { //nolint:gosec // they are bits
			seq := c.number*chunkEvents + int64(64*i+bits.TrailingZeros64(left)) + 1
			if seq > after {
				seqs = append(seqs, seq)
			}
		}
	}
	return seqs
}

func (r *reader) missing() int { return r.filter.Limit - len(r.page) }

// events reads the matching events of a query until the page is full.
func (r *reader) events(query string, args ...any) error {
	if r.missing() == 0 {
		return nil
	}
	where, values := conditions(r.filter)
	args = append(append(args, values...), r.missing())
	return r.snapshot.Each(func(row sqlite.Scanner) error {
		e, err := scanRow(row)
		r.page = append(r.page, e)
		return err
	}, query+where+orderOfPage, args...)
}

func conditions(f outbox.Filter) (where string, args []any) {
	add := func(condition string, values ...any) {
		where += condition
		args = append(args, values...)
	}
	if f.Type != "" {
		add(whereType, f.Type)
	}
	if f.AggregateID != "" {
		add(whereAggregate, f.AggregateID)
	}
	if f.Actor != "" {
		add(whereActor, f.Actor)
	}
	if f.StoreID != "" {
		add(whereStore, f.StoreID, f.StoreID)
	}
	if f.Within != nil {
		within := sqlite.List(f.Within)
		add(whereWithin, within, within)
	}
	return where, args
}

// chunkQuery selects the events that have all of some filters.
type chunkQuery []string

// chunkQueries returns queries whose union has all events that f selects; none
// when the index of chunks has none of f's conditions.
func chunkQueries(f outbox.Filter) []chunkQuery {
	var wanted []string // of the events, for any store
	if f.Type != "" {
		wanted = append(wanted, "type "+f.Type)
	}
	if f.Actor != "" {
		wanted = append(wanted, "actor "+f.Actor)
	}
	stores := f.Within
	if f.StoreID != "" {
		stores = []string{f.StoreID}
	}
	switch {
	case stores == nil || len(stores) > maxMerged:
		if len(wanted) == 0 {
			return nil
		}
		return []chunkQuery{wanted}
	case f.StoreID != "" && f.Within != nil && !slices.Contains(f.Within, f.StoreID):
		return []chunkQuery{{"none"}} // which no chunk has
	}
	var queries []chunkQuery
	for _, store := range stores {
		for _, kind := range []string{"own ", "shared "} {
			if kind == "shared " && len(f.Within) == 1 {
				continue // events of other stores are hidden
			}
			queries = append(queries, append(chunkQuery{kind + store}, wanted...))
		}
	}
	if len(queries) == 0 { // of no store
		queries = []chunkQuery{{"none"}}
	}
	return queries
}

// statement returns the statement of the chunks from a number on.
func (q chunkQuery) statement() string {
	words, joins := [chunkWords]string{}, ""
	for w := range words {
		words[w] = fmt.Sprintf("(c0.events_%d", w)
		for i := range q[1:] {
			words[w] += fmt.Sprintf(" & c%d.events_%d", i+1, w)
		}
		words[w] += ")"
	}
	for i := range q[1:] {
		joins += fmt.Sprintf(" CROSS JOIN event_chunks c%d ON c%d.filter = ? AND c%d.chunk = c0.chunk", i+1, i+1, i+1)
	}
	return "SELECT c0.chunk AS chunk, " + strings.Join(words[:], ", ") + " FROM event_chunks c0" + joins +
		" WHERE c0.filter = ? AND c0.chunk >= ? AND (" + strings.Join(words[:], " | ") + ") <> 0"
}

// unionOf returns the statement of the chunks of several queries from a number on.
func unionOf(queries []chunkQuery, from int64) (statement string, args []any) {
	parts := make([]string, len(queries))
	for i, query := range queries {
		parts[i] = query.statement()
		for _, filter := range query[1:] {
			args = append(args, filter)
		}
		args = append(args, query[0], from)
	}
	return strings.Join(parts, " UNION ALL ") + orderOfChunks, args
}

func scanRow(s sqlite.Scanner) (r outbox.Row, err error) {
	err = s.Scan(&r.Seq, &r.Document, &r.SyncedAt)
	return r, err
}
