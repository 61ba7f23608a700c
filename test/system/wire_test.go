package system_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// wire is the connection from reservation to stock. It delivers requests
// faithfully until a test puts a fault on it.
type wire struct {
	to http.RoundTripper

	mu     sync.Mutex
	faults []requestFault
	asked  []string // method and path of each request that was sent
}

// fault handles a request in place of the wire.
type fault func(p *parcel) (*http.Response, error)

type requestFault struct {
	request string // prefix of method and path
	fault   fault
	stays   bool
}

// errLost is a connection that broke after the request had left: whether it
// arrived is unknown.
var errLost = errors.New("the connection broke")

// next puts a fault on the next request with that prefix, such as
// "POST /internal/v1/holds".
func (w *wire) next(request string, f fault) { w.put(requestFault{request: request, fault: f}) }

// always puts a fault on all requests with that prefix, until clearFaults.
func (w *wire) always(request string, f fault) {
	w.put(requestFault{request: request, fault: f, stays: true})
}

func (w *wire) put(f requestFault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, f)
}

// clearFaults removes all faults.
func (w *wire) clearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}

// count returns how many requests with that prefix were sent, such as "POST
// /internal/v1/holds".
func (w *wire) count(prefix string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, asked := range w.asked {
		if strings.HasPrefix(asked, prefix) {
			n++
		}
	}
	return n
}

// takeFault records a request and returns its fault, nil for none.
func (w *wire) takeFault(request *http.Request) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := request.Method + " " + request.URL.Path
	w.asked = append(w.asked, asked)
	for i, f := range w.faults {
		if strings.HasPrefix(asked, f.request) {
			if !f.stays {
				w.faults = append(w.faults[:i:i], w.faults[i+1:]...)
			}
			return f.fault
		}
	}
	return nil
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	_ = request.Body.Close()
	p := &parcel{request: request, body: body, to: w.to}
	if f := w.takeFault(request); f != nil {
		return f(p)
	}
	return p.deliver(request.Context())
}

// parcel is a request that left reservation.
type parcel struct {
	request *http.Request
	body    []byte
	to      http.RoundTripper
}

// deliver sends the request to stock; it may be called any number of times.
func (p *parcel) deliver(ctx context.Context) (*http.Response, error) {
	copied := p.request.Clone(ctx)
	copied.Body = io.NopCloser(bytes.NewReader(p.body))
	return p.to.RoundTrip(copied)
}

// deliverLate sends the request to stock, even if its sender has given up, and
// returns the body of the response.
func (p *parcel) deliverLate() (string, error) {
	response, err := p.deliver(context.Background())
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// loseRequest is the fault of a request that never arrives.
func loseRequest(*parcel) (*http.Response, error) { return nil, errLost }

// loseResponse is the fault of a request that arrives and whose response does not.
func loseResponse(p *parcel) (*http.Response, error) {
	if _, err := p.deliverLate(); err != nil {
		return nil, err
	}
	return nil, errLost
}

// unreachable is the fault of an address where no process listens.
func unreachable(*parcel) (*http.Response, error) { return nil, refused("stock") }

// lateRequest is a request that its sender gives up and that a test delivers later.
type lateRequest struct {
	sent   chan struct{} // closed once the request has left
	parcel *parcel
}

func newLateRequest() *lateRequest { return &lateRequest{sent: make(chan struct{})} }

func (l *lateRequest) fault(p *parcel) (*http.Response, error) {
	l.parcel = p
	close(l.sent)
	return nil, errLost
}

// lateResponse is a response that stays on the wire until the test closes open, and
// it arrives, or lose, and it is lost.
type lateResponse struct {
	given      chan struct{} // closed once stock has responded
	giveOnce   sync.Once
	open, lose chan struct{}
}

func newLateResponse() *lateResponse {
	return &lateResponse{given: make(chan struct{}), open: make(chan struct{}), lose: make(chan struct{})}
}

func (l *lateResponse) fault(p *parcel) (*http.Response, error) {
	response, err := p.deliver(context.WithoutCancel(p.request.Context()))
	l.giveOnce.Do(func() { close(l.given) })
	if err != nil {
		return nil, err
	}
	select {
	case <-l.open:
		return response, nil
	case <-l.lose:
		return nil, errLost
	case <-p.request.Context().Done():
		return nil, p.request.Context().Err()
	}
}

// lineTransport is a transport at the end of a line.
type lineTransport struct {
	http.RoundTripper
	line line
}

// RoundTrip implements http.RoundTripper.
func (l lineTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if l.line.isCut() {
		return nil, errCut
	}
	response, err := l.RoundTripper.RoundTrip(request)
	if l.line.isCut() {
		return nil, errCut
	}
	return response, err
}
