package rest

import (
	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/stock/internal/ledger"
)

// savedCount is the saved document of a count, as a savedRow is that of a row.
type savedCount struct {
	Format    int                `json:"format"` // the version of the document
	ID        string             `json:"id"`
	StoreID   string             `json:"store_id"`
	Reference string             `json:"reference,omitempty"`
	Status    ledger.CountStatus `json:"status"`
	Totals    countTotals        `json:"totals"`
	Actor     string             `json:"actor"`
	Version   int64              `json:"version"`
	CreatedAt string             `json:"created_at"`
	UpdatedAt string             `json:"updated_at"`
	Lines     []savedCountLine   `json:"lines,omitempty"`
	NewStore  bool               `json:"new_store,omitempty"`
}

type savedCountLine struct {
	ProductID  string                `json:"product_id"`
	Product    savedProduct          `json:"product"`
	Counted    int64                 `json:"counted"`
	Quantity   int64                 `json:"quantity"`
	RowVersion int64                 `json:"row_version"`
	CountedAt  string                `json:"counted_at"`
	State      ledger.CountLineState `json:"state"`
	Failure    ledger.CountFailure   `json:"failure,omitempty"`
	Claimed    int64                 `json:"claimed,omitempty"`
	Holds      []heldUnits           `json:"holds,omitempty"`
}

const savedCountFormat = 1

// SavedCounts returns the form in which the results of changes of counts are saved.
func SavedCounts() idempotency.Format[ledger.Count] {
	return idempotency.Document[ledger.Count, savedCount]{
		Newest:  savedCountFormat,
		Version: func(d savedCount) int { return d.Format },
		Of:      saveCount,
		Result:  savedCount.count,
	}
}

func saveCount(c ledger.Count) savedCount {
	d := savedCount{
		Format: savedCountFormat, ID: c.ID, StoreID: c.StoreID, Reference: c.Reference, Status: c.Status, Totals: countTotals(c.Totals),
		Actor: c.Actor, Version: c.Version, CreatedAt: clock.Text(c.CreatedAt), UpdatedAt: clock.Text(c.UpdatedAt), NewStore: c.NewStore,
	}
	for _, l := range c.Lines {
		line := savedCountLine{
			ProductID: l.ProductID, Product: savedProduct(l.Product), Counted: l.Counted, Quantity: l.Quantity, RowVersion: l.RowVersion,
			CountedAt: clock.Text(l.CountedAt), State: l.State, Failure: l.Failure, Claimed: l.Claimed,
		}
		for _, h := range l.Holds {
			line.Holds = append(line.Holds, heldUnits{h.ReservationID, h.Quantity, clock.Text(h.ExpiresAt), clock.Text(h.CreatedAt)})
		}
		d.Lines = append(d.Lines, line)
	}
	return d
}

func (d savedCount) count() (c ledger.Count, err error) {
	c = ledger.Count{
		ID: d.ID, StoreID: d.StoreID, Reference: d.Reference, Status: d.Status, Totals: ledger.CountTotals(d.Totals),
		Actor: d.Actor, Version: d.Version, NewStore: d.NewStore,
	}
	for _, l := range d.Lines {
		line, err := l.line()
		if err != nil {
			return c, err
		}
		c.Lines = append(c.Lines, line)
	}
	if c.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return c, err
	}
	c.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return c, err
}

func (d savedCountLine) line() (l ledger.CountLine, err error) {
	l = ledger.CountLine{
		ProductID: d.ProductID, Product: ledger.Product(d.Product), Counted: d.Counted, Quantity: d.Quantity, RowVersion: d.RowVersion,
		State: d.State, Failure: d.Failure, Claimed: d.Claimed,
	}
	if l.CountedAt, err = clock.ParseText(d.CountedAt); err != nil {
		return l, err
	}
	for _, h := range d.Holds {
		held := ledger.HeldUnits{ReservationID: h.ReservationID, Quantity: h.Quantity}
		if held.ExpiresAt, err = clock.ParseText(h.ExpiresAt); err != nil {
			return l, err
		}
		if held.CreatedAt, err = clock.ParseText(h.CreatedAt); err != nil {
			return l, err
		}
		l.Holds = append(l.Holds, held)
	}
	return l, nil
}
