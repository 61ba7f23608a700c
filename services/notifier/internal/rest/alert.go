package rest

import (
	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/alert"
)

// listAlerts serves GET /alerts.
func (h handlers) listAlerts(c *gin.Context) error {
	if err := httpapi.ListQuery(c, "store_id"); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Number)
	if err != nil {
		return err
	}
	caller := httpapi.CallerOf(c)
	filter := alert.Filter{Within: caller.Stores()}
	store, given, err := httpapi.Query(c, "store_id")
	if err != nil {
		return err
	}
	if given {
		var checks problem.Checks
		checks.StoreID("store_id", store)
		if err := checks.Err(); err != nil {
			return err
		}
		if err := caller.CheckStore("store_id", store); err != nil {
			return err
		}
		filter.StoreID = store
	}
	list, err := h.deps.Alerts.Alerts(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	sendPage(c, page, list, func(a alert.Alert) alert.Alert { return a })
	return nil
}
