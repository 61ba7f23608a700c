package postgres

// Queued returns how many changes wait for the writer.
func (db *DB) Queued() int { return db.writer.queue.Len() }

// Closed reports whether Close has begun.
func (db *DB) Closed() bool {
	return db.writer.queue.IsClosed()
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
