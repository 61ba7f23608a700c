package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// count is a count of the units in a store, as clients see it.
type count struct {
	ID        string             `json:"id"`
	StoreID   string             `json:"store_id"`
	Status    ledger.CountStatus `json:"status"`
	Reference string             `json:"reference,omitempty"`
	Totals    countTotals        `json:"totals"`
	Actor     string             `json:"actor"`
	Version   int64              `json:"version"`
	CreatedAt string             `json:"created_at"`
	UpdatedAt string             `json:"updated_at"`
	NewStore  bool               `json:"new_store,omitempty"`
}

type countTotals struct {
	Lines   int64 `json:"lines"`
	Applied int64 `json:"applied"`
	Failed  int64 `json:"failed"`
}

type countLine struct {
	ProductID   string                `json:"product_id"`
	ProductSKU  string                `json:"product_sku"`
	ProductName string                `json:"product_name"`
	Counted     int64                 `json:"counted"`
	Quantity    int64                 `json:"quantity"`
	Difference  int64                 `json:"difference"`
	RowVersion  int64                 `json:"row_version"`
	CountedAt   string                `json:"counted_at"`
	State       ledger.CountLineState `json:"state"`
	Error       *countLineError       `json:"error,omitempty"`
}

// countLineError is the reason why a line was not booked.
type countLineError struct {
	Code         problem.Code `json:"code"`
	Detail       string       `json:"detail"`
	Reservations []heldUnits  `json:"reservations,omitempty"`
}

type heldUnits struct {
	ReservationID string `json:"reservation_id"`
	Quantity      int64  `json:"quantity"`
	ExpiresAt     string `json:"expires_at,omitempty"`
	CreatedAt     string `json:"created_at"`
}

func renderCount(c ledger.Count) count {
	return count{
		ID: c.ID, StoreID: c.StoreID, Status: c.Status, Reference: c.Reference, Totals: countTotals(c.Totals), Actor: c.Actor,
		Version: c.Version, CreatedAt: clock.Text(c.CreatedAt), UpdatedAt: clock.Text(c.UpdatedAt), NewStore: c.NewStore,
	}
}

func renderCountLines(storeID string, list []ledger.CountLine) []countLine {
	lines := make([]countLine, len(list))
	for i, l := range list {
		lines[i] = countLine{
			ProductID: l.ProductID, ProductSKU: l.Product.SKU, ProductName: l.Product.Name, Counted: l.Counted, Quantity: l.Quantity,
			Difference: l.Difference(), RowVersion: l.RowVersion, CountedAt: clock.Text(l.CountedAt), State: l.State,
		}
		if l.State != ledger.LineFailed {
			continue
		}
		p := l.Problem(storeID)
		lines[i].Error = &countLineError{Code: p.Code, Detail: p.Detail}
		for _, h := range l.Holds {
			lines[i].Error.Reservations = append(lines[i].Error.Reservations,
				heldUnits{h.ReservationID, h.Quantity, clock.Text(h.ExpiresAt), clock.Text(h.CreatedAt)})
		}
	}
	return lines
}

type openCountRequest struct {
	StoreID   string  `json:"store_id"`
	Reference *string `json:"reference"`
}

// openCount serves POST /stock/counts.
func (h handlers) openCount(c *gin.Context) error {
	r, err := httpapi.Decode[openCountRequest](c)
	if err != nil {
		return err
	}
	reference, err := httpapi.GivenText("reference", r.Reference)
	if err != nil {
		return err
	}
	params := ledger.OpenCountParams{StoreID: r.StoreID, Reference: reference}
	if err := params.Validate(); err != nil {
		return err
	}
	if err := httpapi.CallerOf(c).CheckStore("store_id", params.StoreID); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	opened, replayed, err := h.ledger.OpenCount(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/stock/counts/"+opened.ID)
	httpapi.Replayed(c, replayed)
	httpapi.SetETag(c, opened.Version)
	httpapi.JSON(c, http.StatusCreated, renderCount(opened))
	return nil
}

type countAnswer struct {
	count
	Lines      []countLine `json:"lines"`
	NextCursor string      `json:"next_cursor,omitempty"`
}

// getCount serves GET /stock/counts/{id}.
func (h handlers) getCount(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "state", "limit", "cursor"); err != nil {
		return err
	}
	text, ofState, err := httpapi.Query(c, "state")
	if err != nil {
		return err
	}
	var state *ledger.CountLineState
	if ofState {
		s := ledger.CountLineState(text)
		state = &s
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	found, err := h.ledger.FindCount(c.Request.Context(), c.Param("id"), httpapi.CallerOf(c).Stores())
	if err != nil {
		return err
	}
	list, err := h.ledger.CountLines(c.Request.Context(), found, state, page)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, countAnswer{
		count: renderCount(found), Lines: renderCountLines(found.StoreID, list.Items), NextCursor: httpapi.Cursor(c, list.Next),
	})
	return nil
}

type countsAnswer struct {
	Data       []count `json:"data"`
	NextCursor string  `json:"next_cursor,omitempty"`
}

// listCounts serves GET /stock/counts.
func (h handlers) listCounts(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "store_id", "status", "limit", "cursor"); err != nil {
		return err
	}
	f := ledger.CountFilter{Stores: httpapi.CallerOf(c).Stores()}
	store, ofStore, err := httpapi.Query(c, "store_id")
	if err != nil {
		return err
	}
	status, ofStatus, err := httpapi.Query(c, "status")
	if err != nil {
		return err
	}
	if ofStore {
		f.StoreID = &store
	}
	if ofStatus {
		s := ledger.CountStatus(status)
		f.Status = &s
	}
	if err := f.Validate(); err != nil {
		return err
	}
	if ofStore {
		if err := httpapi.CallerOf(c).CheckStore("store_id", store); err != nil {
			return err
		}
	}
	page, err := httpapi.PageOf(c, paging.Number)
	if err != nil {
		return err
	}
	list, err := h.ledger.Counts(c.Request.Context(), f, page)
	if err != nil {
		return err
	}
	data := make([]count, len(list.Items))
	for i, counted := range list.Items {
		data[i] = renderCount(counted)
	}
	httpapi.JSON(c, http.StatusOK, countsAnswer{Data: data, NextCursor: httpapi.Cursor(c, list.Next)})
	return nil
}

// appliedAnswer is an applied count with the first lines that failed.
type appliedAnswer struct {
	count
	Failed []countLine `json:"failed"`
}

// applyCount serves POST /stock/counts/{id}/apply. The time of a large count exceeds
// that of other requests.
func (h handlers) applyCount(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	applied, replayed, err := h.ledger.ApplyCount(ctx, c.Param("id"), httpapi.CallerOf(c).Stores(), once, httpserver.Draining(ctx))
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.SetETag(c, applied.Version)
	httpapi.JSON(c, http.StatusOK, appliedAnswer{renderCount(applied), renderCountLines(applied.StoreID, applied.Lines)})
	return nil
}

// discardCount serves POST /stock/counts/{id}/discard.
func (h handlers) discardCount(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	discarded, replayed, err := h.ledger.DiscardCount(c.Request.Context(), c.Param("id"), httpapi.CallerOf(c).Stores(), once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.SetETag(c, discarded.Version)
	httpapi.JSON(c, http.StatusOK, renderCount(discarded))
	return nil
}
