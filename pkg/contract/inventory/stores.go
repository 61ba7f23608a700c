package inventory

import (
	"encoding/json"
	"fmt"

	"inventory.example/pkg/events"
)

// Stores returns the stores that e concerns, as its method Stores does, and
// refuses a transfer that does not name both of its stores: a caller that is
// restricted to one of them would see it otherwise.
func Stores(e events.Event) ([]string, error) {
	switch e.Type {
	case TypeStockTransferred:
		transfer, err := events.PayloadAs[StockTransferred](e)
		if err != nil {
			return nil, err
		}
		if transfer.FromStore == "" || transfer.ToStore == "" {
			return nil, fmt.Errorf("%w: a store of the transfer is missing", events.ErrMalformed)
		}
	case TypeTransferRequested, TypeTransferShipped, TypeTransferReceived, TypeTransferCancelled:
		var transfer TransferState
		if err := json.Unmarshal(e.Payload, &transfer); err != nil {
			return nil, fmt.Errorf("%w: stores of %s: %w", events.ErrMalformed, e.Type, err)
		}
		if transfer.ToStoreID == "" || (transfer.FromStoreID == "") == (transfer.Supplier == "") {
			return nil, fmt.Errorf("%w: the source or the target of the transfer is missing", events.ErrMalformed)
		}
	}
	return e.Stores()
}
