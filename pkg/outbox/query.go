package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/sqlite"
)

// Filter selects events of the table; zero fields select all.
type Filter struct {
	Type        string
	AggregateID string
	Actor       string
	StoreID     string   // events that concern this store, and perhaps others
	Within      []string // only events all of whose stores are among these, and which have one; nil: all
	Pending     bool     // only what the broker has not acknowledged
	After       int64    // events with a greater seq
	Limit       int      // rows at most; required
}

// Row is an event of the table.
type Row struct {
	Seq      int64
	Document []byte
	SyncedAt string // events.TimeFormat, empty while pending
}

const (
	sqlPageColumns = `SELECT seq, document, COALESCE(synced_at, '') FROM event_documents e WHERE seq > ? AND seq <= ?`
	orderOfPage    = ` ORDER BY seq LIMIT ?`

	whereType      = ` AND event_type = ?`
	whereAggregate = ` AND aggregate_id = ?`
	whereActor     = ` AND actor = ?`
	whereStore     = ` AND (store_id = ? OR store_id IS NULL AND EXISTS (SELECT 1 FROM event_stores s WHERE s.seq = e.seq AND s.store_id = ?))`
	// A row without a store of its own has several, or none.
	whereWithin = ` AND (store_id IN (SELECT value FROM json_each(?)) OR store_id IS NULL
	AND EXISTS (SELECT 1 FROM event_stores s WHERE s.seq = e.seq)
	AND NOT EXISTS (SELECT 1 FROM event_stores s WHERE s.seq = e.seq AND s.store_id NOT IN (SELECT value FROM json_each(?))))`

	sqlSynced          = `SELECT ` + synced + `, COALESCE((SELECT MAX(seq) FROM outbox), 0)`
	sqlManyOfAggregate = `SELECT COUNT(*) FROM outbox WHERE seq = (
	SELECT seq FROM outbox WHERE aggregate_id = ? AND seq > ? ORDER BY seq LIMIT 1 OFFSET ?)`
	chunksOf      = `SELECT chunk FROM event_chunks c WHERE filter = ? AND chunk >= ?`
	alsoOf        = ` AND EXISTS (SELECT 1 FROM event_chunks o WHERE o.filter = ? AND o.chunk = c.chunk)`
	orderOfChunks = ` ORDER BY chunk LIMIT ?`
)

const (
	chunkEvents  = 256  // as in the schema
	chunksAtOnce = 64   // read of the index of chunks
	fewEvents    = 2000 // of an aggregate: reading all of them is fast
	maxMerged    = 64   // stores whose chunks are merged
)

// Page returns the events that match f, by seq.
func Page(ctx context.Context, db *sqlite.DB, f Filter) (page []Row, err error) {
	err = db.Snapshot(ctx, func(s *sqlite.Snapshot) error {
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
	filter   Filter
	last     int64 // everything up to this seq is read
	page     []Row
}

func (r *reader) read() error {
	var acknowledged, end int64
	if err := r.snapshot.QueryRow(sqlSynced).Scan(&acknowledged, &end); err != nil {
		return sqlite.Classify(err)
	}
	if r.filter.Pending {
		r.last = max(r.last, acknowledged)
	}
	queries := r.filter.chunkQueries()
	if r.filter.AggregateID != "" && len(queries) > 0 {
		var many bool
		if err := r.snapshot.QueryRow(sqlManyOfAggregate, r.filter.AggregateID, r.last, fewEvents).Scan(&many); err != nil {
			return sqlite.Classify(err)
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
	return r.events(end)
}

// chunks reads the events of the chunks that the filters have, up to the last
// whole one.
func (r *reader) chunks(queries []chunkQuery, end int64) error {
	whole := max(0, end-1) / chunkEvents // the number of the chunk that is not
	for r.missing() > 0 && r.last < whole*chunkEvents {
		from := r.last / chunkEvents
		query, args := unionOf(queries, from)
		var list []int64
		err := r.snapshot.Each(func(row sqlite.Scanner) error {
			var chunk int64
			err := row.Scan(&chunk)
			list = append(list, chunk)
			return err
		}, query, append(args, chunksAtOnce)...)
		if err != nil {
			return err
		}
		for _, chunk := range list {
			r.last = max(r.last, chunk*chunkEvents)
			if err := r.events((chunk + 1) * chunkEvents); err != nil || r.missing() == 0 {
				return err
			}
		}
		if len(list) < chunksAtOnce {
			r.last = max(r.last, whole*chunkEvents)
		}
	}
	return nil
}

func (r *reader) missing() int { return r.filter.Limit - len(r.page) }

// events reads the events up to a seq, unless the page is full before.
func (r *reader) events(until int64) error {
	if r.missing() == 0 {
		return nil
	}
	where, args := r.filter.conditions()
	args = append(append([]any{r.last, until}, args...), r.missing())
	r.last = until
	return r.snapshot.Each(func(row sqlite.Scanner) error {
		e, err := scanRow(row)
		r.page = append(r.page, e)
		return err
	}, sqlPageColumns+where+orderOfPage, args...)
}

func (f Filter) conditions() (where string, args []any) {
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

// chunkQuery selects the chunks that have all of some filters.
type chunkQuery []string

// chunkQueries returns queries whose union has all chunks with an event that f
// selects; none when f selects by nothing that chunks are known by.
func (f Filter) chunkQueries() []chunkQuery {
	var wanted []string // of the events, whatever their stores
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
		return []chunkQuery{{strings.Join(wanted, " ")}}
	case f.StoreID != "" && f.Within != nil && !slices.Contains(f.Within, f.StoreID):
		return []chunkQuery{{"none"}} // which no chunk has
	}
	var queries []chunkQuery
	for _, store := range stores {
		for _, kind := range []string{"own ", "shared "} {
			if kind == "shared " && len(f.Within) == 1 {
				continue // what concerns another store is hidden
			}
			query := chunkQuery{kind + store}
			for i, filter := range wanted {
				if i == 0 {
					query = nil
				}
				query = append(query, kind+store+" "+filter)
			}
			queries = append(queries, query)
		}
	}
	if len(queries) == 0 { // of no store
		queries = []chunkQuery{{"none"}}
	}
	return queries
}

// unionOf returns the statement of the chunks from a number on.
func unionOf(queries []chunkQuery, from int64) (statement string, args []any) {
	parts := make([]string, len(queries))
	for i, query := range queries {
		parts[i] = chunksOf
		args = append(args, query[0], from)
		for _, filter := range query[1:] {
			parts[i] += alsoOf
			args = append(args, filter)
		}
	}
	return strings.Join(parts, " UNION ") + orderOfChunks, args
}

func scanRow(s sqlite.Scanner) (r Row, err error) {
	err = s.Scan(&r.Seq, &r.Document, &r.SyncedAt)
	return r, err
}
