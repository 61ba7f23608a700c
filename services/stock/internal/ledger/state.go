package ledger

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

// Unavailable has the units of a row in each state that is not available.
type Unavailable struct {
	Damaged        int64
	QualityControl int64
	SafetyStock    int64
	Other          int64
}

// Sum returns all units that are not available.
func (u Unavailable) Sum() int64 { return u.Damaged + u.QualityControl + u.SafetyStock + u.Other }

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
