package stockclient_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"inventory.example/services/reservation/internal/reservation"
)

// unknownRequest is the response of a stock of the previous release, which does not
// know requests and refuses unknown fields.
const unknownRequest = `{"type":"urn:inventory:problem:validation-error","title":"Validation error","status":400,"code":"VALIDATION_ERROR",` +
	`"detail":"x","errors":[{"field":"holds.0.request","message":"is not known"}]}`

// ranking asks for units from one of the stores.
func ranking(product string, stores ...string) *reservation.Request {
	return &reservation.Request{
		Sourcing: reservation.SourcingRanked, Lines: []reservation.RequestLine{{ProductID: product, Stores: stores, Quantity: 1}},
	}
}

// request asks for the hold of a request and returns at once.
func (a *asking) request(id string, asked *reservation.Request) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		answer, err := a.client.Hold(a.t.Context(), draft(id), asked)
		done <- outcome{answer, err}
	}()
	synctest.Wait()
	return done
}

func TestClient_requests(t *testing.T) {
	t.Run("is refused by a stock of the previous release, alone", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			chosen := a.request("r-1", ranking("p-1", "MAD-001", "BCN-001"))
			ofRequest := a.arrives()
			row := a.hold(t.Context(), "r-2")
			a.arrives().grant()
			wantGranted(t, row, "r-2")
			ofRequest.reply(400, unknownRequest)
			wantNothingDone(t, chosen, true)
		})
	})
	t.Run("gathers within the bounds of a body", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			asked := ranking("p-1")
			for store := range reservation.MaxStores {
				asked.Lines[0].Stores = append(asked.Lines[0].Stores, fmt.Sprintf("%s-%02d", strings.Repeat("S", 60), store))
			}
			for len(asked.Lines) < reservation.MaxLines {
				asked.Lines = append(asked.Lines, asked.Lines[0])
			}
			var all []<-chan outcome
			for n := range 4 {
				all = append(all, a.request(fmt.Sprintf("r-%d", n), asked))
			}
			for range all {
				r := a.arrives()
				if len(r.ids) != 1 {
					t.Errorf("%d holds in one request", len(r.ids))
				}
				r.reply(400, unknownRequest)
				synctest.Wait()
			}
			for _, done := range all {
				wantNothingDone(t, done, true)
			}
			small := []<-chan outcome{a.request("s-0", ranking("p-1", "A"))}
			first := a.arrives()
			small = append(small, a.request("s-1", ranking("p-1", "A")), a.request("s-2", ranking("p-1", "A")))
			first.reply(400, unknownRequest)
			r := a.arrives()
			if len(r.ids) != 2 {
				t.Errorf("%d holds in one request, want 2", len(r.ids))
			}
			r.reply(400, unknownRequest)
			for _, done := range small {
				wantNothingDone(t, done, true)
			}
		})
	})
}
