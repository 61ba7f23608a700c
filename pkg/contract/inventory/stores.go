package inventory

import (
	"fmt"

	"inventory.example/pkg/events"
)

// Stores returns the stores that e concerns, as its method Stores does, and
// refuses a transfer that does not name both of its stores: a caller that is
// restricted to one of them would see it otherwise.
func Stores(e events.Event) ([]string, error) {
	if e.Type == TypeStockTransferred {
		transfer, err := events.PayloadAs[StockTransferred](e)
		if err != nil {
			return nil, err
		}
		if transfer.FromStore == "" || transfer.ToStore == "" {
			return nil, fmt.Errorf("%w: a store of the transfer is missing", events.ErrMalformed)
		}
	}
	return e.Stores()
}
