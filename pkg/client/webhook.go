package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Errors of a Verifier. A receiver responds with 401 to them, and the request is sent
// again.
var (
	ErrSignature = errors.New("webhook: no signature is right")
	ErrTimestamp = errors.New("webhook: the timestamp is missing, or too far from now")
)

// Verifier verifies the requests of webhooks, as the Standard Webhooks specification
// has it. It is safe for concurrent use.
type Verifier struct {
	secrets [][]byte
	now     func() time.Time
}

// tolerance is how old, or how far in the future, a request may be: a copy of a request
// that is sent later is refused.
const tolerance = 5 * time.Minute

// NewVerifier returns a Verifier with the secrets of a webhook (whsec_…): several during
// a rotation.
func NewVerifier(secrets ...string) (*Verifier, error) {
	v := &Verifier{now: time.Now}
	for _, secret := range secrets {
		encoded, isSecret := strings.CutPrefix(secret, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !isSecret || err != nil || len(key) == 0 {
			return nil, errors.New("webhook: a secret must be whsec_ and base64")
		}
		v.secrets = append(v.secrets, key)
	}
	if len(v.secrets) == 0 {
		return nil, errors.New("webhook: at least one secret is needed")
	}
	return v, nil
}

// Verify returns the event of a request with these headers and this body. Its id is
// that of the event: a receiver that remembers ids processes a repeated request once.
func (v *Verifier) Verify(header http.Header, body []byte) (*DeliveredEvent, error) {
	id, stamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || v.now().Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return nil, ErrTimestamp
	}
	if !v.isSigned(id+"."+stamp+"."+string(body), header.Get("Webhook-Signature")) {
		return nil, ErrSignature
	}
	var event DeliveredEvent
	if err := json.Unmarshal(body, &event); err != nil {
		return nil, fmt.Errorf("webhook: read the event: %w", err)
	}
	return &event, nil
}

// maxEvent limits the body of a webhook, in bytes.
const maxEvent = 4 << 20

// ReadEvent reads and verifies a request of a webhook, and returns its event as the type
// of its event_type: a StockLowEvent, for example.
func ReadEvent(v *Verifier, r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxEvent))
	if err != nil {
		return nil, fmt.Errorf("webhook: read the request: %w", err)
	}
	event, err := v.Verify(r.Header, body)
	if err != nil {
		return nil, err
	}
	value, err := event.ValueByDiscriminator()
	if err != nil {
		return nil, fmt.Errorf("webhook: read the event: %w", err)
	}
	return value, nil
}

func (v *Verifier) isSigned(content, signatures string) bool {
	for signature := range strings.FieldsSeq(signatures) {
		encoded, known := strings.CutPrefix(signature, "v1,")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if !known || err != nil {
			continue
		}
		for _, secret := range v.secrets {
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(content)) // never fails
			if hmac.Equal(got, mac.Sum(nil)) {
				return true
			}
		}
	}
	return false
}
