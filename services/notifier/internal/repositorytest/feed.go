package repositorytest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/services/notifier/internal/feed"
)

var feedChecks = map[string]func(*testing.T, Database){
	"is empty when it is new":               feedIsEmpty,
	"keeps every field of an entry":         feedKeepsFields,
	"records an event once":                 feedRecordsOnce,
	"gives each entry a greater seq":        feedGrows,
	"undoes a change that fails":            feedUndoesFailure,
	"runs changes one after the other":      feedSerializes,
	"returns entries after a seq, in order": feedReturnsEntries,
}

// entryIDs returns the ids of the events after a seq, limit at most.
func entryIDs(t *testing.T, db Database, after int64, limit int) (ids []string) {
	t.Helper()
	list, err := db.Entries.Entries(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	last := after
	for _, e := range list {
		ids = append(ids, e.Event.ID)
		if e.Seq <= last {
			t.Errorf("seq %d follows %d", e.Seq, last)
		}
		last = e.Seq
	}
	return ids
}

func newest(t *testing.T, db Database) int64 {
	t.Helper()
	seq, err := db.Entries.Newest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func wantEntries(t *testing.T, db Database, want ...string) {
	t.Helper()
	if got := entryIDs(t, db, 0, 1000); !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

func feedIsEmpty(t *testing.T, db Database) {
	wantEntries(t, db)
	if seq := newest(t, db); seq != 0 {
		t.Errorf("the newest is %d", seq)
	}
}

func feedKeepsFields(t *testing.T, db Database) {
	entries := []feed.Entry{
		low(t, "e-1", "p-1", "MAD-001", 0),
		entry(t, "e-2", 0, inventory.StockTransferred{
			ProductID: "p-1", FromStore: "MAD-001", ToStore: "BCN-001", Quantity: 3, FromVersion: 1, ToVersion: 2, Reason: "ü \"%_'\\ 👍 名前",
		}),
		entry(t, "e-3", 0, inventory.ProductDeleted{ID: "p-1", SKU: strings.Repeat("é", 64), Version: 3}), // of no store
		entry(t, "e-4", 0, inventory.StockCreated{ProductID: "p-2", StoreID: "A", Quantity: 1, Reason: strings.Repeat("long ", 50_000)}),
	}
	record(t, db, entries...)
	got, err := db.Entries.Entries(t.Context(), 0, 10)
	if err != nil || len(got) != len(entries) {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	for i, want := range entries {
		if !bytes.Equal(got[i].Event.Document(), want.Event.Document()) {
			t.Errorf("document %.300s, want %.300s", got[i].Event.Document(), want.Event.Document())
		}
		if !reflect.DeepEqual(got[i].Stores, want.Stores) {
			t.Errorf("%s: stores %q, want %q", want.Event.ID, got[i].Stores, want.Stores)
		}
	}
	if seq := newest(t, db); seq != got[len(got)-1].Seq {
		t.Errorf("the newest is %d, the last entry %d", seq, got[len(got)-1].Seq)
	}
}

func feedRecordsOnce(t *testing.T, db Database) {
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	mustRecord(t, db, func(tx feed.Tx) error {
		_, isNew, err := tx.Record(low(t, "e-1", "p-2", "B", 0), noon)
		if isNew {
			t.Error("a repetition is new")
		}
		_, next, nextErr := tx.Record(low(t, "e-2", "p-1", "A", 0), noon)
		_, again, againErr := tx.Record(low(t, "e-2", "p-1", "A", 0), noon)
		if !next || again {
			t.Errorf("another event: new %t, then %t", next, again)
		}
		return errors.Join(err, nextErr, againErr)
	})
	wantEntries(t, db, "e-1", "e-2")
}

func feedGrows(t *testing.T, db Database) {
	var last int64
	for i := range 5 {
		mustRecord(t, db, func(tx feed.Tx) error {
			seq, _, err := tx.Record(low(t, fmt.Sprint(i), "p-1", "A", 0), noon)
			if seq <= last {
				t.Errorf("seq %d follows %d", seq, last)
			}
			return err
		})
		if seq := newest(t, db); seq <= last {
			t.Errorf("the newest is %d after %d", seq, last)
		} else {
			last = seq
		}
	}
}

func feedUndoesFailure(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"))
	err := db.Feed.Write(t.Context(), nil, func(tx feed.Tx) error {
		e := low(t, "e-1", "p-1", "A", 0)
		var err error
		e.Seq, _, err = tx.Record(e, noon)
		return errors.Join(err, tx.Queue(e, noon), errRefused)
	})
	wantErr(t, err, errRefused)
	wantEntries(t, db)
	wantDue(t, db, "w-1")
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	wantEntries(t, db, "e-1")
	wantDue(t, db, "w-1", "e-1")
}

// feedSerializes records the same events from many goroutines.
func feedSerializes(t *testing.T, db Database) {
	const total, goroutines = 30, 8
	var mutex sync.Mutex
	recorded := 0
	var recording sync.WaitGroup
	for range goroutines {
		recording.Go(func() {
			for i := range total {
				e := low(t, fmt.Sprint(i), "p-1", "A", 0)
				isNew := false
				write := func() error {
					return db.Feed.Write(t.Context(), nil, func(tx feed.Tx) (err error) {
						_, isNew, err = tx.Record(e, noon)
						return err
					})
				}
				err := write()
				for errors.Is(err, feed.ErrConflict) {
					err = write()
				}
				if err != nil {
					t.Error(err)
				}
				if isNew {
					mutex.Lock()
					recorded++
					mutex.Unlock()
				}
			}
		})
	}
	recording.Wait()
	if ids := entryIDs(t, db, 0, 2*total); recorded != total || len(ids) != total {
		t.Errorf("%d events were new, %d are recorded; want %d", recorded, len(ids), total)
	}
}

func feedReturnsEntries(t *testing.T, db Database) {
	record(t, db, low(t, "e-1", "p-1", "A", 0), low(t, "e-2", "p-1", "A", 0), low(t, "e-3", "p-1", "A", 0))
	all, err := db.Entries.Entries(t.Context(), 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	for _, test := range []struct {
		after int64
		limit int
		want  []string
	}{
		{0, 2, []string{"e-1", "e-2"}}, {all[0].Seq, 10, []string{"e-2", "e-3"}}, {all[1].Seq, 1, []string{"e-3"}}, {all[2].Seq, 10, nil},
	} {
		if got := entryIDs(t, db, test.after, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("%d after %d: %q, want %q", test.limit, test.after, got, test.want)
		}
	}
}
