package reservationtest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/services/reservation/internal/reservation"
)

func isEmpty(t *testing.T, db Database) {
	wantNone(t, db, "r-1", "", "r\x00", "r\xff")
	wantPending(t, db, "MAD-001")
	wantRow(t, db, reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001"})
	wantCounts(t, db, nil, nil)
	wantDue(t, db, noon.Add(time.Hour), 10)
	wantNextDue(t, db, time.Time{})
	wantAttempt(t, db, once, 0)
}

func keepsFields(t *testing.T, db Database) {
	full := pending("r-1")
	full.Reference = "order-1001"
	plain := full
	plain.ID, plain.Actor, plain.UpdatedBy, plain.Reference = "r-2", "", "", ""
	long := full
	long.ID, long.ProductID, long.StoreID = strings.Repeat("r", 36), strings.Repeat("p", 64), strings.Repeat("S", 20)
	long.CustomerID, long.Quantity, long.TTLSeconds = strings.Repeat("客", 128), reservation.MaxQuantity, int64(reservation.DefaultMaxLife/time.Second)
	long.Version, long.Actor, long.UpdatedBy = 1<<62, `Ünï "%_'\ 👍`, strings.Repeat("x", 64)
	long.ExpiresAt, long.CreatedAt = time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC), time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	long.Reference = strings.Repeat("№", reservation.MaxReference)
	aborted := ended(full, protocol.Cancelled)
	aborted.ID, aborted.Version, aborted.Reason = "r-3", 1, "line\nfeed"
	insert(t, db, full, plain, long, aborted)
	wantReservations(t, db, full, plain, long, aborted)
}

// keepsLines records reservations of several lines, whose totals follow from their
// status.
func keepsLines(t *testing.T, db Database) {
	line := func(product, store string, granted, requested int64) reservation.Line {
		return reservation.Line{Line: protocol.Line{ProductID: product, StoreID: store, Quantity: granted}, Requested: requested}
	}
	several := pending("several").WithLines([]reservation.Line{
		line("p-2", "A", 2, 2), line("p-1", "B", 0, 3), line("p-1", "A", 5, 7),
	})
	several.RequestHash = "0123456789abcdef"
	late := pending("late").WithLines([]reservation.Line{line("p-3", "C", 0, 3), line("p-1", "D", 1, 1)}) // its first line got nothing
	partly := pending("partly").WithLines([]reservation.Line{line("p-1", "A", 1, 2)})
	insert(t, db, several, partly, late, pending("one"))
	wantReservations(t, db, several, partly, late, pending("one"))
	for _, status := range []protocol.Status{protocol.Confirmed, protocol.Expired} {
		r := several
		r.ID = "ends " + string(status)
		insert(t, db, r)
		over := ended(r, status)
		lines := slices.Clone(r.Lines)
		for i := range lines {
			lines[i].Totals = reservation.TotalsOf(status, lines[i].Quantity)
		}
		endReservations(t, db, over)
		wantReservations(t, db, over.WithLines(lines))
		r = late
		r.ID = "late ends " + string(status)
		insert(t, db, r)
		endReservations(t, db, ended(r, status))
		lines = slices.Clone(r.Lines)
		lines[1].Totals = reservation.TotalsOf(status, 1)
		wantReservations(t, db, ended(r, status).WithLines(lines))
	}
	list, err := db.Pending(t.Context(), "A", nil, paging.Page{Limit: 10})
	if err != nil || len(list.Items) != 2 || !reflect.DeepEqual(list.Items[0], several) || !reflect.DeepEqual(list.Items[1], partly) {
		t.Errorf("got %+v, %v; want %+v and %+v", list.Items, err, several, partly)
	}
}

func insertsOnce(t *testing.T, db Database) {
	first, second := pending("r-1"), pending("r-1")
	second.Quantity, second.StoreID = 99, "BCN-001"
	insert(t, db, first)
	mustWrite(t, db, func(tx reservation.Tx) error {
		for _, again := range []reservation.Reservation{first, second, ended(first, protocol.Expired)} {
			if inserted, err := tx.Insert(again); err != nil || inserted {
				t.Errorf("inserted %t, %v; want that nothing is inserted and no error", inserted, err)
			}
		}
		inserted, err := tx.Insert(pending("r-2")) // the change goes on
		if !inserted {
			t.Error("a new reservation is not inserted")
		}
		return err
	})
	wantReservations(t, db, first, pending("r-2"))
	wantCounts(t, db, nil, map[protocol.Status]int64{protocol.Pending: 2})
}

func endsPending(t *testing.T, db Database) {
	for i, status := range []protocol.Status{protocol.Confirmed, protocol.Cancelled, protocol.Expired} {
		r := pending(fmt.Sprintf("r-%d", i))
		insert(t, db, r)
		mustWrite(t, db, func(tx reservation.Tx) error {
			if err := tx.SetStatus(ended(r, status)); err != nil {
				return err
			}
			got, _, err := tx.Reservation(r.ID)
			if !reflect.DeepEqual(got, ended(r, status)) {
				t.Errorf("within the change: got %+v, want %+v", got, ended(r, status))
			}
			return err
		})
		wantReservations(t, db, ended(r, status))
	}
	nameless := ended(pending("r-3"), protocol.Expired)
	nameless.UpdatedBy = ""
	insert(t, db, pending("r-3"))
	endReservations(t, db, nameless)
	wantReservations(t, db, nameless)
	// SetStatus does not change the other fields.
	odd := ended(pending("r-4"), protocol.Expired)
	odd.ProductID, odd.Quantity, odd.ExpiresAt = "p-9", 99, noon
	insert(t, db, pending("r-4"))
	endReservations(t, db, odd)
	wantReservations(t, db, ended(pending("r-4"), protocol.Expired))
}

// guardsEnd ends a reservation like a change that has read an older state than that
// of the database: nothing may change, and its earlier writes are undone.
func guardsEnd(t *testing.T, db Database) {
	open, confirmed := pending("open"), ended(pending("confirmed"), protocol.Confirmed)
	insert(t, db, open, pending("confirmed"))
	endReservations(t, db, confirmed)
	over, later, unknown := confirmed, ended(open, protocol.Cancelled), ended(pending("unknown"), protocol.Cancelled)
	over.Status, later.Version = protocol.Expired, later.Version+1
	earlier := later
	earlier.Version = open.Version
	for name, stale := range map[string]reservation.Reservation{
		"it is over":                        ended(confirmed, protocol.Cancelled),
		"it is over, at the version before": over,
		"it is at an earlier version":       later,
		"it is at a later version":          earlier,
		"it does not exist":                 unknown,
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error {
				if _, err := tx.Insert(pending("fresh")); err != nil {
					return err
				}
				return tx.SetStatus(stale)
			})
			wantConflict(t, err)
			wantReservations(t, db, open, confirmed)
			wantNone(t, db, "fresh", "unknown")
			wantCounts(t, db, nil, map[protocol.Status]int64{protocol.Pending: 1, protocol.Confirmed: 1})
		})
	}
}

var once = idempotency.Request{Caller: "Ada", Key: "k-1", Fingerprint: "f"}

func wantAttempt(t *testing.T, db Database, r idempotency.Request, want int) {
	t.Helper()
	if got, err := db.Attempt(t.Context(), r); err != nil || got != want {
		t.Errorf("attempt %d, %v; want %d", got, err, want)
	}
	mustWrite(t, db, func(tx reservation.Tx) error {
		got, err := tx.Attempt(r)
		if got != want {
			t.Errorf("in a change: attempt %d, want %d", got, want)
		}
		return err
	})
}

func recordsAttempts(t *testing.T, db Database) {
	other, caller := once, once
	other.Key, caller.Caller = "k-2", "Bob"
	for _, number := range []int{2, 3, 1000} {
		mustWrite(t, db, func(tx reservation.Tx) error {
			if err := tx.SetAttempt(once, number); err != nil {
				return err
			}
			got, err := tx.Attempt(once)
			if got != number {
				t.Errorf("within the change: attempt %d, want %d", got, number)
			}
			return err
		})
		wantAttempt(t, db, once, number)
	}
	wantAttempt(t, db, other, 0)
	wantAttempt(t, db, caller, 0)
}

func undoesFailure(t *testing.T, db Database) {
	r := pending("r-1")
	insert(t, db, r)
	refused := errors.New("refused")
	err := db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error {
		_, err := tx.Insert(pending("r-2"))
		return errors.Join(err, tx.SetStatus(ended(r, protocol.Confirmed)), tx.SetAttempt(once, 2), tx.Append(createdEvent(t, r)), refused)
	})
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the change", err)
	}
	wantReservations(t, db, r)
	wantNone(t, db, "r-2")
	wantAttempt(t, db, once, 0)
	wantCounts(t, db, nil, map[protocol.Status]int64{protocol.Pending: 1})
	wantHistories(t, db, "r-1 pending@1:")
}

// endsOnce ends each of some reservations from many goroutines at a time.
func endsOnce(t *testing.T, db Database) {
	const reservations, goroutines = 10, 8
	for i := range reservations {
		insert(t, db, pending(fmt.Sprintf("r-%02d", i)))
	}
	var ends atomic.Int64
	var ending sync.WaitGroup
	for i := range goroutines {
		status := []protocol.Status{protocol.Confirmed, protocol.Cancelled, protocol.Expired}[i%3]
		ending.Go(func() {
			for i := range reservations {
				did, err := endIfPending(t, db, fmt.Sprintf("r-%02d", i), status)
				for errors.Is(err, reservation.ErrConflict) {
					did, err = endIfPending(t, db, fmt.Sprintf("r-%02d", i), status)
				}
				if err != nil {
					t.Error(err)
				}
				if did {
					ends.Add(1)
				}
			}
		})
	}
	ending.Wait()
	if ends.Load() != reservations {
		t.Errorf("%d ends of %d reservations", ends.Load(), reservations)
	}
	counts, err := db.CountByStatus(t.Context(), nil)
	if over := counts[protocol.Confirmed] + counts[protocol.Cancelled] + counts[protocol.Expired]; err != nil || over != reservations {
		t.Errorf("counts %v, %v", counts, err)
	}
}

func endIfPending(t *testing.T, db Database, id string, status protocol.Status) (did bool, err error) {
	err = db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error {
		r, _, err := tx.Reservation(id)
		if did = r.Status == protocol.Pending; err != nil || !did {
			return err
		}
		return tx.SetStatus(ended(r, status))
	})
	return did && err == nil, err
}

func reportsFailingWrites(t *testing.T, db Database) {
	if db.FailWrites == nil {
		t.Skip("the adapter's test cannot make writes fail")
	}
	db.FailWrites()
	wantUnavailable(t, db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error {
		_, err := tx.Insert(pending("r-1"))
		return err
	}))
}

func reportsFailingReads(t *testing.T, db Database) {
	if db.FailReads == nil {
		t.Skip("the adapter's test cannot make reads fail")
	}
	insert(t, db, pending("r-1"))
	db.FailReads()
	ctx, page := t.Context(), paging.Page{Limit: 10}
	for name, read := range map[string]func() error{
		"Reservation": func() error { _, _, err := db.Reservation(ctx, "r-1"); return err },
		"FindResult":  func() error { _, _, err := db.FindResult(ctx, once); return err },
		"Attempt":     func() error { _, err := db.Attempt(ctx, once); return err },
		"Pending":     func() error { _, err := db.Pending(ctx, "MAD-001", nil, page); return err },
		"OfRow": func() error {
			_, err := db.OfRow(ctx, reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001"}, page)
			return err
		},
		"Search":                func() error { _, err := db.Search(ctx, reservation.SearchFilter{}, page); return err },
		"CountByStatus":         func() error { _, err := db.CountByStatus(ctx, nil); return err },
		"Due":                   func() error { _, err := db.Due(ctx, noon, 10); return err },
		"NextDue":               func() error { _, err := db.NextDue(ctx); return err },
		"Decided":               func() error { _, err := db.Decided(ctx, []string{"r-1"}); return err },
		"TakesTotals":           func() error { _, err := db.TakesTotals(ctx); return err },
		"UnacknowledgedReturns": func() error { _, err := db.UnacknowledgedReturns(ctx, "", 10); return err },
		"Statuses":              func() error { _, err := db.Statuses(ctx, "", 10); return err },
		"Snapshot": func() error {
			return db.Snapshot(ctx, func(s reservation.Snapshot) error { _, _, err := s.Outbox(); return err })
		},
	} {
		t.Run(name, func(t *testing.T) { wantUnavailable(t, read()) })
	}
}

// setsReference gives references to reservations that have none, and to no others.
func setsReference(t *testing.T, db Database) {
	plain, named, over := pending("plain"), pending("named"), ended(pending("over"), protocol.Confirmed)
	named.Reference = "order-1"
	insert(t, db, plain, named, pending("over"))
	endReservations(t, db, over)
	for i, r := range []*reservation.Reservation{&plain, &over} {
		r.Reference = fmt.Sprintf("order-%d", i)
		mustWrite(t, db, func(tx reservation.Tx) error { return tx.SetReference(*r) })
	}
	again, stale, unknown := named, pending("late"), pending("unknown")
	again.Reference, stale.Reference, unknown.Reference = "order-9", "order-9", "order-9"
	insert(t, db, pending("late"))
	stale.Version++
	for _, r := range []reservation.Reservation{again, stale, unknown} {
		wantConflict(t, db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error { return tx.SetReference(r) }))
	}
	wantReservations(t, db, plain, named, over, pending("late"))
}

// movesExpiry moves the time of pending reservations, at their version alone.
func movesExpiry(t *testing.T, db Database) {
	r, over := pending("r"), ended(pending("over"), protocol.Expired)
	insert(t, db, r, pending("over"))
	endReservations(t, db, over)
	moved, stale := r, r
	moved.ExpiresAt, moved.UpdatedAt, moved.UpdatedBy = noon.Add(time.Hour), noon.Add(time.Minute), "Bob"
	moved.Version++
	stale.Version += 2
	again := over
	again.Version++
	for _, r := range []reservation.Reservation{stale, again} {
		wantConflict(t, db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error { return tx.SetExpiry(r) }))
	}
	mustWrite(t, db, func(tx reservation.Tx) error { return tx.SetExpiry(moved) })
	wantReservations(t, db, moved, over)
	wantDue(t, db, noon.Add(time.Hour-time.Millisecond), 10)
	wantNextDue(t, db, noon.Add(time.Hour))
}
