package rest

import (
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/reservation/internal/reservation"
)

// savedReservation is the document that is saved of a reservation that a request
// created or ended, so that a repeated request gets the same response. Documents
// are kept for two days, also over an upgrade: a field that changes its meaning
// takes another version.
type savedReservation struct {
	Format     int             `json:"format"` // the version of the document; 0 in those of releases that had none, with the same fields
	ID         string          `json:"id"`
	ProductID  string          `json:"product_id"`
	StoreID    string          `json:"store_id"`
	CustomerID string          `json:"customer_id"`
	Quantity   int64           `json:"quantity"`
	TTLSeconds int64           `json:"ttl_seconds"`
	Status     protocol.Status `json:"status"`
	Reference  string          `json:"reference,omitempty"`
	EndedBy    protocol.Status `json:"ended_by,omitempty"`
	Lines      []savedLine     `json:"lines,omitempty"` // none: reservation.Reservation.Lines is nil
	Reason     string          `json:"reason,omitempty"`
	Version    int64           `json:"version"`
	Actor      string          `json:"actor,omitempty"`
	UpdatedBy  string          `json:"updated_by,omitempty"`
	ExpiresAt  string          `json:"expires_at"`
	CreatedAt  string          `json:"created_at"`
	UpdatedAt  string          `json:"updated_at"`
}

const savedReservationFormat = 1

// savedLine is the document of a line.
type savedLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Requested int64  `json:"requested"`
	Confirmed int64  `json:"confirmed,omitempty"`
	Released  int64  `json:"released,omitempty"`
	Returned  int64  `json:"returned,omitempty"`
	Restocked int64  `json:"restocked,omitempty"`
}

// SavedReservations returns the form in which results are saved.
func SavedReservations() idempotency.Format[reservation.Reservation] {
	return idempotency.Document[reservation.Reservation, savedReservation]{
		Newest:  savedReservationFormat,
		Version: func(d savedReservation) int { return d.Format },
		Of:      saveReservation,
		Result:  savedReservation.reservation,
	}
}

func saveReservation(r reservation.Reservation) savedReservation {
	var lines []savedLine
	for _, l := range r.Lines {
		lines = append(lines, savedLine{
			l.ProductID, l.StoreID, l.Quantity, l.Requested, l.Committed, l.Released, l.Returned, l.Restocked,
		})
	}
	return savedReservation{
		Reference: r.Reference, EndedBy: r.EndedBy, Lines: lines,
		Format: savedReservationFormat, ID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, CustomerID: r.CustomerID,
		Quantity: r.Quantity, TTLSeconds: r.TTLSeconds, Status: r.Status, Reason: r.Reason, Version: r.Version,
		Actor: r.Actor, UpdatedBy: r.UpdatedBy,
		ExpiresAt: clock.Text(r.ExpiresAt), CreatedAt: clock.Text(r.CreatedAt), UpdatedAt: clock.Text(r.UpdatedAt),
	}
}

func (d savedReservation) reservation() (r reservation.Reservation, err error) {
	r = reservation.Reservation{
		ID: d.ID, ProductID: d.ProductID, StoreID: d.StoreID, CustomerID: d.CustomerID, Quantity: d.Quantity,
		TTLSeconds: d.TTLSeconds, Status: d.Status, Reason: d.Reason, Version: d.Version, Actor: d.Actor, UpdatedBy: d.UpdatedBy,
		Reference: d.Reference, EndedBy: d.EndedBy,
	}
	for _, l := range d.Lines {
		r.Lines = append(r.Lines, reservation.Line{
			Line: protocol.Line{
				ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
				Totals: protocol.Totals{Committed: l.Confirmed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
			},
			Requested: l.Requested,
		})
	}
	if r.ExpiresAt, err = clock.ParseText(d.ExpiresAt); err != nil {
		return r, err
	}
	if r.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return r, err
	}
	r.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return r, err
}
