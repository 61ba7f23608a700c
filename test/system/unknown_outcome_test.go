package system_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/problem"
)

// The tests of this file interrupt a create whose outcome in stock is unknown, with
// each order in which the messages can arrive. The client then repeats the request.

func TestUnknownOutcome(t *testing.T) {
	t.Run("hold arrived and its response was lost", testUnknownOutcomeHoldArrivedAndItsResponseWasLost)
	t.Run("hold arrives after its release", testUnknownOutcomeHoldArrivesAfterItsRelease)
	t.Run("hold arrives before its release", testUnknownOutcomeHoldArrivesBeforeItsRelease)
	t.Run("repair was faster than the client", testUnknownOutcomeRepairWasFasterThanTheClient)
	t.Run("repair was faster than the abort", testUnknownOutcomeRepairWasFasterThanTheAbort)
	t.Run("client was faster than the repair", testUnknownOutcomeClientWasFasterThanTheRepair)
}

// testUnknownOutcomeHoldArrivedAndItsResponseWasLost: stock has the hold, and no
// other service knows.
func testUnknownOutcomeHoldArrivedAndItsResponseWasLost(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	c.wire.next("POST "+stockwire.HoldsPath, loseResponse)
	c.createFails(t, orderOf(product, 4), "key")

	c.rowBecomes(t, product, 10, 0)
	aborted := c.reservations(t, product, madrid)
	if len(aborted) != 1 || aborted[0].Status != "cancelled" || c.hold(t, aborted[0].ID) != "released" {
		t.Fatalf("the broken create left %+v", aborted)
	}
	c.balanced(t)
	c.createSucceeds(t, orderOf(product, 4), "key")
}

// testUnknownOutcomeHoldArrivesAfterItsRelease: the network delayed the request for
// so long that stock settled the abort first.
func testUnknownOutcomeHoldArrivesAfterItsRelease(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	late := newLateRequest()
	c.wire.next("POST "+stockwire.HoldsPath, late.fault)
	c.createFails(t, orderOf(product, 4), "key")
	reached(t, "the request has left", late.sent)

	aborted := c.reservations(t, product, madrid)
	if len(aborted) != 1 || aborted[0].Status != "cancelled" {
		t.Fatalf("the broken create left %+v", aborted)
	}
	eventually(t, "the tombstone", func() error {
		if s := c.hold(t, aborted[0].ID); s != "released" {
			return errors.New("the hold is " + s)
		}
		return nil
	})
	wantsSettled := func() {
		t.Helper()
		if text, err := late.parcel.deliverLate(); err != nil || !strings.Contains(text, stockwire.OutcomeSettled) {
			t.Fatalf("the late hold returned %s, %v", text, err)
		}
	}
	wantsSettled()
	c.wantsRow(t, product, 10, 0)
	c.createSucceeds(t, orderOf(product, 4), "key")
	wantsSettled()
	c.wantsRow(t, product, 10, 4)
	c.balanced(t)
}

// testUnknownOutcomeHoldArrivesBeforeItsRelease: the late request arrives
// while the release is still on its way.
func testUnknownOutcomeHoldArrivesBeforeItsRelease(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	late := newLateRequest()
	c.wire.next("POST "+stockwire.HoldsPath, late.fault)
	c.outage.mode.Store(brokerDown)
	c.wire.always("POST "+stockwire.SettlementsPath, loseRequest)
	c.createFails(t, orderOf(product, 4), "key")
	if text, err := late.parcel.deliverLate(); err != nil || !strings.Contains(text, stockwire.OutcomeGranted) {
		t.Fatalf("the late hold returned %s, %v", text, err)
	}
	c.wantsRow(t, product, 10, 4)

	c.outage.mode.Store(noOutage)
	c.passing(t, 50*time.Millisecond, "the release", func() error {
		if r := c.row(t, product, madrid); r.Reserved != 0 {
			return errors.New("the stock stays held")
		}
		return nil
	})
	c.wire.clearFaults()
	c.createSucceeds(t, orderOf(product, 4), "key")
}

// testUnknownOutcomeRepairWasFasterThanTheClient: the service crashed, and the row
// exists when the client retries.
func testUnknownOutcomeRepairWasFasterThanTheClient(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	if _, err := c.breakCreate(t, orderOf(product, 4), "key"); !errors.Is(err, errCut) {
		t.Fatalf("the create has a response: %v", err)
	}
	c.reservation.start()
	var repaired []reservation
	eventually(t, "the repair", func() error {
		if repaired = c.reservations(t, product, madrid); len(repaired) != 1 {
			return errors.New("no row yet")
		}
		return nil
	})
	if got := c.createSucceeds(t, orderOf(product, 4), "key"); got.ID != repaired[0].ID {
		t.Errorf("the retry created %s beside %s", got.ID, repaired[0].ID)
	}
}

// testUnknownOutcomeRepairWasFasterThanTheAbort: while a retry waits for its hold,
// the repair of the crashed first attempt inserts the row; then the response to the
// retry's hold request is lost.
func testUnknownOutcomeRepairWasFasterThanTheAbort(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	if _, err := c.breakCreate(t, orderOf(product, 4), "key"); !errors.Is(err, errCut) {
		t.Fatalf("the create has a response: %v", err)
	}
	// Each repair, the event's and the walk's, asks for the hold's state first; the
	// responses are delayed.
	question, hold := newLateResponse(), newLateResponse()
	c.wire.always("GET "+stockwire.HoldsPath+"/", question.fault)
	c.reservation.start()
	reached(t, "the repair asks", question.given)
	c.wire.next("POST "+stockwire.HoldsPath, hold.fault)
	type outcome struct {
		response apiResponse
		err      error
	}
	retried := make(chan outcome, 1)
	go func() {
		a, err := c.reserve(orderOf(product, 4), "key")
		retried <- outcome{a, err}
	}()
	reached(t, "stock responds to the retry's hold", hold.given)

	close(question.open)
	var repaired []reservation
	eventually(t, "the repair", func() error {
		if repaired = c.reservations(t, product, madrid); len(repaired) != 1 {
			return errors.New("no row yet")
		}
		return nil
	})
	close(hold.lose)
	got := <-retried
	if got.err != nil {
		t.Fatal(got.err)
	}
	if r := decode[reservation](t, got.response.wants(t, 201)); r.ID != repaired[0].ID || r.Status != "pending" {
		t.Errorf("the retry returned %+v, the repair inserted %+v", r, repaired[0])
	}
	c.createSucceeds(t, orderOf(product, 4), "key")
}

// testUnknownOutcomeClientWasFasterThanTheRepair: the service crashed, and the
// client retries while the repair still asks for the hold's state: stock grants the
// existing hold once more.
func testUnknownOutcomeClientWasFasterThanTheRepair(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	if _, err := c.breakCreate(t, orderOf(product, 4), "key"); !errors.Is(err, errCut) {
		t.Fatalf("the create has a response: %v", err)
	}
	question := newLateResponse()
	c.wire.always("GET "+stockwire.HoldsPath+"/", question.fault)
	c.reservation.start()
	reached(t, "the repair asks", question.given)
	r := c.reserved(t, orderOf(product, 4), "key")
	close(question.open)
	// A hold without a reservation is repaired after the hold before it.
	other := c.newStock(t, 1)
	c.orphan(t, other, "orphan")
	eventually(t, "the repair", func() error {
		if s := c.status(t, "orphan"); s != "pending" {
			return errors.New("it is " + s)
		}
		return nil
	})
	if again := c.createSucceeds(t, orderOf(product, 4), "key"); !reflect.DeepEqual(again, r) {
		t.Errorf("the create returned %+v and then %+v", r, again)
	}
}

// createFails sends an order whose outcome is unknown.
func (c *cluster) createFails(t testing.TB, o order, key string) {
	t.Helper()
	a, err := c.reserve(o, key)
	if err != nil {
		t.Fatal(err)
	}
	a.wantsProblem(t, problem.StockUnavailable)
	if a.header.Get("Retry-After") == "" {
		t.Errorf("%s: no Retry-After", a)
	}
}

// createSucceeds repeats an order after the pause of Retry-After, twice: both return
// the same reservation, with one hold.
func (c *cluster) createSucceeds(t testing.TB, o order, key string) reservation {
	t.Helper()
	c.clock.Advance(time.Second)
	first, second := c.reserved(t, o, key), c.reserved(t, o, key)
	if !reflect.DeepEqual(first, second) || first.Status != "pending" {
		t.Errorf("the retries returned %+v and %+v", first, second)
	}
	if s := c.hold(t, first.ID); s != "held" {
		t.Errorf("the hold is %s", s)
	}
	c.rowBecomes(t, o.ProductID, 10, o.Quantity)
	c.balanced(t)
	return first
}
