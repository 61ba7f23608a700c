package postgres

// Queued returns how many changes wait for the writer.
func (db *DB) Queued() int { return len(db.writer.queue) }

// Closed reports whether Close has begun.
func (db *DB) Closed() bool {
	db.writer.mu.RLock()
	defer db.writer.mu.RUnlock()
	return db.writer.closed
}

// ErrNewerSchema is errNewerSchema, for tests.
var ErrNewerSchema = errNewerSchema

// Statements returns the statements of a group by name, as the server gets them.
func (s *Set[K, V]) Statements() map[string]string {
	return map[string]string{"load": s.Load, "update": s.Update, "delete": s.Delete}
}

// SQLMark and SQLMarked are the statements of writer_groups.
const (
	SQLMark   = sqlMark
	SQLMarked = sqlMarked
)
