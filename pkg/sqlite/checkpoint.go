package sqlite

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// The bounds of the write-ahead log. SQLite copies its pages to the database
// file by itself once there are checkpointPages, but it can restart the log
// only when no reader uses it. Readers that overlap without end would let it
// grow for ever, so the writer then waits for them: see shortenLog.
const (
	// checkpointPages is the length at which SQLite begins to copy. A hot page is
	// written once per checkpoint, not once per commit, so larger is cheaper;
	// 8192 pages are 32 MiB.
	checkpointPages = 8192
	// logKept is the size of the log's file after a restart of the log, in
	// bytes: checkpointPages with their frame headers and the header of the
	// file.
	logKept = checkpointPages*(4096+24) + 32

	// A log of logLimit bytes is shortened by force. Each attempt that fails
	// raises the size of the next by a quarter.
	logLimit = logKept + logKept/4
	// shortestWait is how long the first attempt waits for readers. The wait
	// grows with the square of the log's size, up to longestWait at about ten
	// times logLimit: a long read, such as an audit, delays the writer by
	// little while the log is short, and cannot fill the disk.
	shortestWait = 20 * time.Millisecond
	longestWait  = 2 * time.Second
)

// shortenLog empties a write-ahead log that has become too long. It runs on
// the writer goroutine between two group commits: while it waits, no change is
// written, so every new reader uses the last commit, and the readers before
// end one after the other. New readers are never delayed.
func (w *writer) shortenLog() {
	size := w.logSize()
	switch {
	case size <= logLimit:
		w.nextShortening = logLimit
		return
	case size < w.nextShortening:
		return
	}
	emptied, err := w.conn.truncateLog(readersWait(size))
	if err != nil {
		w.options.Logger.Warn("write-ahead log not shortened", slog.String("database", w.options.Path), slog.Any("err", err))
	}
	if emptied {
		w.nextShortening = logLimit
		return
	}
	w.metrics.logHeld.Inc()
	w.nextShortening = size + size/4
}

// logSize returns the size of the write-ahead log's file, 0 when there is none.
func (w *writer) logSize() int64 {
	info, err := os.Stat(w.options.Path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// readersWait returns how long the writer waits for readers of a log of size
// bytes.
func readersWait(size int64) time.Duration {
	growth := float64(size) / logLimit
	return min(time.Duration(float64(shortestWait)*growth*growth), longestWait)
}

// truncateLog copies the whole log to the database file and cuts it to zero
// bytes. It waits for readers for at most wait; emptied is false when a reader
// still used the log then.
func (c *conn) truncateLog(wait time.Duration) (emptied bool, err error) {
	if err := c.setBusyTimeout(wait); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.setBusyTimeout(busyTimeout)) }()
	rows, err := c.Query("PRAGMA wal_checkpoint(TRUNCATE)", nil)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make(txRow, len(rows.Columns()))
	if err := rows.Next(row); err != nil {
		return false, err
	}
	var busy, inLog, copied int64
	err = row.Scan(&busy, &inLog, &copied)
	return err == nil && busy == 0, err
}

// setBusyTimeout sets how long a statement of this connection waits for a lock.
func (c *conn) setBusyTimeout(wait time.Duration) error {
	_, err := c.Exec(fmt.Sprintf("PRAGMA busy_timeout=%d", wait.Milliseconds()), nil)
	return err
}
