package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
)

type pageResponse[T any] struct {
	Data       []T    `json:"data"`
	Total      int64  `json:"total"`
	Limit      int    `json:"limit"`
	Offset     int    `json:"offset"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// sendPage sends one page of a list, each element of it rendered.
func sendPage[R, T any](c *gin.Context, page paging.Page, list paging.List[R], render func(R) T) {
	httpapi.JSON(c, http.StatusOK, pageResponse[T]{
		Data: paging.Map(list, render).Items, Total: list.Total, Limit: page.Limit, Offset: page.Offset,
		NextCursor: httpapi.Cursor(c, list.Next),
	})
}
