package stockdb

import (
	"encoding/json"
	"fmt"

	"inventory.example/services/stock/internal/ledger"
)

// grantDocument is the text of a request with its grant. The lines
// that were granted nothing are nowhere else.
type grantDocument struct {
	Request *ledger.Request `json:"request"`
	Lines   []grantedLine   `json:"lines"`
}

type grantedLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Requested int64  `json:"requested"`
}

// encodeRequest returns the document of a hold, empty for one without a request.
func encodeRequest(h ledger.Hold) (string, error) {
	if h.Request == nil {
		return "", nil
	}
	document := grantDocument{Request: h.Request, Lines: make([]grantedLine, len(h.Lines))}
	for i, l := range h.Lines {
		document.Lines[i] = grantedLine{l.ProductID, l.StoreID, l.Quantity, h.Requested[i]}
	}
	text, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("encode the request of a hold: %w", err)
	}
	return string(text), nil
}

// addRequest adds the request to a hold whose lines were read, and the lines that
// were granted nothing, at their places.
func addRequest(h *ledger.Hold, text string) error {
	if text == "" {
		return nil
	}
	var document grantDocument
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return fmt.Errorf("decode the request of a hold: %w", err)
	}
	stored := h.Lines
	h.Request, h.Lines = document.Request, make([]ledger.Line, 0, len(document.Lines))
	for _, g := range document.Lines {
		line := ledger.Line{ProductID: g.ProductID, StoreID: g.StoreID}
		if g.Quantity > 0 {
			if len(stored) == 0 {
				return fmt.Errorf("the hold of %s lacks lines of its request", h.ReservationID)
			}
			line, stored = stored[0], stored[1:]
		}
		h.Lines, h.Requested = append(h.Lines, line), append(h.Requested, g.Requested)
	}
	return nil
}
