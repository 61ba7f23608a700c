package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// State is the condition of units in a store.
type State string

// The states. Only units that are available can be reserved.
const (
	StateAvailable      State = "available"
	StateDamaged        State = "damaged"
	StateQualityControl State = "quality_control"
	StateSafetyStock    State = "safety_stock"
	StateOther          State = "other"
)

// States are all states.
func States() []State {
	return []State{StateAvailable, StateDamaged, StateQualityControl, StateSafetyStock, StateOther}
}

// Unavailable has the units of a row in each state that is not available.
type Unavailable struct {
	Damaged        int64
	QualityControl int64
	SafetyStock    int64
	Other          int64
}

// Sum returns all units that are not available.
func (u Unavailable) Sum() int64 { return u.Damaged + u.QualityControl + u.SafetyStock + u.Other }

// unavailableDocument is Unavailable as JSON.
type unavailableDocument struct {
	Damaged        int64 `json:"damaged,omitempty"`
	QualityControl int64 `json:"quality_control,omitempty"`
	SafetyStock    int64 `json:"safety_stock,omitempty"`
	Other          int64 `json:"other,omitempty"`
}

// Text returns the states that have units as JSON, and the empty text when none has.
// Movements are stored with it.
func (u Unavailable) Text() string {
	if u == (Unavailable{}) {
		return ""
	}
	text, err := json.Marshal(unavailableDocument(u))
	if err != nil { // of four numbers
		panic(err)
	}
	return string(text)
}

// ParseUnavailable returns the units of a Text.
func ParseUnavailable(text string) (Unavailable, error) {
	if text == "" {
		return Unavailable{}, nil
	}
	var d unavailableDocument
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return Unavailable{}, fmt.Errorf("read the units in each state: %w", err)
	}
	return Unavailable(d), nil
}

// Of returns the counter of a state, nil for one that has none: StateAvailable,
// whose units are those that no other counter has, and any unknown state.
func (u *Unavailable) Of(state State) *int64 {
	switch state {
	case StateDamaged:
		return &u.Damaged
	case StateQualityControl:
		return &u.QualityControl
	case StateSafetyStock:
		return &u.SafetyStock
	case StateOther:
		return &u.Other
	default:
		return nil
	}
}

// StateParams asks to move units of a row from one state to another.
type StateParams struct {
	ProductID string
	StoreID   string
	From      State
	To        State
	Quantity  int64 // units, at least 1
	Reason    string
	Version   *int64 // the version that the caller saw; nil: any
}

func (p StateParams) validate() error {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	for _, s := range []struct {
		field string
		state State
	}{{"from", p.From}, {"to", p.To}} {
		checks.Require(s.state == StateAvailable || new(Unavailable).Of(s.state) != nil, s.field,
			"must be available, damaged, quality_control, safety_stock or other")
	}
	checks.Require(p.From != p.To, "to", "must be another state than from")
	checks.Range("quantity", p.Quantity, 1, MaxQuantity)
	checkReason(&checks, p.Reason)
	return checks.Err()
}

// ChangeState moves units of a row from one state to another; its quantity stays. More
// units than are in the state are an InsufficientStock problem; held units are in
// none. It reports whether the row is the
// saved result of an earlier request.
func (s *Service) ChangeState(ctx context.Context, p StateParams, once idempotency.Request) (Row, bool, error) {
	p.Reason = problem.UnixLines(p.Reason)
	if err := p.validate(); err != nil {
		return Row{}, false, err
	}
	return writeOnce(ctx, s, rowNeeds(p.ProductID, p.StoreID), once, s.savedRows, func(c *change) (Row, error) {
		row, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return Row{}, err
		}
		return c.changeState(row, p.From, p.To, p.Quantity, Movement{Reason: p.Reason})
	})
}

// changeState moves units of a row from one state to another, with their movement
// and event. why has the reason, and the ids to which the movement belongs.
func (c *change) changeState(row Row, from, to State, units int64, why Movement) (Row, error) {
	have := row.Available()
	if counter := row.Unavailable.Of(from); counter != nil {
		have = *counter
	}
	if have < units {
		return Row{}, problem.Insufficient(have, units)
	}
	row = c.update(row, func(r *Row) {
		if counter := r.Unavailable.Of(from); counter != nil {
			*counter -= units
		}
		if counter := r.Unavailable.Of(to); counter != nil {
			*counter += units
		}
	})
	why.Reason = cmp.Or(why.Reason, inventory.ReasonStateChange)
	why.Kind, why.From, why.To, why.Units = MovementStateChanged, from, to, units
	if err := c.record(row, why); err != nil {
		return Row{}, err
	}
	err := c.appendEvent(row.Version, inventory.StockStateChanged{
		ProductID: row.ProductID, StoreID: row.StoreID, From: string(from), To: string(to), Quantity: units, Reason: why.Reason,
	})
	if err != nil {
		return Row{}, err
	}
	return c.reportLow(row)
}
