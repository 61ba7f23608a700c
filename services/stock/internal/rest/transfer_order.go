package rest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// transferOrder is a transfer that takes time, as clients see it.
type transferOrder struct {
	ID          string                `json:"id"`
	FromStoreID string                `json:"from_store_id,omitempty"`
	Supplier    string                `json:"supplier,omitempty"`
	ToStoreID   string                `json:"to_store_id"`
	Status      ledger.TransferStatus `json:"status"`
	Reference   string                `json:"reference,omitempty"`
	ExpectedAt  string                `json:"expected_at,omitempty"`
	Lines       []transferLine        `json:"lines"`
	Actor       string                `json:"actor"`
	Version     int64                 `json:"version"`
	CreatedAt   string                `json:"created_at"`
	UpdatedAt   string                `json:"updated_at"`
	NewStore    bool                  `json:"new_store,omitempty"`
}

type transferLine struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Shipped   int64  `json:"shipped"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
	OnTheWay  int64  `json:"on_the_way"`
}

func renderTransferOrder(t ledger.TransferOrder) transferOrder {
	lines := make([]transferLine, len(t.Lines))
	for i, l := range t.Lines {
		lines[i] = transferLine{l.ProductID, l.Quantity, l.Shipped, l.Received, l.Damaged, l.Lost, l.OnTheWay()}
	}
	return transferOrder{
		ID: t.ID, FromStoreID: t.FromStore, Supplier: t.Supplier, ToStoreID: t.ToStore, Status: t.Status, Reference: t.Reference,
		ExpectedAt: clock.Text(t.ExpectedAt), Lines: lines, Actor: t.Actor, Version: t.Version,
		CreatedAt: clock.Text(t.CreatedAt), UpdatedAt: clock.Text(t.UpdatedAt),
		NewStore: t.NewStore,
	}
}

// sendTransferOrder responds with an order and its entity tag.
func sendTransferOrder(c *gin.Context, status int, t ledger.TransferOrder, replayed bool) {
	httpapi.Replayed(c, replayed)
	httpapi.SetETag(c, t.Version)
	httpapi.JSON(c, status, renderTransferOrder(t))
}

type transferOrderRequest struct {
	FromStoreID *string               `json:"from_store_id"`
	Supplier    *string               `json:"supplier"`
	ToStoreID   string                `json:"to_store_id"`
	Reference   *string               `json:"reference"`
	ExpectedAt  *time.Time            `json:"expected_at"`
	Lines       []transferLineRequest `json:"lines"`
}

type transferLineRequest struct {
	productName
	Quantity int64 `json:"quantity"`
}

func (r transferOrderRequest) params() (ledger.TransferOrderParams, error) {
	from, err := httpapi.GivenText("from_store_id", r.FromStoreID)
	if err != nil {
		return ledger.TransferOrderParams{}, err
	}
	supplier, err := httpapi.GivenText("supplier", r.Supplier)
	if err != nil {
		return ledger.TransferOrderParams{}, err
	}
	reference, err := httpapi.GivenText("reference", r.Reference)
	if err != nil {
		return ledger.TransferOrderParams{}, err
	}
	p := ledger.TransferOrderParams{
		FromStore: from, Supplier: supplier, ToStore: r.ToStoreID, Reference: reference,
		Lines: make([]ledger.TransferLineParams, len(r.Lines)),
	}
	if r.ExpectedAt != nil {
		p.ExpectedAt = *r.ExpectedAt
	}
	for i, l := range r.Lines {
		productID, sku, err := l.texts("lines." + strconv.Itoa(i) + ".")
		if err != nil {
			return ledger.TransferOrderParams{}, err
		}
		p.Lines[i] = ledger.TransferLineParams{ProductID: productID, SKU: sku, Quantity: l.Quantity}
	}
	return p, nil
}

// requestTransfer serves POST /transfers.
func (h handlers) requestTransfer(c *gin.Context) error {
	r, err := httpapi.Decode[transferOrderRequest](c)
	if err != nil {
		return err
	}
	params, err := r.params()
	if err != nil {
		return err
	}
	if err := params.Validate(); err != nil {
		return err
	}
	caller := httpapi.CallerOf(c)
	if params.FromStore != "" {
		if err := caller.CheckStore("from_store_id", params.FromStore); err != nil {
			return err
		}
	}
	if err := caller.CheckStore("to_store_id", params.ToStore); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	t, replayed, err := h.ledger.RequestTransfer(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/transfers/"+t.ID)
	sendTransferOrder(c, http.StatusCreated, t, replayed)
	return nil
}

// getTransfer serves GET /transfers/{id}.
func (h handlers) getTransfer(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	t, err := h.ledger.FindTransfer(c.Request.Context(), c.Param("id"), httpapi.CallerOf(c).Stores())
	if err != nil {
		return err
	}
	sendTransferOrder(c, http.StatusOK, t, false)
	return nil
}

// shipTransfer serves POST /transfers/{id}/ship.
func (h handlers) shipTransfer(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	t, replayed, err := h.ledger.ShipTransfer(c.Request.Context(), c.Param("id"), httpapi.CallerOf(c).Stores(), once)
	if err != nil {
		return err
	}
	sendTransferOrder(c, http.StatusOK, t, replayed)
	return nil
}

type receiptRequest struct {
	Lines []receiptLine `json:"lines"`
}

type receiptLine struct {
	ProductID string `json:"product_id"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
}

// receiveTransfer serves POST /transfers/{id}/receive.
func (h handlers) receiveTransfer(c *gin.Context) error {
	r, err := httpapi.Decode[receiptRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	receipts := make([]ledger.Receipt, len(r.Lines))
	for i, l := range r.Lines {
		receipts[i] = ledger.Receipt(l)
	}
	t, replayed, err := h.ledger.ReceiveTransfer(c.Request.Context(), c.Param("id"), receipts, httpapi.CallerOf(c).Stores(), once)
	if err != nil {
		return err
	}
	sendTransferOrder(c, http.StatusOK, t, replayed)
	return nil
}

type transferCancelRequest struct {
	Reason httpapi.OptionalText `json:"reason"`
}

// cancelTransfer serves POST /transfers/{id}/cancel.
func (h handlers) cancelTransfer(c *gin.Context) error {
	r, err := httpapi.DecodeOptional[transferCancelRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	t, replayed, err := h.ledger.CancelTransfer(c.Request.Context(), c.Param("id"), string(r.Reason), httpapi.CallerOf(c).Stores(), once)
	if err != nil {
		return err
	}
	sendTransferOrder(c, http.StatusOK, t, replayed)
	return nil
}

type transfersAnswer struct {
	Data       []transferOrder `json:"data"`
	NextCursor string          `json:"next_cursor,omitempty"`
}

// listTransfers serves GET /transfers. A key of some stores sees the transfers whose
// stores are all its own.
func (h handlers) listTransfers(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "store_id", "status", "limit", "cursor"); err != nil {
		return err
	}
	f, err := transferFilter(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Number)
	if err != nil {
		return err
	}
	list, err := h.ledger.Transfers(c.Request.Context(), f, page)
	if err != nil {
		return err
	}
	data := make([]transferOrder, len(list.Items))
	for i, t := range list.Items {
		data[i] = renderTransferOrder(t)
	}
	httpapi.JSON(c, http.StatusOK, transfersAnswer{Data: data, NextCursor: httpapi.Cursor(c, list.Next)})
	return nil
}

// transferFilter returns the filter of the query and of the caller's key.
func transferFilter(c *gin.Context) (f ledger.TransferFilter, err error) {
	f.Stores = httpapi.CallerOf(c).Stores()
	storeID, ofStore, err := httpapi.Query(c, "store_id")
	if err != nil {
		return f, err
	}
	status, ofStatus, err := httpapi.Query(c, "status")
	if err != nil {
		return f, err
	}
	if ofStatus {
		s := ledger.TransferStatus(status)
		f.Status = &s
	}
	if ofStore {
		f.StoreID = &storeID
	}
	if err := f.Validate(); err != nil || !ofStore {
		return f, err
	}
	return f, httpapi.CallerOf(c).CheckStore("store_id", storeID)
}
