package system_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
)

// TestActors follows who made a change from the API key to the events and
// movements of all services, whether stock settles by call or by event.
func TestActors(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"by call": false, "by event": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			product := c.newStock(t, 10)
			if lost {
				c.wire.always("POST "+stockwire.SettlementsPath, loseRequest)
			}
			here := c.as(keyMadrid)
			sold, given, expiring := here.reserved(t, orderOf(product, 2), ""), here.reserved(t, orderOf(product, 3), ""), here.reserved(t, orderOf(product, 1), "")
			c.confirm(t, sold.ID)
			here.cancel(t, given.ID)
			c.clock.Advance(11 * time.Minute)
			c.passing(t, 0, "the expiry", func() error {
				if s := c.status(t, expiring.ID); s != "expired" {
					return errors.New("it is " + s)
				}
				return nil
			})
			c.rowBecomes(t, product, 8, 0)
			c.balanced(t)
			c.wantsActors(t, sold.ID, "Madrid", "Madrid", "All", "All")
			c.wantsActors(t, given.ID, "Madrid", "Madrid", "Madrid", "Madrid")
			c.wantsActors(t, expiring.ID, "Madrid", "Madrid", "reservation", "reservation")
			list := decode[struct {
				Movements []struct{ Kind, Actor string }
			}](t, c.get(t, "/api/v1/stock/"+product+"/"+madrid+"/movements").wants(t, http.StatusOK)).Movements
			if len(list) != 2 || list[0].Kind+list[0].Actor != "soldAll" || list[1].Kind+list[1].Actor != "createdAll" {
				t.Errorf("movements %+v", list)
			}
		})
	}
}

// wantsActors fails the test unless the events of a reservation, and those of
// its hold, have these actors.
func (c *client) wantsActors(t *testing.T, id, held, created, ended, settled string) {
	t.Helper()
	of := map[string]string{}
	for _, service := range []string{"stock", "reservation"} {
		list, err := c.events(service, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			p, err := payload[struct {
				ReservationID string `json:"reservation_id"`
			}](e)
			if err != nil {
				t.Fatal(err)
			}
			if p.ReservationID != id {
				continue
			}
			switch e.Type {
			case inventory.TypeStockReserved:
				of["held"] = e.Actor
			case inventory.TypeReservationCreated:
				of["created"] = e.Actor
			case inventory.TypeStockUpdated, inventory.TypeStockReleased:
				of["settled"] = e.Actor
			default:
				of["ended"] = e.Actor
			}
		}
	}
	if of["held"] != held || of["created"] != created || of["ended"] != ended || of["settled"] != settled {
		t.Errorf("%s: actors %v; want held by %s, created by %s, ended by %s, settled by %s", id, of, held, created, ended, settled)
	}
}
