package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
)

type pageResponse[T any] struct {
	Data []T `json:"data"`
	httpapi.Part
}

// sendPage sends one page of a list, each element of it rendered.
func sendPage[R, T any](c *gin.Context, page paging.Page, list paging.List[R], render func(R) T) {
	httpapi.JSON(c, http.StatusOK, pageResponse[T]{
		Data: paging.Map(list, render).Items, Part: httpapi.PartOf(c, page, list),
	})
}
