package postgres

import (
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"inventory.example/pkg/engine"
)

// Table is a Set or a Log.
type Table interface {
	newState() tableState
}

// Need names records of one table that a change will read, see Set.Need.
type Need interface {
	want(g *group)
}

// Scanner is a record to read from. Scan returns an error for which errors.Is
// with sql.ErrNoRows is true when there is none.
type Scanner = engine.Scanner

// tableState is the knowledge of a group about one table, in three layers: the
// records that the transaction has read, the writes of the changes that have
// succeeded, and the writes of the change that runs.
type tableState interface {
	queueRead(batch *pgx.Batch)    // of the wanted records that are not known
	keep()                         // the writes of the change
	drop()                         // the writes of the change
	queueDeletes(batch *pgx.Batch) // of the kept writes
	queueWrites(batch *pgx.Batch)  // of the kept writes, after queueDeletes
	forget()                       // the records that were read
}

// Set declares a table whose records are read by keys and written whole. It has
// no state, so one Set serves any number of DBs. Each statement works on any
// number of records at once.
//
// A V must be a value: a change that alters one puts another in its place, so a V
// shares nothing that is ever modified.
type Set[K comparable, V any] struct {
	Name string // of the table, for metrics

	// Load selects the records of keys, for example:
	//
	//	SELECT id, quantity FROM stock WHERE id = ANY($1)
	Load string
	Keys func(keys []K) []any // the arguments of Load and of Delete
	Scan func(record Scanner) (K, V, error)

	// Insert and Update write records, with the same arguments; an empty one is
	// never used. A Set without any is another way to find the records of a table:
	// a change that writes these puts them into it too, and the server is not asked. Update and Delete must each change as many records as they are
	// given, or the group is tried again from its beginning. For example:
	//
	//	INSERT INTO stock (id, quantity) SELECT * FROM unnest($1::text[], $2::bigint[])
	//	UPDATE stock s SET quantity = n.quantity
	//	FROM unnest($1::text[], $2::bigint[]) AS n (id, quantity) WHERE s.id = n.id
	//	DELETE FROM stock WHERE id = ANY($1)
	Insert, Update, Delete string
	Columns                func(values []V) []any
}

// entry is a record, or that there is none.
type entry[V any] struct {
	value  V
	exists bool
}

// layer is a set of writes, with the keys in the order of their first write.
type layer[K comparable, V any] struct {
	entries map[K]entry[V]
	keys    []K
}

func (l *layer[K, V]) put(key K, e entry[V]) {
	if l.entries == nil {
		l.entries = map[K]entry[V]{}
	}
	if _, known := l.entries[key]; !known {
		l.keys = append(l.keys, key)
	}
	l.entries[key] = e
}

func (l *layer[K, V]) clear() {
	clear(l.entries)
	l.keys = l.keys[:0]
}

type setState[K comparable, V any] struct {
	set     *Set[K, V]
	wanted  []K // may have a key twice
	lookups []interface {
		statement() (query string, args []any)
	}
	read   map[K]entry[V]
	kept   layer[K, V]
	change layer[K, V]
}

func (s *Set[K, V]) newState() tableState {
	return &setState[K, V]{set: s, read: map[K]entry[V]{}}
}

func (s *Set[K, V]) state(g *group) *setState[K, V] {
	state, ok := g.tables[s].(*setState[K, V])
	if !ok {
		panic("table " + s.Name + " is not in Options.Tables")
	}
	return state
}

// need is the Need of a Set.
type need[K comparable, V any] struct {
	set  *Set[K, V]
	keys []K
}

func (n need[K, V]) want(g *group) {
	state := n.set.state(g)
	state.wanted = append(state.wanted, n.keys...)
}

// Need says that a change will read the records of these keys.
func (s *Set[K, V]) Need(keys ...K) Need { return need[K, V]{s, keys} }

// Known returns the record of key if the group knows it already, and whether it
// exists; it reads nothing.
func (s *Set[K, V]) Known(tx *Tx, key K) (value V, exists bool) {
	e := s.state(tx.group).find(key)
	return e.value, e.exists
}

// Lookup declares another way to name records of a Set: by a key of things that
// refer to them. Like a Set it has no state.
type Lookup[By any, K comparable, V any] struct {
	Set  *Set[K, V]
	Load string // selects records as Set.Load does
	Keys func(keys []By) []any
}

// Need says that a change will read the records that these keys find.
func (l *Lookup[By, K, V]) Need(keys ...By) Need { return lookupNeed[By, K, V]{l, keys} }

type lookupNeed[By any, K comparable, V any] struct {
	lookup *Lookup[By, K, V]
	keys   []By
}

func (n lookupNeed[By, K, V]) want(g *group) {
	if len(n.keys) == 0 {
		return
	}
	state := n.lookup.Set.state(g)
	for _, w := range state.lookups {
		if w, ok := w.(*wantedLookup[By, K, V]); ok && w.lookup == n.lookup {
			w.keys = append(w.keys, n.keys...)
			return
		}
	}
	state.lookups = append(state.lookups, &wantedLookup[By, K, V]{n.lookup, slices.Clone(n.keys)})
}

// wantedLookup is a Lookup with the keys of all changes of a group.
type wantedLookup[By any, K comparable, V any] struct {
	lookup *Lookup[By, K, V]
	keys   []By
}

func (w *wantedLookup[By, K, V]) statement() (query string, args []any) {
	_, args = withTexts(w.keys, w.lookup.Keys)
	return w.lookup.Load, args
}

// Get returns the record of key as the changes before this one, and this one,
// have left it.
func (s *Set[K, V]) Get(tx *Tx, key K) (value V, found bool, err error) {
	state := s.state(tx.group)
	e, err := state.get(tx, key)
	return e.value, e.exists, err
}

// Put writes the record of key, whether or not there was one.
func (s *Set[K, V]) Put(tx *Tx, key K, value V) error {
	return s.write(tx, key, entry[V]{value, true})
}

// Remove deletes the record of key, if there is one.
func (s *Set[K, V]) Remove(tx *Tx, key K) error {
	return s.write(tx, key, entry[V]{})
}

func (s *Set[K, V]) write(tx *Tx, key K, e entry[V]) error {
	state := s.state(tx.group)
	if s.Insert == "" && s.Update == "" && s.Delete == "" {
		if err := tx.usable(); err != nil {
			return err
		}
	} else if _, err := state.get(tx, key); err != nil { // whether there is one decides between an insertion and an update
		return err
	}
	state.change.put(key, e)
	return nil
}

func (s *setState[K, V]) get(tx *Tx, key K) (entry[V], error) {
	if err := tx.usable(); err != nil {
		return entry[V]{}, err
	}
	if e := s.find(key); e.known {
		return e.entry, nil
	}
	s.wanted = append(s.wanted, key)
	var batch pgx.Batch
	s.queueRead(&batch)
	if err := tx.readUnnamed(&batch, s.set.Name); err != nil {
		return entry[V]{}, err
	}
	return s.read[key], nil
}

// found is an entry, or that the group does not know one.
type found[V any] struct {
	entry[V]
	known bool
}

func (s *setState[K, V]) find(key K) found[V] {
	for _, entries := range []map[K]entry[V]{s.change.entries, s.kept.entries, s.read} {
		if e, known := entries[key]; known {
			return found[V]{e, true}
		}
	}
	return found[V]{}
}

func (s *setState[K, V]) queueRead(batch *pgx.Batch) {
	for _, l := range s.lookups {
		query, args := l.statement()
		batch.Queue(query, args...).Query(s.readAll)
	}
	s.lookups = nil
	var missing []K
	for _, key := range s.wanted {
		if _, known := s.read[key]; !known {
			s.read[key] = entry[V]{} // until the server returns one
			missing = append(missing, key)
		}
	}
	s.wanted = s.wanted[:0]
	if len(missing) == 0 {
		return
	}
	missing, args := withTexts(missing, s.set.Keys)
	if len(missing) == 0 {
		return
	}
	batch.Queue(s.set.Load, args...).Query(s.readAll)
}

func (s *setState[K, V]) readAll(rows pgx.Rows) error {
	for rows.Next() {
		key, value, err := s.set.Scan(rows)
		if err != nil {
			return err
		}
		s.read[key] = entry[V]{value, true}
	}
	return rows.Err()
}

func (s *setState[K, V]) keep() {
	for _, key := range s.change.keys {
		s.kept.put(key, s.change.entries[key])
	}
	s.change.clear()
}

func (s *setState[K, V]) drop() { s.change.clear() }

func (s *setState[K, V]) forget() { clear(s.read) }

func (s *setState[K, V]) queueDeletes(batch *pgx.Batch) {
	var deleted []K
	for _, key := range s.kept.keys {
		if s.read[key].exists && !s.kept.entries[key].exists {
			deleted = append(deleted, key)
		}
	}
	queueCounted(batch, s.set.Delete, s.set.Keys, deleted)
}

func (s *setState[K, V]) queueWrites(batch *pgx.Batch) {
	var inserted, updated []V
	for _, key := range s.kept.keys {
		e := s.kept.entries[key]
		switch {
		case !e.exists:
		case s.read[key].exists:
			updated = append(updated, e.value)
		default:
			inserted = append(inserted, e.value)
		}
		s.read[key] = e
	}
	s.kept.clear()
	if len(inserted) > 0 && s.set.Insert != "" {
		batch.Queue(s.set.Insert, s.set.Columns(inserted)...)
	}
	queueCounted(batch, s.set.Update, s.set.Columns, updated)
}

// queueCounted queues a statement that must change as many records as it is
// given. The server compares the numbers, since COMMIT is already on its way.
func queueCounted[T any](batch *pgx.Batch, statement string, arguments func([]T) []any, given []T) {
	if len(given) == 0 || statement == "" {
		return
	}
	args := append(arguments(given), int64(len(given)))
	batch.Queue("WITH changed AS ("+statement+" RETURNING 1) SELECT expect_records((SELECT COUNT(*) FROM changed), $"+
		strconv.Itoa(len(args))+")", args...)
}

// Log declares a table to which records are appended only. Like a Set it has no
// state.
type Log[V any] struct {
	Name string // of the table

	// Insert writes records in their order, for example:
	//
	//	INSERT INTO outbox (seq, payload) SELECT * FROM unnest($1::bigint[], $2::bytea[])
	Insert  string
	Columns func(values []V) []any
}

type logState[V any] struct {
	log          *Log[V]
	kept, change []V
}

func (l *Log[V]) newState() tableState { return &logState[V]{log: l} }

// Append writes a record after those that were appended before.
func (l *Log[V]) Append(tx *Tx, value V) error {
	state, ok := tx.group.tables[l].(*logState[V])
	if !ok {
		panic("table " + l.Name + " is not in Options.Tables")
	}
	if err := tx.usable(); err != nil {
		return err
	}
	state.change = append(state.change, value)
	return nil
}

func (s *logState[V]) queueRead(*pgx.Batch)    {}
func (s *logState[V]) queueDeletes(*pgx.Batch) {}
func (s *logState[V]) forget()                 {}
func (s *logState[V]) drop()                   { s.change = nil }

func (s *logState[V]) keep() {
	s.kept = append(s.kept, s.change...)
	s.change = nil
}

func (s *logState[V]) queueWrites(batch *pgx.Batch) {
	if len(s.kept) > 0 {
		batch.Queue(s.log.Insert, s.log.Columns(s.kept)...)
	}
	s.kept = nil
}

// Column returns one column of values: the argument of a statement that unnests
// it.
func Column[V, T any](values []V, of func(V) T) []T {
	column := make([]T, len(values))
	for i, v := range values {
		column[i] = of(v)
	}
	return column
}

// Nullable returns the argument for a text column that may be NULL: NULL for the
// empty text.
func Nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
