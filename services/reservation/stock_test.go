package reservation_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
)

// stock is the other end of the network: it grants and settles holds by package
// protocol, unless a fault is scripted.
type stock struct {
	t testing.TB

	mu      sync.Mutex
	units   map[string]int64 // available, by product and store
	deleted map[string]bool  // products
	holds   map[string]*held
	faults  map[string][]fault // of the next requests, by path
	chaos   func() fault       // of requests without a scripted fault; may be nil
	asked   [][]stockwire.Hold // the holds of each request that arrived
	settled []stockwire.Settlement
	found   []string        // ids of holds that were asked about
	unknown map[string]bool // stores
	checked []stockwire.ReturnCheck
	old     bool // it is of the release before totals
	lists   bool // whether the list of held holds shows any: the walk finds them
}

// heldPath stands for the list of the holds that are held.
const heldPath = "GET " + stockwire.HoldsPath

// heldPage is how many holds a page of the list has.
const heldPage = 2

// heldAfter returns a page of the holds that are held, the greatest id first.
func (s *stock) heldAfter(after string) (a stockwire.HeldAnswer) {
	for id, h := range s.holds {
		if s.lists && h.state == protocol.HoldHeld && (after == "" || id < after) {
			a.ReservationIDs = append(a.ReservationIDs, id)
		}
	}
	slices.Sort(a.ReservationIDs)
	slices.Reverse(a.ReservationIDs)
	if len(a.ReservationIDs) >= heldPage {
		a.ReservationIDs = a.ReservationIDs[:heldPage]
		a.Next = a.ReservationIDs[heldPage-1]
	}
	if s.old {
		return a
	}
	a.Totals = true
	for _, id := range a.ReservationIDs {
		var units int64
		for _, l := range s.holds[id].lines {
			units += l.Committed + l.Released
		}
		a.Settled = append(a.Settled, units)
	}
	return a
}

type held struct {
	stockwire.Hold
	state protocol.Hold
	lines []protocol.Line
}

// newHeld returns the hold that a request is granted.
func newHeld(h stockwire.Hold, state protocol.Hold) *held {
	granted := &held{Hold: h, state: state}
	for _, l := range h.Lines {
		granted.lines = append(granted.lines, protocol.Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity})
	}
	return granted
}

// fault replaces the response to a request; apply lets stock serve it.
type fault func(r *http.Request, apply func() *http.Response) (*http.Response, error)

func newStock(t testing.TB) *stock {
	return &stock{
		t: t, units: map[string]int64{"p-1 MAD-001": 1000, "p-1 BCN-001": 1000}, deleted: map[string]bool{}, holds: map[string]*held{}, faults: map[string][]fault{},
	}
}

// The faults.
var (
	// lostRequest is a request that never arrives.
	lostRequest fault = func(*http.Request, func() *http.Response) (*http.Response, error) { return nil, errTimeout }
	// lostAnswer is served, but its response never arrives.
	lostAnswer fault = func(_ *http.Request, apply func() *http.Response) (*http.Response, error) {
		apply()
		return nil, errTimeout
	}
	// refused finds no listener.
	refused fault = func(*http.Request, func() *http.Response) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	// reset is an established connection that breaks.
	reset fault = func(*http.Request, func() *http.Response) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}
	}
	// hanging is served once no client waits for the response any more.
	hanging fault = func(r *http.Request, apply func() *http.Response) (*http.Response, error) {
		<-r.Context().Done()
		apply()
		return nil, r.Context().Err()
	}
)

// responding is a response that is not from stock.
func responding(status int, contentType, text string) fault {
	return func(*http.Request, func() *http.Response) (*http.Response, error) {
		return answer(status, contentType, text), nil
	}
}

// answerLost serves the request and returns that response instead.
func answerLost(status int, contentType, text string) fault {
	return func(_ *http.Request, apply func() *http.Response) (*http.Response, error) {
		apply()
		return answer(status, contentType, text), nil
	}
}

const problemType = "application/problem+json"

func answer(status int, contentType, text string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(text)),
	}
}

// fail scripts the faults of the next requests to a path.
func (s *stock) fail(path string, faults ...fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = append(s.faults[path], faults...)
}

// RoundTrip implements http.RoundTripper.
func (s *stock) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "stock:8082" || r.Header.Get(httpapi.ServiceKeyHeader) != serviceKey {
		s.t.Errorf("stock got %s %s with %v", r.Method, r.URL, r.Header)
	}
	path, id := r.URL.Path, ""
	if r.Method == http.MethodGet && path == stockwire.HoldsPath {
		path = heldPath
	} else if r.Method == http.MethodGet {
		path, id = stockwire.HoldsPath+"/", strings.TrimPrefix(r.URL.Path, stockwire.HoldsPath+"/")
	}
	apply := func() *http.Response { return s.serve(r, path, id) }
	s.mu.Lock()
	var f fault
	if list := s.faults[path]; len(list) > 0 {
		f, s.faults[path] = list[0], list[1:]
	} else if s.chaos != nil {
		f = s.chaos()
	}
	s.mu.Unlock()
	if f != nil {
		return f(r, apply)
	}
	return apply(), nil
}

func (s *stock) serve(r *http.Request, path, id string) *http.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch path {
	case stockwire.HoldsPath:
		var request stockwire.HoldsRequest
		s.read(r, &request)
		s.asked = append(s.asked, request.Holds)
		a := stockwire.HoldsAnswer{Totals: !s.old}
		for _, h := range request.Holds {
			a.Results = append(a.Results, s.hold(h))
		}
		return s.encode(a)
	case heldPath:
		return s.encode(s.heldAfter(r.URL.Query().Get("after")))
	case stockwire.ReturnChecksPath:
		var check stockwire.ReturnCheck
		s.read(r, &check)
		s.checked = append(s.checked, check)
		if s.unknown[check.StoreID] {
			return answer(404, problemType, `{"code": "UNKNOWN_STORE", "status": 404, "detail": "There is no store `+check.StoreID+`; the nearest id is BCN-001."}`)
		}
		return answer(204, "", "")
	case stockwire.SettlementsPath:
		var request stockwire.SettlementsRequest
		s.read(r, &request)
		for _, one := range request.Settlements {
			s.settle(one)
		}
		return answer(204, "", "")
	default:
		s.found = append(s.found, id)
		h := s.holds[id]
		if h == nil {
			return answer(404, problemType, `{"code": "NOT_FOUND", "status": 404}`)
		}
		return s.encode(foundHold(h.Hold, h.state))
	}
}

// foundHold is the response to a request for a hold that was granted as it was
// asked for.
func foundHold(h stockwire.Hold, state protocol.Hold) stockwire.FoundHold {
	found := stockwire.FoundHold{
		ReservationID: h.ReservationID, CustomerID: h.CustomerID, TTLSeconds: h.TTLSeconds, ExpiresAt: h.ExpiresAt, State: string(state),
	}
	found.Request = h.Request
	for i, l := range h.Lines {
		line := stockwire.HeldLine{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity}
		if h.Request != nil && h.Request.Lines[i].Quantity != l.Quantity {
			line.Requested = h.Request.Lines[i].Quantity
		}
		found.Lines = append(found.Lines, line)
	}
	return found
}

func (s *stock) read(r *http.Request, v any) {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		s.t.Errorf("stock got %s: %v", r.URL, err)
	}
}

func (s *stock) encode(v any) *http.Response {
	text, err := json.Marshal(v)
	if err != nil {
		s.t.Error(err)
	}
	return answer(200, "application/json", string(text))
}

func (s *stock) hold(h stockwire.Hold) stockwire.HoldResult {
	have := s.holds[h.ReservationID]
	state := protocol.HoldAbsent
	if have != nil {
		same := reflect.DeepEqual(have.Request, h.Request) && (h.Request != nil || slices.Equal(have.Lines, h.Lines))
		if state = have.state; len(have.Lines) > 0 && (!same || have.CustomerID != h.CustomerID || have.TTLSeconds != h.TTLSeconds) {
			return stockwire.HoldResult{Outcome: stockwire.OutcomeMismatch}
		}
	}
	state, grant := protocol.RequestHold(state)
	switch grant {
	case protocol.GrantRepeated:
		return granted(have.Hold)
	case protocol.GrantSettled:
		return stockwire.HoldResult{Outcome: stockwire.OutcomeSettled}
	}
	wanted := h.Lines
	if h.Request != nil { // the first store serves: stock's own tests have the other ways to choose
		for _, l := range h.Request.Lines {
			wanted = append(wanted, stockwire.Line{ProductID: l.ProductID, StoreID: append(l.Stores, l.StoreID)[0], Quantity: l.Quantity})
		}
	}
	refusal := stockwire.HoldResult{Outcome: stockwire.OutcomeInsufficient}
	some := false
	h.Lines = nil
	for i, line := range wanted {
		available, known := s.units[line.ProductID+" "+line.StoreID]
		if !known || s.deleted[line.ProductID] {
			return stockwire.HoldResult{Outcome: stockwire.OutcomeNoRow, Line: i, ProductDeleted: known}
		}
		if available < line.Quantity {
			refusal.Short = append(refusal.Short, stockwire.ShortLine{
				Line: i, ProductID: line.ProductID, StoreID: line.StoreID, Requested: line.Quantity, Available: available,
			})
		}
		line.Quantity = min(line.Quantity, available)
		some = some || line.Quantity > 0
		h.Lines = append(h.Lines, line)
	}
	if len(refusal.Short) > 0 && (!some || h.Request == nil || h.Request.OnShortage != stockwire.ShortagePartial) {
		first := refusal.Short[0]
		refusal.Line, refusal.Available, refusal.Requested = first.Line, first.Available, first.Requested
		return refusal
	}
	for _, l := range h.Lines {
		s.units[l.ProductID+" "+l.StoreID] -= l.Quantity
	}
	s.holds[h.ReservationID] = newHeld(h, state)
	return granted(h)
}

// granted is the response to a hold that was granted.
func granted(h stockwire.Hold) stockwire.HoldResult {
	result := stockwire.HoldResult{Outcome: stockwire.OutcomeGranted, ExpiresAt: h.ExpiresAt}
	if h.Request != nil {
		result.Lines = foundHold(h, "").Lines
	}
	return result
}

func (s *stock) settle(one stockwire.Settlement) {
	s.settled = append(s.settled, one)
	h := s.holds[one.ReservationID]
	if h == nil {
		h = &held{Hold: stockwire.Hold{ReservationID: one.ReservationID}}
	}
	target := protocol.Target{Whole: protocol.Settlement(one.Settlement)}
	for _, l := range one.Lines {
		target.Lines = append(target.Lines, protocol.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		})
	}
	settled := protocol.SettleTo(h.state, h.lines, target)
	if settled.Progress == protocol.ProgressContradiction || s.old && len(one.Lines) > 0 {
		s.t.Errorf("stock was told to %+v the hold %s, which is %q with %+v", target, one.ReservationID, h.state, h.lines)
		return
	}
	for i, m := range settled.Moves {
		l := settled.Lines[i]
		s.units[l.ProductID+" "+l.StoreID] += m.Release + m.Restock
	}
	h.state, h.lines = settled.State, settled.Lines
	s.holds[one.ReservationID] = h
}

// set puts a hold into a state, by any transition.
func (s *stock) set(h stockwire.Hold, state protocol.Hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[h.ReservationID] = newHeld(h, state)
	if state == protocol.HoldAbsent {
		delete(s.holds, h.ReservationID)
	}
}

// state returns the state of a hold.
func (s *stock) state(id string) protocol.Hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.holds[id]; h != nil {
		return h.state
	}
	return protocol.HoldAbsent
}

// available returns the units of p-1 in MAD-001 that are not held.
func (s *stock) available() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.units["p-1 MAD-001"]
}

// requests returns the ids of the holds that were asked for, in all requests.
func (s *stock) requests() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.asked {
		for _, h := range request {
			ids = append(ids, h.ReservationID)
		}
	}
	return ids
}

// last returns the hold that was asked for last.
func (s *stock) last() stockwire.Hold {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		s.t.Fatal("stock was not asked")
	}
	request := s.asked[len(s.asked)-1]
	return request[len(request)-1]
}

// settlements returns the settlements that stock got, as "id settlement reason".
func (s *stock) settlements() (told []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.settled {
		told = append(told, strings.TrimSpace(one.ReservationID+" "+one.Settlement+" "+one.Reason))
	}
	return told
}

// questions returns how often stock was asked about a hold.
func (s *stock) questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.found)
}
