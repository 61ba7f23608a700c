package reservation

import (
	"context"
	"errors"
	"time"

	"inventory.example/pkg/contract/protocol"
)

// Holder is stock, which grants and settles holds.
type Holder interface {
	// Hold asks for the hold of a reservation: for the units of its row, or, if that is
	// not nil, for those of asked. ErrNothingDone means that stock surely did nothing;
	// after any other error it may have granted the hold, or may grant it later.
	Hold(ctx context.Context, r Reservation, asked *Request) (HoldAnswer, error)

	// FindHold returns the state of a reservation's hold at this moment, and
	// the reservation as stock knows it from the request. A hold that stock
	// never saw is HoldAbsent and no error.
	FindHold(ctx context.Context, id string) (Reservation, protocol.Hold, error)

	// Settle notifies stock of the ends of reservations, whole or in part, and of
	// returns, so that a read of stock right
	// afterwards shows them. It has a time limit and returns an error when stock did
	// not respond; the events of the reservations, or the walk, then settle their
	// holds.
	Settle(ctx context.Context, ended []Reservation) error

	// CheckReturn returns an UnknownStore problem when stock has registered stores and
	// units of the products cannot be returned to the store, because it does not exist,
	// and a StockUnavailable problem when stock does not respond.
	CheckReturn(ctx context.Context, storeID string, productIDs []string) error

	// Held returns a page of the holds that are held, newest first. The first page is
	// after "", each other one after the Next of the page before; the last one has no
	// Next.
	Held(ctx context.Context, after string) (HeldPage, error)

	// TakesTotals reports whether a response of stock has said that it settles holds
	// to totals.
	TakesTotals() bool
}

// HeldPage is a page of the holds that are held.
type HeldPage struct {
	IDs     []string // of the reservations
	Settled []int64  // for each id the units that are committed or released; nil: none are
	Next    string
}

// settled returns the settled units of the i-th hold.
func (p HeldPage) settled(i int) int64 {
	if p.Settled == nil {
		return 0
	}
	return p.Settled[i]
}

// ErrNothingDone is in the chain of Holder.Hold's error when the request did not
// reach stock, or stock responded that it did nothing.
var ErrNothingDone = errors.New("stock did nothing")

// HoldOutcome is stock's response to a hold request.
type HoldOutcome int

// The outcomes of a hold request.
const (
	HoldGranted        HoldOutcome = iota // the units are held, from now or since an earlier request
	HoldSettled                           // this id's hold is over for good
	HoldMismatch                          // this id belongs to another request
	HoldInsufficient                      // too little is available
	HoldNoRow                             // no such stock row
	HoldProductDeleted                    // the product of the row was deleted
)

// HoldAnswer is the result of a hold request.
type HoldAnswer struct {
	Outcome   HoldOutcome
	ExpiresAt time.Time // when granted: as stock stored it with the first request
	// Lines are those of the hold when it is granted and stock chose them; otherwise
	// it granted all units of the reservation.
	Lines []Line
	// Line counts from 0 in the request.
	Line  int         // when there is no such row, or its product was deleted: the line at fault
	Short []ShortLine // when insufficient: all lines of which too little is available
	// UnknownStore is the store of the line, when it does not exist and the line has no
	// row for that reason. NearestStore is the known id that is most like it, if any.
	UnknownStore, NearestStore string
}

// ShortLine is a line of which too little is available. The store is that of the
// line, or the first of its ranking.
type ShortLine struct {
	Line      int    `json:"line"` // counts from 0 in the request
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}
