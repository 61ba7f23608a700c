package rest

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// movementOfRow is a movement in a list or an export of several rows.
type movementOfRow struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	movement
}

func renderMovementOfRow(m ledger.Movement) movementOfRow {
	return movementOfRow{ProductID: m.ProductID, StoreID: m.StoreID, movement: renderMovement(m)}
}

type searchMovementsAnswer struct {
	Data       []movementOfRow `json:"data"`
	NextCursor string          `json:"next_cursor,omitempty"`
}

// searchMovements serves GET /stock/movements.
func (h handlers) searchMovements(c *gin.Context) error {
	err := httpapi.KnownQuery(c, "product_id", "store_id", "kind", "actor", "reference", "from", "to", "limit", "cursor")
	if err != nil {
		return err
	}
	f, err := movementSearch(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text, paging.Number)
	if err != nil {
		return err
	}
	list, err := h.ledger.SearchMovements(c.Request.Context(), f, page)
	if err != nil {
		return err
	}
	a := searchMovementsAnswer{Data: make([]movementOfRow, len(list.Items)), NextCursor: httpapi.Cursor(c, list.Next)}
	for i, m := range list.Items {
		a.Data[i] = renderMovementOfRow(m)
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

// movementSearch returns the filter of the query and of the caller's key.
func movementSearch(c *gin.Context) (f ledger.MovementSearch, err error) {
	var store, kind string
	for name, into := range map[string]*string{"store_id": &store, "product_id": &f.ProductID, "kind": &kind, "reference": &f.Reference} {
		var given bool
		if *into, given, err = httpapi.Query(c, name); err != nil {
			return f, err
		}
		if given && *into == "" {
			return f, problem.Invalid(name, "must not be empty")
		}
	}
	f.Kind = ledger.MovementKind(kind)
	if f.Actor, err = httpapi.QueryActor(c); err != nil {
		return f, err
	}
	for name, into := range map[string]**time.Time{"from": &f.From, "to": &f.To} {
		if *into, err = httpapi.QueryTime(c, name); err != nil {
			return f, err
		}
	}
	if err := f.Validate(); err != nil {
		return f, err
	}
	f.Stores, err = storesOf(c, store)
	return f, err
}
