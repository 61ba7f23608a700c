package sqlite

// Queued returns how many changes wait for the writer.
func (db *DB) Queued() int { return db.writer.queue.Len() }

// BreakRollback makes every ROLLBACK of this connection fail.
func BreakRollback(tx *Tx) error {
	s, err := tx.conn.prepared("ROLLBACK TO missing")
	if err != nil {
		return err
	}
	delete(tx.conn.stmts, "ROLLBACK TO missing")
	if rollback, ok := tx.conn.stmts["ROLLBACK"]; ok {
		if err := rollback.Close(); err != nil {
			return err
		}
	}
	tx.conn.stmts["ROLLBACK"] = s
	return nil
}

// Closed reports whether Close has begun.
func (db *DB) Closed() bool {
	return db.writer.queue.IsClosed()
}

// LogLimit is the size of the write-ahead log above which it is shortened.
const LogLimit = logLimit

// ErrNewerSchema is errNewerSchema, for tests.
var ErrNewerSchema = errNewerSchema
