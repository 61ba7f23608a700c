package system_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
)

// TestCodes produces every code of the API by a real request. The list of codes is
// the API's own, so the test fails for a new code without a request here.
// INTERNAL_ERROR is left out: it means a bug, and a bug that a request can cause is
// fixed, not tested.
func TestCodes(t *testing.T) {
	t.Parallel()
	requests := requestsForCodes
	for _, code := range httpapi.Codes() {
		if code == problem.Internal {
			continue
		}
		request, known := requests[code]
		if !known {
			t.Errorf("no request here has the response %s", code)
			continue
		}
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			a := request(t)
			a.wantsProblem(t, code)
			if a.status != httpapi.Status(code) {
				t.Errorf("%s, want status %d", a, httpapi.Status(code))
			}
			unavailable := a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests
			if unavailable != (a.header.Get("Retry-After") != "") {
				t.Errorf("%s: Retry-After %q", a, a.header.Get("Retry-After"))
			}
		})
	}
	if len(requests) != len(httpapi.Codes())-1 {
		t.Errorf("requests for %v, codes %v", slices.Sorted(maps.Keys(requests)), httpapi.Codes())
	}
}

var requestsForCodes = map[problem.Code]func(t *testing.T) apiResponse{
	problem.ValidationError: func(t *testing.T) apiResponse {
		c := newCluster(t)
		return c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(c.newStock(t, 1), 0))
	},
	problem.Unauthorized: func(t *testing.T) apiResponse {
		return newCluster(t).as("").get(t, "/api/v1/stock/low-stock")
	},
	problem.Forbidden: func(t *testing.T) apiResponse {
		c := newCluster(t)
		o := orderOf(c.newStock(t, 1), 1)
		o.StoreID = barcelona
		return c.as(keyMadrid).do(t, http.MethodPost, "/api/v1/reservations", o)
	},
	problem.NotFound: func(t *testing.T) apiResponse {
		c := newCluster(t)
		return c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(c.newProduct(t), 1))
	},
	problem.UnknownStore: func(t *testing.T) apiResponse {
		c := newCluster(t)
		c.stock.stop()
		c.stores = "registered"
		c.stock.start()
		return c.do(t, http.MethodPost, "/api/v1/stock", map[string]any{
			"product_id": c.newProduct(t), "store_id": madrid, "initial_quantity": 1,
		})
	},
	problem.MethodNotAllowed: func(t *testing.T) apiResponse {
		a := newCluster(t).do(t, http.MethodDelete, "/api/v1/stock/low-stock", nil)
		if allow := a.header.Get("Allow"); allow != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: Allow %q", a, allow)
		}
		return a
	},
	problem.PayloadTooLarge: func(t *testing.T) apiResponse {
		c := newCluster(t, func(s *process.Settings) { s.MaxBodyBytes = 100 })
		return c.do(t, http.MethodPost, "/api/v1/products", map[string]any{"sku": "A-1", "name": strings.Repeat("a", 100)})
	},
	problem.UnsupportedMediaType: func(t *testing.T) apiResponse {
		return newCluster(t).do(t, http.MethodPost, "/api/v1/products", []byte("sku=A-1"), "Content-Type", "application/x-www-form-urlencoded")
	},
	problem.Conflict: func(t *testing.T) apiResponse {
		c := newCluster(t)
		return c.do(t, http.MethodPost, "/api/v1/stock", map[string]any{
			"product_id": c.newStock(t, 1), "store_id": madrid, "initial_quantity": 1,
		})
	},
	problem.ProductDeleted: func(t *testing.T) apiResponse {
		c := newCluster(t)
		product := c.newStock(t, 3)
		c.do(t, http.MethodDelete, "/api/v1/products/"+product, nil).wants(t, http.StatusNoContent)
		return c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(product, 1))
	},
	problem.InsufficientStock: func(t *testing.T) apiResponse {
		c := newCluster(t)
		a := c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(c.newStock(t, 3), 4))
		if p := decode[struct{ Available, Requested int64 }](t, a); p.Available != 3 || p.Requested != 4 {
			t.Errorf("%s: want 3 available, 4 requested", a)
		}
		return a
	},
	problem.InvalidState: func(t *testing.T) apiResponse {
		c := newCluster(t)
		r := c.reserved(t, orderOf(c.newStock(t, 1), 1), "")
		c.cancel(t, r.ID)
		return c.do(t, http.MethodPost, "/api/v1/reservations/"+r.ID+"/confirm", nil)
	},
	problem.ReservationExpired: func(t *testing.T) apiResponse {
		c := newCluster(t)
		r := c.reserved(t, orderOf(c.newStock(t, 1), 1), "")
		c.clock.Advance(time.Hour)
		return c.do(t, http.MethodPost, "/api/v1/reservations/"+r.ID+"/confirm", nil)
	},
	problem.VersionMismatch: func(t *testing.T) apiResponse {
		c := newCluster(t)
		product := c.newStock(t, 1)
		tag := c.get(t, "/api/v1/stock/"+product+"/"+madrid).header.Get("ETag")
		adjust := func() apiResponse {
			return c.do(t, http.MethodPost, "/api/v1/stock/"+product+"/"+madrid+"/adjust", map[string]any{"adjustment": 1}, "If-Match", tag)
		}
		adjust().wants(t, http.StatusOK)
		return adjust()
	},
	problem.IdempotencyKeyReused: func(t *testing.T) apiResponse {
		c := newCluster(t)
		product := c.newStock(t, 5)
		c.reserved(t, orderOf(product, 1), "key")
		return c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(product, 2), once("key")...)
	},
	problem.RateLimited: func(t *testing.T) apiResponse {
		c := newCluster(t, func(s *process.Settings) { s.RateLimit, s.RateBurst = 1, 2 })
		for range 2 {
			c.get(t, "/api/v1/stock/low-stock").wants(t, http.StatusOK)
		}
		return c.get(t, "/api/v1/stock/low-stock")
	},
	problem.StockUnavailable: func(t *testing.T) apiResponse {
		c := newCluster(t)
		product := c.newStock(t, 1)
		c.stock.stop()
		return c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(product, 1))
	},
	problem.StorageUnavailable: func(t *testing.T) apiResponse {
		c := newCluster(t)
		product := c.newStock(t, 5)
		end := lockDatabase(t, c.stock.file)
		a := c.do(t, http.MethodPost, "/api/v1/stock/"+product+"/"+madrid+"/adjust", map[string]any{"adjustment": 1})
		end()
		c.wantsRow(t, product, 5, 0)
		return a
	},
}

// lockDatabase takes the write lock of a database, as another program with an
// open transaction does, until the returned function is called. The service waits
// some seconds for the lock before it gives up.
func lockDatabase(t testing.TB, file string) (end func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(conn.Close(), db.Close()); err != nil { // which rolls back
			t.Error(err)
		}
	}
}
