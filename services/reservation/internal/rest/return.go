package rest

import (
	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

type returnRequest struct {
	Lines     httpapi.List[unitsRequest] `json:"lines"`
	Restock   *bool                      `json:"restock"`
	Reason    httpapi.OptionalText       `json:"reason"`
	ToStoreID *string                    `json:"to_store_id"`
}

// returnUnits serves POST /reservations/{id}/return.
func (h handlers) returnUnits(c *gin.Context) error {
	r, err := httpapi.Decode[returnRequest](c)
	if err != nil {
		return err
	}
	params := reservation.ReturnParams{
		ID: c.Param("id"), Units: unitsOf(r.Lines), Restock: r.Restock == nil || *r.Restock,
		Reason: string(r.Reason),
	}
	if r.ToStoreID != nil {
		if *r.ToStoreID == "" {
			return problem.Invalid("to_store_id", "must be a store, or left out")
		}
		params.ToStoreID = *r.ToStoreID
	}
	if err := params.Validate(); err != nil {
		return err
	}
	return h.act(c, func(_ string, once idempotency.Request) (reservation.Reservation, bool, error) {
		if params.ToStoreID != "" {
			if err := httpapi.CallerOf(c).CheckStore("to_store_id", params.ToStoreID); err != nil {
				return reservation.Reservation{}, false, err
			}
		}
		return h.service.Return(c.Request.Context(), params, once)
	})
}
