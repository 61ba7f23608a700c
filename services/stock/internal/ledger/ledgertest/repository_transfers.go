package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// transferChecksOfRepository are the checks of RunRepository for transfer orders.
var transferChecksOfRepository = map[string]func(*testing.T, Database){
	"keeps every field of a transfer":     keepsTransfers,
	"updates a transfer over its version": updatesTransfers,
	"lists transfers":                     listsTransfers,
	"gives transfers in a snapshot":       givesTransfers,
}

// transferOrder returns an order of a product that is saved as product returns it.
func transferOrder(id, from, to string) ledger.TransferOrder {
	return ledger.TransferOrder{
		ID: id, FromStore: from, ToStore: to, Status: ledger.TransferRequested, Actor: "Ada", Version: 1, CreatedAt: noon, UpdatedAt: noon,
		Lines: []ledger.TransferLine{{ProductID: "p-2", Quantity: 3}, {ProductID: "p-1", Quantity: 5}},
	}
}

func insertTransfers(t *testing.T, db Database, orders ...ledger.TransferOrder) {
	t.Helper()
	mustWrite(t, db, func(tx ledger.Tx) error {
		err := errors.Join(tx.SaveProduct(product("p-1")), tx.SaveProduct(product("p-2")))
		for _, o := range orders {
			err = errors.Join(err, tx.InsertTransferOrder(o))
		}
		return err
	})
}

// wantTransfer expects an order in a change and in a query.
func wantTransfer(t *testing.T, db Database, want ledger.TransferOrder) {
	t.Helper()
	var within ledger.TransferOrder
	mustWrite(t, db, func(tx ledger.Tx) (err error) {
		within, _, err = tx.TransferOrder(want.ID)
		return err
	})
	read, found, err := db.TransferOrder(t.Context(), want.ID)
	if err != nil || !found || !reflect.DeepEqual(read, want) || !reflect.DeepEqual(within, want) {
		t.Errorf("read %+v, %t, %v, in a change %+v, want %+v", read, found, err, within, want)
	}
}

func keepsTransfers(t *testing.T, db Database) {
	delivery := transferOrder("t-2", "", "B")
	delivery.Supplier, delivery.Reference, delivery.ExpectedAt = "Tea & Co.", "note-17", noon.Add(time.Hour)
	insertTransfers(t, db, transferOrder("t-1", "A", "B"), delivery)
	wantTransfer(t, db, transferOrder("t-1", "A", "B"))
	wantTransfer(t, db, delivery)
	if _, found, err := db.TransferOrder(t.Context(), "t-3"); found || err != nil {
		t.Errorf("an unknown transfer: %t, %v", found, err)
	}
	mustWrite(t, db, func(tx ledger.Tx) error {
		_, found, err := tx.TransferOrder("t-3")
		if found {
			return errors.New("an unknown transfer is found")
		}
		return err
	})
}

func updatesTransfers(t *testing.T, db Database) {
	order := transferOrder("t-1", "A", "B")
	insertTransfers(t, db, order)
	order.Status, order.Version, order.UpdatedAt = ledger.TransferShipped, 2, noon.Add(time.Minute)
	order.Lines[0].Shipped, order.Lines[1].Shipped = 3, 5
	order.Lines[1].Received, order.Lines[1].Damaged, order.Lines[1].Lost = 2, 1, 1
	wantConflict(t, db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.UpdateTransferOrder(order, 2) }))
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.UpdateTransferOrder(order, 1) })
	wantTransfer(t, db, order)
}

func listsTransfers(t *testing.T, db Database) {
	shipped := transferOrder("t-4", "C", "A")
	shipped.Status = ledger.TransferShipped
	delivery := transferOrder("t-5", "", "B")
	delivery.Supplier = "s"
	insertTransfers(t, db, transferOrder("t-1", "A", "B"), transferOrder("t-2", "B", "A"), transferOrder("t-3", "A", "C"), shipped, delivery)
	store, status := "A", ledger.TransferShipped
	many := []string{"A", "B"}
	for i := range 70 {
		many = append(many, fmt.Sprintf("S-%d", i))
	}
	for _, test := range []struct {
		filter ledger.TransferFilter
		want   string
	}{
		{ledger.TransferFilter{}, "t-5 t-4 t-3 t-2 t-1"},
		{ledger.TransferFilter{Status: &status}, "t-4"},
		{ledger.TransferFilter{StoreID: &store}, "t-4 t-3 t-2 t-1"},
		{ledger.TransferFilter{StoreID: &store, Status: &status}, "t-4"},
		{ledger.TransferFilter{Stores: []string{"A", "B"}}, "t-5 t-2 t-1"},
		{ledger.TransferFilter{Stores: many}, "t-5 t-2 t-1"},
		{ledger.TransferFilter{StoreID: &store, Stores: []string{"A", "B"}}, "t-2 t-1"},
		{ledger.TransferFilter{Stores: []string{"B"}}, "t-5"},
		{ledger.TransferFilter{Stores: []string{}}, ""},
	} {
		var ids []string
		page := paging.Page{Limit: 2}
		for {
			list, err := db.TransferOrders(t.Context(), test.filter, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list.Items {
				ids = append(ids, o.ID)
				if len(o.Lines) != 2 || o.Lines[0].ProductID != "p-2" {
					t.Errorf("%s has the lines %+v", o.ID, o.Lines)
				}
			}
			if list.Next == nil {
				break
			}
			page.After = list.Next
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%+v lists %q, want %q", test.filter, got, test.want)
		}
	}
}

func givesTransfers(t *testing.T, db Database) {
	want := []ledger.TransferOrder{transferOrder("t-2", "A", "B"), transferOrder("t-1", "B", "A")}
	insertTransfers(t, db, want...)
	stop := errors.New("stop")
	err := db.Snapshot(t.Context(), func(s ledger.Snapshot) error {
		var got []ledger.TransferOrder
		err := s.TransferOrders(func(o ledger.TransferOrder) error {
			got = append(got, o)
			return nil
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if err := s.TransferOrders(func(ledger.TransferOrder) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("got %v, want the error of each", err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
