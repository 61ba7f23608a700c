package embedded_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// handClock is a clock whose timers never fire: only the test trims.
type handClock struct{ *clock.Fake }

func (handClock) NewTimer(time.Duration) clock.Timer { return clock.NewFake(start).NewTimer(time.Hour) }

func publish(t *testing.T, b *broker, first, count int) {
	t.Helper()
	p := b.Publisher(t)
	if err := p.PublishBatch(t.Context(), numbered(first, count)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil { // leaves the broker open
		t.Fatal(err)
	}
}

func scan(t *testing.T, b *broker) (versions []int64) {
	t.Helper()
	if err := b.Scan(t.Context(), func(e events.Event) error {
		versions = append(versions, e.Version)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return versions
}

// query reads one value from the broker's file, beside the broker.
func query[T any](t *testing.T, b *broker, query string, args ...any) (value T) {
	t.Helper()
	db := file(t, b)
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func file(t *testing.T, b *broker) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+b.options.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestBroker_PublishStoresOneRecordPerBatch(t *testing.T) {
	b := open(t, embedded.Options{})
	publish(t, b, 1, 100)
	publish(t, b, 101, 1)
	publish(t, b, 102, 7)
	if rows := query[int](t, b, `SELECT COUNT(*) FROM batches`); rows != 3 {
		t.Errorf("got %d records for 3 batches", rows)
	}
	if holes := query[int](t, b, `SELECT COUNT(*) FROM batches WHERE first_offset <> 1
		AND first_offset - 1 NOT IN (SELECT last_offset FROM batches)`); holes > 0 {
		t.Errorf("%d records do not follow another", holes)
	}
	if last := query[int](t, b, `SELECT MAX(last_offset) FROM batches`); last != 108 {
		t.Errorf("the last offset is %d, want 108", last)
	}
	if err := b.Publisher(t).Publish(t.Context(), events.Event{ID: "without document"}); err == nil {
		t.Error("an event without document was accepted")
	}
}

func TestBroker_PublishDividesLargeBatch(t *testing.T) {
	b := open(t, embedded.Options{Rehearse: true})
	list := numbered(1, 5000)
	if err := b.Publisher(t).PublishBatch(t.Context(), append(list[:4999:4999], events.Event{ID: "without document"})); err == nil {
		t.Error("an event without document was accepted")
	}
	if rows := query[int](t, b, `SELECT COUNT(*) FROM batches`); rows > 0 {
		t.Errorf("%d records of a batch that was refused", rows)
	}
	publish(t, b, 1, 5000)
	publish(t, b, 5001, 2048)
	if rows := query[int](t, b, `SELECT COUNT(*) FROM batches`); rows != 4 {
		t.Errorf("got %d rows", rows)
	}
	if longest := query[int](t, b, `SELECT MAX(last_offset - first_offset) + 1 FROM batches`); longest != 2048 {
		t.Errorf("a row has %d events", longest)
	}
	expectRange(t, scan(t, b), 1, 7048)
}

func TestBroker_Scan(t *testing.T) {
	b := open(t, embedded.Options{})
	if got := scan(t, b); len(got) > 0 {
		t.Errorf("got %d events from an empty log", len(got))
	}
	publish(t, b, 1, 1300) // more than one page, and pages that end inside of a row
	publish(t, b, 1301, 50)
	expectRange(t, scan(t, b), 1, 1350)

	var seen int
	boom := errors.New("boom")
	err := b.Scan(t.Context(), func(events.Event) error {
		if seen++; seen == 700 {
			return boom
		}
		return nil
	})
	if !errors.Is(err, boom) || seen != 700 {
		t.Errorf("got %v after %d events", err, seen)
	}

	seen = 0
	if err := b.Scan(t.Context(), func(e events.Event) error {
		seen++
		if e.Version == 1 {
			publish(t, b, 1351, 10) // after the scan began
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if seen != 1350 {
		t.Errorf("got %d events, want the 1350 that were there", seen)
	}
}

func TestBroker_Trim(t *testing.T) {
	now := clock.NewFake(start)
	b := open(t, embedded.Options{Clock: handClock{now}, Retention: 24 * time.Hour})
	trim := func(want int64) {
		t.Helper()
		deleted, err := b.Trim(t.Context())
		if err != nil || deleted != want {
			t.Errorf("Trim: got %d rows and %v, want %d", deleted, err, want)
		}
	}
	publish(t, b, 1, 10)
	publish(t, b, 11, 10)
	now.Advance(20 * time.Hour)
	publish(t, b, 21, 10)
	trim(0) // nothing is old enough
	expectRange(t, receive(t, b, "slow", 15), 1, 15)
	expectRange(t, receive(t, b, "fast", 30), 1, 30)
	if position := query[int](t, b, `SELECT position FROM consumer_groups WHERE name = 'slow'`); position != 15 {
		t.Fatalf("the slow group is at %d", position)
	}
	now.Advance(5 * time.Hour)
	trim(1) // the second row is old enough, but the slow group has not acknowledged all of it
	expectRange(t, scan(t, b), 11, 30)
	receive(t, b, "slow", 30)
	trim(1)
	expectRange(t, scan(t, b), 21, 30)
	now.Advance(48 * time.Hour)
	trim(0) // the newest row stays
	b.Restart(t)
	publish(t, b, 31, 5)
	trim(1)
	expectRange(t, scan(t, b), 31, 35)
	expectRange(t, receive(t, b, "fast", 35), 31, 35)
	expectRange(t, receive(t, b, "new", 35), 31, 35)
	if first := query[int](t, b, `SELECT first_offset FROM batches`); first != 31 {
		t.Errorf("the offset after the trimmed ones is %d, want 31", first)
	}
}

func TestBroker_TrimManyRecords(t *testing.T) {
	now := clock.NewFake(start)
	b := open(t, embedded.Options{Clock: handClock{now}, Retention: time.Hour})
	publish(t, b, 1, 1)
	damage(t, b, `WITH RECURSIVE next(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM next WHERE n < 1203)
		INSERT INTO batches (last_offset, first_offset, created_at, documents)
		SELECT n, n, created_at, documents FROM batches, next`)
	publish(t, b, 1204, 1)
	now.Advance(2 * time.Hour)
	if deleted, err := b.Trim(t.Context()); err != nil || deleted != 1203 {
		t.Errorf("got %d rows and %v", deleted, err)
	}
	expectRange(t, scan(t, b), 1204, 1204)
}

// damage changes a closed broker's file and opens it again.
func damage(t *testing.T, b *broker, statement string, args ...any) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := file(t, b).ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
	b.Restart(t)
}

func TestBroker_BuriesMalformedDocument(t *testing.T) {
	b := open(t, embedded.Options{})
	publish(t, b, 1, 3)
	publish(t, b, 4, 3)
	publish(t, b, 7, 3)
	damage(t, b, `UPDATE batches SET documents = CAST(replace(CAST(documents AS TEXT), '"event-2"', '_event-2_') AS BLOB)
		WHERE last_offset = 3`)
	damage(t, b, `UPDATE batches SET documents = substr(documents, 1, length(documents) - 5) WHERE last_offset = 6`)

	got := receive(t, b, "group", 9)
	want := []int64{1, 3, 4, 5, 7, 8, 9}
	if len(got) != len(want) {
		t.Fatalf("got versions %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got versions %v, want %v", got, want)
		}
	}
	if got := scan(t, b); len(got) != len(want) {
		t.Errorf("Scan gave %v, want %v", got, want)
	}
	letters, err := b.DeadLetters(t.Context(), "", 10)
	if err != nil || len(letters) != 2 {
		t.Fatalf("got %d dead letters and %v, want 2", len(letters), err)
	}
	if l := letters[0]; !strings.Contains(string(l.Document), "_event-2_") || l.EventID != "" || l.Group != "group" ||
		!strings.Contains(l.Reason, "malformed event") {
		t.Errorf("got %+v", l)
	}
	if l := letters[1]; !strings.Contains(string(l.Document), "event-6") || !strings.Contains(l.Reason, "damaged") {
		t.Errorf("got %+v", l)
	}
	if err := b.ReplayDeadLetter(t.Context(), letters[0].ID); !errors.Is(err, events.ErrMalformed) {
		t.Errorf("Replay: got %v, want ErrMalformed", err)
	}
	if got, err := b.DiscardDeadLetter(t.Context(), letters[0].ID); err != nil || got.ID != letters[0].ID {
		t.Errorf("Discard: got letter %q and %v", got.ID, err)
	}
	if _, err := b.DeadLetter(t.Context(), letters[0].ID); !errors.Is(err, events.ErrNoDeadLetter) {
		t.Errorf("got %v for the discarded dead letter, want ErrNoDeadLetter", err)
	}
	publish(t, b, 10, 1)
	if got := receive(t, b, "group", 10); len(got) != 1 {
		t.Errorf("the group did not go on after the damage: got %v", got)
	}
}
