package stockclient_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/reservation/internal/reservation"
)

// unknownActor is the response of a stock of the previous release, which does not know
// actors and refuses unknown fields.
const unknownActor = `{"type":"urn:inventory:problem:validation-error","title":"Validation error","status":400,"code":"VALIDATION_ERROR",` +
	`"detail":"x","errors":[{"field":"holds.0.actor","message":"is not known"}]}`

func (r *request) wantActors(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.actors, want) {
		t.Errorf("%s: actors %q, want %q", r.path, r.actors, want)
	}
}

func TestClient(t *testing.T) {
	t.Run("calls a stock without actors", testClientCallsAStockWithoutActors)
	t.Run("accepts responses of a newer stock", testClientAcceptsResponsesOfANewerStock)
}

func testClientCallsAStockWithoutActors(t *testing.T) {
	t.Run("for a hold", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			for range 2 { // each time: the next stock may know them
				done := a.hold(t.Context(), "r-1")
				first := a.arrives()
				first.wantActors(t, "Store Madrid")
				first.reply(400, unknownActor)
				again := a.arrives()
				again.wantActors(t, "")
				again.grant()
				wantGranted(t, done, "r-1")
			}
		})
	})
	t.Run("to settle", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			go func() {
				_ = a.client.Settle(t.Context(), []reservation.Reservation{
					{ID: "r-1", Status: protocol.Confirmed, UpdatedBy: "Owner"}, {ID: "r-2", Status: protocol.Expired, UpdatedBy: "reservation"},
				})
			}()
			first := a.arrives()
			first.wantActors(t, "Owner", "reservation")
			first.reply(400, unknownActor)
			again := a.arrives()
			again.wantActors(t, "", "")
			again.reply(204, "")
			synctest.Wait()
			if a.log.Len() > 0 {
				t.Errorf("logged %s", a.log)
			}
		})
	})
	t.Run("not again, when it refuses something else", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			left := a.hold(t.Context(), "r-1")
			a.arrives().reply(401, `{"type":"urn:inventory:problem:unauthorized","title":"Unauthorized","status":401,"code":"UNAUTHORIZED","detail":"x"}`)
			wantNothingDone(t, left, true)
			a.wantNone()
		})
	})
}
