package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

type pageAnswer[T any] struct {
	Data   []T   `json:"data"`
	Total  int64 `json:"total"`
	Limit  int   `json:"limit"`
	Offset int   `json:"offset"`
}

// answerPage sends one page of a list, each element of it rendered.
func answerPage[R, T any](c *gin.Context, page httpapi.Page, list []R, total int64, render func(R) T) {
	a := pageAnswer[T]{Data: make([]T, len(list)), Total: total, Limit: page.Limit, Offset: page.Offset}
	for i, r := range list {
		a.Data[i] = render(r)
	}
	httpapi.JSON(c, http.StatusOK, a)
}
