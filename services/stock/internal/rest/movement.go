package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// movement is a change of a quantity as clients see it.
type movement struct {
	Kind          ledger.MovementKind `json:"kind"`
	Change        int64               `json:"change"`
	Quantity      int64               `json:"quantity"`
	Version       int64               `json:"version"`
	Reason        string              `json:"reason"`
	Actor         string              `json:"actor,omitempty"`
	ReservationID string              `json:"reservation_id,omitempty"`
	Reference     string              `json:"reference,omitempty"`
	TransferID    string              `json:"transfer_id,omitempty"`
	CountID       string              `json:"count_id,omitempty"`
	FromState     ledger.State        `json:"from_state,omitempty"`
	ToState       ledger.State        `json:"to_state,omitempty"`
	Units         int64               `json:"units,omitempty"` // that changed their state
	Unavailable   states              `json:"unavailable,omitzero"`
	CreatedAt     string              `json:"created_at"`
}

func renderMovement(m ledger.Movement) movement {
	return movement{
		Kind: m.Kind, Change: m.Change, Quantity: m.Quantity, Version: m.Version, Reason: m.Reason, Actor: m.Actor,
		ReservationID: m.ReservationID, Reference: m.Reference, TransferID: m.TransferID, CountID: m.CountID,
		FromState: m.From, ToState: m.To, Units: m.Units, Unavailable: states(m.Unavailable), CreatedAt: clock.Text(m.CreatedAt),
	}
}

type movementsAnswer struct {
	ProductID string     `json:"product_id"`
	StoreID   string     `json:"store_id"`
	Movements []movement `json:"movements"`
	Count     int        `json:"count"`
	httpapi.Part
}

type asOfAnswer struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	AsOf      string `json:"as_of"`
	Quantity  int64  `json:"quantity"`
}

// movements serves GET /stock/{product_id}/{store_id}/movements.
func (h handlers) movements(c *gin.Context) error {
	if _, asked, err := httpapi.Query(c, "as_of"); asked || err != nil {
		return h.quantityAt(c)
	}
	if err := httpapi.ListQuery(c, "actor"); err != nil {
		return err
	}
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text, paging.Number)
	if err != nil {
		return err
	}
	actor, err := httpapi.QueryActor(c)
	if err != nil {
		return err
	}
	filter := ledger.MovementFilter{ProductID: productID, StoreID: storeID, Actor: actor}
	list, err := h.ledger.Movements(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	a := movementsAnswer{
		ProductID: productID, StoreID: storeID, Movements: make([]movement, len(list.Items)),
		Count: len(list.Items), Part: httpapi.PartOf(c, page, list),
	}
	for i, m := range list.Items {
		a.Movements[i] = renderMovement(m)
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

// quantityAt responds with the quantity at a time; parameters of a page are refused.
func (h handlers) quantityAt(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "as_of"); err != nil {
		return err
	}
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	at, err := httpapi.QueryTime(c, "as_of")
	if err != nil {
		return err
	}
	quantity, err := h.ledger.QuantityAt(c.Request.Context(), productID, storeID, *at)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, asOfAnswer{
		ProductID: productID, StoreID: storeID, AsOf: clock.Text(*at), Quantity: quantity,
	})
	return nil
}
