package client

import (
	"context"
	"iter"
)

// pages returns the items of all pages of a list: read returns the page at cursor, which
// is nil for the first one, and the cursor of the next page, nil on the last one. An error
// ends the sequence. Each range over the sequence begins at the first page, so read gets
// params as they were given.
func pages[P, T any](params P, read func(params P, cursor *string) ([]T, *string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var cursor *string
		for {
			items, next, err := read(params, cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == nil {
				return
			}
			cursor = next
		}
	}
}

// Products returns all products that match, one after the other; Cursor, Limit and
// Offset of params are those of its pages.
func (c *Client) Products(ctx context.Context, params ListProductsParams) iter.Seq2[Product, error] {
	return pages(params, func(params ListProductsParams, cursor *string) ([]Product, *string, error) {
		if cursor != nil {
			params.Cursor, params.Offset = cursor, nil
		}
		page, err := c.ListProducts(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// Stores returns all stores that match.
func (c *Client) Stores(ctx context.Context, params ListStoresParams) iter.Seq2[Store, error] {
	return pages(params, func(params ListStoresParams, cursor *string) ([]Store, *string, error) {
		if cursor != nil {
			params.Cursor = cursor
		}
		page, err := c.ListStores(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// Stock returns all rows of stock that match.
func (c *Client) Stock(ctx context.Context, params SearchStockParams) iter.Seq2[StockRow, error] {
	return pages(params, func(params SearchStockParams, cursor *string) ([]StockRow, *string, error) {
		if cursor != nil {
			params.Cursor = cursor
		}
		page, err := c.SearchStock(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// Movements returns the movements of all rows that match, newest first.
func (c *Client) Movements(ctx context.Context, params SearchStockMovementsParams) iter.Seq2[StockMovementOfRow, error] {
	return pages(params, func(params SearchStockMovementsParams, cursor *string) ([]StockMovementOfRow, *string, error) {
		if cursor != nil {
			params.Cursor = cursor
		}
		page, err := c.SearchStockMovements(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// Reservations returns all reservations that match, newest first.
func (c *Client) Reservations(ctx context.Context, params SearchReservationsParams) iter.Seq2[Reservation, error] {
	return pages(params, func(params SearchReservationsParams, cursor *string) ([]Reservation, *string, error) {
		if cursor != nil {
			params.Cursor = cursor
		}
		page, err := c.SearchReservations(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// Transfers returns all transfers that match, newest first.
func (c *Client) Transfers(ctx context.Context, params ListTransfersParams) iter.Seq2[Transfer, error] {
	return pages(params, func(params ListTransfersParams, cursor *string) ([]Transfer, *string, error) {
		if cursor != nil {
			params.Cursor = cursor
		}
		page, err := c.ListTransfers(ctx, &params)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}
