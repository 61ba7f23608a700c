package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/catalog/internal/store"
)

// storeItem is a store as clients see it.
type storeItem struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Timezone  string `json:"timezone"`
	Address   string `json:"address"`
	Active    bool   `json:"active"`
	Version   int64  `json:"version"`
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

func renderStore(s store.Store) storeItem {
	return storeItem{
		ID: s.ID, Name: s.Name, Timezone: s.Timezone, Address: s.Address, Active: s.Active,
		Version: s.Version, CreatedAt: clock.Text(s.CreatedAt), UpdatedAt: clock.Text(s.UpdatedAt),
	}
}

func sendStore(c *gin.Context, status int, s store.Store) {
	httpapi.SetETag(c, s.Version)
	httpapi.JSON(c, status, renderStore(s))
}

// storeRequest is the body of a full update: an absent or null text is empty, and a
// store is active unless the body denies it.
type storeRequest struct {
	ID       httpapi.OptionalText `json:"id"`
	Name     string               `json:"name"`
	Timezone httpapi.OptionalText `json:"timezone"`
	Address  httpapi.OptionalText `json:"address"`
	Active   *bool                `json:"active"`
}

// putStore serves PUT /stores/{id}.
func (h handlers) putStore(c *gin.Context) error {
	id, err := httpapi.StorePath(c, "store_id")
	if err != nil {
		return err
	}
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[storeRequest](c)
	if err != nil {
		return err
	}
	if r.ID != "" && string(r.ID) != id {
		return problem.Invalid("id", "must be the id of the path")
	}
	stored, created, err := h.stores.Put(c.Request.Context(), store.PutParams{
		ID: id, Version: version, New: c.GetHeader("If-None-Match") != "",
		Details: store.Details{
			Name: r.Name, Timezone: string(r.Timezone), Address: string(r.Address), Active: r.Active == nil || *r.Active,
		},
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		c.Header("Location", "/api/v1/stores/"+id)
	}
	sendStore(c, status, stored)
	return nil
}

// deleteStore serves DELETE /stores/{id}.
func (h handlers) deleteStore(c *gin.Context) error {
	id, err := httpapi.StorePath(c, "store_id")
	if err != nil {
		return err
	}
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	if err := h.stores.Delete(c.Request.Context(), store.DeleteParams{ID: id, Version: version}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// getStore serves GET /stores/{id}.
func (h handlers) getStore(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	id, err := httpapi.StorePath(c, "store_id")
	if err != nil {
		return err
	}
	if err := httpapi.CallerOf(c).CheckStore("store_id", id); err != nil {
		return err
	}
	s, err := h.stores.Get(c.Request.Context(), id)
	if err != nil {
		return err
	}
	sendStore(c, http.StatusOK, s)
	return nil
}

type storesAnswer struct {
	Data       []storeItem `json:"data"`
	NextCursor string      `json:"next_cursor,omitempty"`
}

// listStores serves GET /stores: the stores that the key may use.
func (h handlers) listStores(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	list, err := h.stores.List(c.Request.Context(), httpapi.CallerOf(c).Stores(), page)
	if err != nil {
		return err
	}
	a := storesAnswer{Data: make([]storeItem, len(list.Items)), NextCursor: httpapi.Cursor(c, list.Next)}
	for i, s := range list.Items {
		a.Data[i] = renderStore(s)
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
