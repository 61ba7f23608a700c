package system_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"inventory.example/pkg/problem"
)

// TestOversell lets 200 clients reserve one unit each of 100 at the same time.
func TestOversell(t *testing.T) {
	t.Parallel()
	const clients, units = 200, 100
	p := serve(t, t.TempDir())
	product := p.newStock(t, units)

	responses := make([]apiResponse, clients)
	errs := make([]error, clients)
	begin := make(chan struct{})
	var done sync.WaitGroup
	for i := range clients {
		done.Go(func() {
			<-begin
			o := orderOf(product, 1)
			o.CustomerID = fmt.Sprintf("customer-%d", i)
			responses[i], errs[i] = p.reserve(o, "")
		})
	}
	close(begin)
	done.Wait()

	ids := map[string]bool{}
	short := 0
	for i, a := range responses {
		switch {
		case errs[i] != nil:
			t.Error(errs[i])
		case a.status == http.StatusCreated:
			ids[decode[reservation](t, a).ID] = true
		default:
			a.wantsProblem(t, problem.InsufficientStock)
			short++
		}
	}
	if len(ids) != units || short != clients-units {
		t.Errorf("%d reservations and %d refusals, want %d and %d", len(ids), short, units, clients-units)
	}
	p.wantsRow(t, product, units, units)
	p.balanced(t)
}
