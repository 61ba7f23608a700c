package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/catalogwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/services/catalog/internal/store"
)

// findStore serves GET /internal/v1/stores/{id}: stock asks for a store that it does
// not know.
func (h handlers) findStore(c *gin.Context) error {
	s, err := h.stores.Get(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, catalogwire.Store{ID: s.ID, Version: s.Version})
	return nil
}

// useStores serves POST /internal/v1/used-stores: stock announces the stores that it
// uses.
func (h handlers) useStores(c *gin.Context) error {
	r, err := httpapi.Decode[catalogwire.UsedStores](c)
	if err != nil {
		return err
	}
	used := make([]store.Used, len(r.Stores))
	for i, s := range r.Stores {
		used[i] = store.Used{ID: s.ID, Version: s.Version, Actor: s.Actor}
	}
	stores, err := h.stores.Use(c.Request.Context(), used)
	if err != nil {
		return err
	}
	a := catalogwire.Stores{Stores: make([]catalogwire.Store, len(stores))}
	for i, s := range stores {
		a.Stores[i] = catalogwire.Store{ID: s.ID, Version: s.Version, Deleted: s.Deleted}
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
