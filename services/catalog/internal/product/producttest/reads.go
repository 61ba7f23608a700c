package producttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/catalog/internal/product"
)

func page(limit int) paging.Page { return paging.Page{Limit: limit} }

func ids(list []product.Product) (ids []string) {
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}

// wantList requires the list that matches a filter to have these products.
func wantList(t *testing.T, db Database, f product.Filter, want ...string) {
	t.Helper()
	read := func(p paging.Page) (paging.List[product.Product], error) { return db.List(t.Context(), f, p) }
	pagingtest.WantList(t, read, func(p product.Product) string { return p.ID }, want...)
}

func lists(t *testing.T, db Database) {
	insert(t, db, mug(t, "3", "C"), mug(t, "1", "A"), mug(t, "5", "E"), mug(t, "2", "B"), mug(t, "4", "D"))
	wantList(t, db, product.Filter{}, "1", "2", "3", "4", "5")
	list, err := db.List(t.Context(), product.Filter{}, page(1))
	if err != nil || len(list.Items) != 1 || list.Items[0] != mug(t, "1", "A") {
		t.Errorf("got %+v, %v; want every field of the first product", list, err)
	}
	gone, moved := mug(t, "2", "B"), mug(t, "4", "D")
	gone.Version, moved.Version, moved.Category = 2, 2, "glasses"
	mustWrite(t, db, func(tx product.Tx) error {
		return errors.Join(tx.DeleteProduct(gone), tx.UpdateProduct(moved))
	})
	wantList(t, db, product.Filter{}, "1", "3", "4", "5")
	// A page after a key does not depend on products that were added or removed before it.
	after, err := db.List(t.Context(), product.Filter{}, page(2))
	if err != nil {
		t.Fatal(err)
	}
	gone = mug(t, "1", "A")
	gone.Version = 2
	mustWrite(t, db, func(tx product.Tx) error {
		return errors.Join(tx.DeleteProduct(gone), tx.InsertProduct(mug(t, "0", "new")))
	})
	rest, err := db.List(t.Context(), product.Filter{}, paging.Page{Limit: 5, After: after.Next})
	if got := ids(rest.Items); err != nil || !slices.Equal(got, []string{"4", "5"}) {
		t.Errorf("after the key of a list that changed: got %q, %v", got, err)
	}
}

func listsCategory(t *testing.T, db Database) {
	in := func(id, category string) product.Product {
		p := mug(t, id, "SKU-"+id)
		p.Category = category
		return p
	}
	insert(t, db, in("1", "cups"), in("2", "Cups"), in("3", ""), in("4", "cups"), in("5", "all"), in("6", "cups"))
	for category, want := range map[string][]string{"cups": {"1", "4", "6"}, "Cups": {"2"}, "": {"3"}, "all": {"5"}, "none": nil} {
		wantList(t, db, product.Filter{Category: &category}, want...)
	}
	moved, gone := in("4", "all"), in("6", "cups")
	moved.Version, gone.Version = 2, 2
	mustWrite(t, db, func(tx product.Tx) error {
		return errors.Join(tx.UpdateProduct(moved), tx.DeleteProduct(gone))
	})
	for category, want := range map[string][]string{"cups": {"1"}, "all": {"4", "5"}} {
		wantList(t, db, product.Filter{Category: &category}, want...)
	}
}

func listsText(t *testing.T, db Database) {
	named := func(id, sku, name, category string) product.Product {
		p := mug(t, id, sku)
		p.Name, p.Category = name, category
		return p
	}
	insert(t, db,
		named("1", "K-100", "Caf\u00e9 cup", "cups"), named("2", "K-200", "CAFE\u0301 POT", "pots"), named("3", "cafe", "Tea", "cups"),
		named("4", "K-400", "100 % caf\u00e9_", "cups"), named("5", "\u03a3\u0391\u03a3", "\u540d\u524d\U0001F44D", ""))
	cups := "cups"
	for _, test := range []struct {
		filter product.Filter
		want   []string
	}{
		{product.Filter{Text: "caf\u00e9"}, []string{"1", "2", "4"}},
		{product.Filter{Text: "CAFE\u0301"}, []string{"1", "2", "4"}},
		{product.Filter{Text: "cafe"}, []string{"3"}},
		{product.Filter{Text: "k-"}, []string{"1", "2", "4"}},
		{product.Filter{Text: "k-", Category: &cups}, []string{"1", "4"}},
		{product.Filter{Text: "100"}, []string{"1", "4"}},
		{product.Filter{Text: "%"}, []string{"4"}},
		{product.Filter{Text: "_"}, []string{"4"}},
		{product.Filter{Text: "\u03c3\u03b1\u03c2"}, []string{"5"}},
		{product.Filter{Text: "\u524d\U0001F44D"}, []string{"5"}},
		{product.Filter{Text: "e"}, []string{"3"}},
		{product.Filter{Text: "cup K"}, nil},
		{product.Filter{Text: "nothing like it"}, nil},
	} {
		t.Run(test.filter.Text, func(t *testing.T) { wantList(t, db, test.filter, test.want...) })
	}
	renamed := named("1", "K-100", "Glass", "cups")
	renamed.Version = 2
	mustWrite(t, db, func(tx product.Tx) error {
		return errors.Join(tx.UpdateProduct(renamed), tx.Append(updated(t, renamed)))
	})
	wantList(t, db, product.Filter{Text: "caf\u00e9"}, "2", "4")
	wantList(t, db, product.Filter{Text: "glass"}, "1")
}

// wantHistories requires the products of a snapshot to be these, each with its
// version and the types of its events.
func wantHistories(t *testing.T, db Database, want ...string) {
	t.Helper()
	if got := histories(t, db); !slices.Equal(got, want) {
		t.Errorf("histories %q, want %q", got, want)
	}
}

func histories(t *testing.T, db Database) (list []string) {
	t.Helper()
	err := db.Snapshot(t.Context(), func(s product.Snapshot) error {
		list = nil
		return s.Histories(func(k product.Kept, history []events.Event) error {
			list = append(list, describe(k, history))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func describe(k product.Kept, history []events.Event) string {
	types := make([]string, len(history))
	for i, e := range history {
		types[i] = fmt.Sprintf("%s@%d", e.Type, e.Version)
	}
	state := ""
	if k.Deleted {
		state = " deleted"
	}
	return fmt.Sprintf("%s@%d%s:%s", k.ID, k.Version, state, strings.Join(types, ","))
}

func givesHistories(t *testing.T, db Database) {
	p, gone, silent := mug(t, "1", "A-1"), mug(t, "2", "A-2"), mug(t, "3", "A-3")
	last := gone
	last.Version = 2
	mustWrite(t, db, func(tx product.Tx) error {
		return errors.Join(tx.InsertProduct(silent), tx.InsertProduct(gone), tx.Append(created(t, gone)), tx.InsertProduct(p),
			tx.Append(created(t, p)), tx.Append(created(t, mug(t, "stray", "S"))))
	})
	mustWrite(t, db, func(tx product.Tx) error { return errors.Join(tx.DeleteProduct(last), tx.Append(deleted(t, last))) })
	wantHistories(t, db, "1@1:product.created@1", "2@2 deleted:product.created@1,product.deleted@2", "3@1:")
	stop := errors.New("stop")
	err := db.Snapshot(t.Context(), func(s product.Snapshot) error {
		var strays []string
		err := s.Strays(func(e events.Event) error { strays = append(strays, e.ID); return nil })
		if !slices.Equal(strays, []string{"event-stray-1"}) {
			t.Errorf("strays %q", strays)
		}
		var first product.Kept
		var history []events.Event
		stopped := s.Histories(func(k product.Kept, h []events.Event) error {
			first, history = k, slices.Clone(h)
			return stop
		})
		if !errors.Is(stopped, stop) {
			t.Errorf("got %v, want the error of each", stopped)
		}
		if first.Details != p.Details || len(history) != 1 || history[0].ID != created(t, p).ID {
			t.Errorf("got %+v with %+v", first, history)
		}
		if _, err := events.PayloadAs[inventory.ProductCreated](history[0]); err != nil {
			t.Error(err)
		}
		if stopped := s.Strays(func(events.Event) error { return stop }); !errors.Is(stopped, stop) {
			t.Errorf("got %v, want the error of each", stopped)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Snapshot(t.Context(), func(product.Snapshot) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of read", err)
	}
}

func givesOneMoment(t *testing.T, db Database) {
	insert(t, db, mug(t, "1", "A-1"))
	err := db.Snapshot(t.Context(), func(s product.Snapshot) error {
		read := func() (list []string, err error) {
			err = s.Histories(func(k product.Kept, h []events.Event) error {
				list = append(list, describe(k, h))
				return nil
			})
			return list, err
		}
		before, err := read()
		insert(t, db, mug(t, "2", "A-2")) // beside the snapshot
		after, afterErr := read()
		if !slices.Equal(before, after) || len(before) != 1 {
			t.Errorf("the snapshot had %q, then %q", before, after)
		}
		return errors.Join(err, afterErr)
	})
	if err != nil {
		t.Error(err)
	}
	wantHistories(t, db, "1@1:", "2@1:")
}

func checksOutbox(t *testing.T, db Database) {
	mustWrite(t, db, func(tx product.Tx) error {
		return errors.Join(tx.Append(created(t, mug(t, "1", "A-1"))), tx.Append(created(t, mug(t, "2", "A-2"))))
	})
	err := db.Snapshot(t.Context(), func(s product.Snapshot) error {
		check, state, err := s.Outbox()
		if err != nil {
			return err
		}
		if check.Checked != 2 || check.ViolationCount != 0 {
			t.Errorf("check %+v", check)
		}
		if state.Events != 2 || state.Pending != 2 {
			t.Errorf("state %+v", state)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
