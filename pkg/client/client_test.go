package client_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/client"
)

// reservation is one as the API returns it.
const reservation = `{"id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","customer_id":"ada","status":"pending","lines":[],"version":1,` +
	`"expires_at":"2026-08-01T12:00:00.000Z","created_at":"2026-08-01T12:00:00.000Z","updated_at":"2026-08-01T12:00:00.000Z"}`

// scripted is a server that responds to each request with the next of its statuses,
// and with the last one from then on; a status of 0 closes the connection.
type scripted struct {
	statuses []int

	mu     sync.Mutex
	keys   []string // the Idempotency-Key of each request
	bodies []string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	status := s.statuses[min(len(s.keys), len(s.statuses)-1)]
	s.keys, s.bodies = append(s.keys, r.Header.Get("Idempotency-Key")), append(s.bodies, string(text))
	s.mu.Unlock()
	switch status {
	case 0:
		panic(http.ErrAbortHandler)
	case http.StatusCreated:
		w.WriteHeader(status)
		fmt.Fprint(w, reservation)
	default:
		w.Header().Set("Content-Type", "application/problem+json")
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":"SOME_CODE","status":%d,"title":"No","detail":"Because.","type":"t","available":3,"requested":5}`, status)
	}
}

func serve(t *testing.T, statuses ...int) (*scripted, *client.Client) {
	t.Helper()
	s := &scripted{statuses: statuses}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/", client.Options{Key: "key", Attempts: 3, MaxPause: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestClient_attempts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statuses []int
		requests int
		created  bool
	}{
		"the first succeeds":       {[]int{201}, 1, true},
		"a connection breaks":      {[]int{0, 201}, 2, true},
		"a proxy lost the service": {[]int{502, 504, 201}, 3, true},
		"the service is full":      {[]int{429, 503, 201}, 3, true},
		"it stays full":            {[]int{503}, 3, false},
		"a refusal is final":       {[]int{409}, 1, false},
		"a wrong request is final": {[]int{400}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := serve(t, test.statuses...)
			made, err := c.CreateReservation(t.Context(), nil, client.ReservationCreate{CustomerID: "ada"})
			if (err == nil) != test.created || test.created && made.Status != "pending" {
				t.Errorf("%v, error %v", made, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.keys) != test.requests {
				t.Errorf("%d requests, want %d", len(s.keys), test.requests)
			}
			for i, key := range s.keys {
				if key == "" || key != s.keys[0] {
					t.Errorf("request %d has the key %q, the first one %q", i, key, s.keys[0])
				}
				if s.bodies[i] != `{"customer_id":"ada"}` {
					t.Errorf("request %d has the body %s", i, s.bodies[i])
				}
			}
		})
	}
}

// TestClient_unknownOutcome: a change without a key is not sent again when its
// outcome is unknown.
func TestClient_unknownOutcome(t *testing.T) {
	t.Parallel()
	s, c := serve(t, 0, 201)
	if _, err := c.UpdateProduct(t.Context(), "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", nil, client.ProductDetails{}); err == nil {
		t.Error("no error")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) != 1 {
		t.Errorf("%d requests", len(s.keys))
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	_, c := serve(t, 409)
	_, err := c.CreateReservation(t.Context(), nil, client.ReservationCreate{CustomerID: "ada"})
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Status != 409 || client.CodeOf(err) != "SOME_CODE" {
		t.Fatalf("error %v", err)
	}
	if n, found := refusal.Number("available"); n != 3 || !found {
		t.Errorf("available is %d, %v", n, found)
	}
	if got, want := err.Error(), "POST /api/v1/reservations: 409 SOME_CODE: Because."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if client.CodeOf(errors.New("another")) != "" {
		t.Error("another error has a code")
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "localhost:8080", "ftp://host", "http://", "http://[::1"} {
		if _, err := client.New(url, client.Options{}); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
}

const (
	secret  = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	another = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
	event   = `{"event_id":"e1","event_type":"stock.low","payload":{}}`
)

// signed returns the headers of a request with the event, signed with the key of secret.
func signed(at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte("01234567890123456789012345678901"))
	fmt.Fprintf(mac, "e1.%s.%s", stamp, event)
	return http.Header{
		"Webhook-Id": {"e1"}, "Webhook-Timestamp": {stamp},
		"Webhook-Signature": {"v2,AAAA v1,!! v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}

func TestVerifier(t *testing.T) {
	t.Parallel()
	v, err := client.NewVerifier(another, secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(signed(time.Now()), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	if kind, err := got.Discriminator(); kind != "stock.low" || err != nil {
		t.Errorf("type %q, error %v", kind, err)
	}
	other, err := client.NewVerifier(another)
	if err != nil {
		t.Fatal(err)
	}
	without := signed(time.Now())
	without.Del("Webhook-Signature")
	for name, test := range map[string]struct {
		v      *client.Verifier
		header http.Header
		body   string
		want   error
	}{
		"another secret": {other, signed(time.Now()), event, client.ErrSignature},
		"another body":   {v, signed(time.Now()), event + " ", client.ErrSignature},
		"no signature":   {v, without, event, client.ErrSignature},
		"an old request": {v, signed(time.Now().Add(-6 * time.Minute)), event, client.ErrTimestamp},
		"of the future":  {v, signed(time.Now().Add(6 * time.Minute)), event, client.ErrTimestamp},
		"no headers":     {v, nil, event, client.ErrTimestamp},
	} {
		if _, err := test.v.Verify(test.header, []byte(test.body)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, wrong := range [][]string{nil, {""}, {"whsec_"}, {"whsec_!"}, {"MDEy"}} {
		if _, err := client.NewVerifier(wrong...); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}
