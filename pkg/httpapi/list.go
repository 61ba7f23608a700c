package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/paging"
)

// Part describes which part of a list a response has. The responses of lists
// embed it.
type Part struct {
	Total      int64  `json:"total"`
	Limit      int    `json:"limit"`
	Offset     int    `json:"offset"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// PartOf returns the Part of a list that was read for page.
func PartOf[T any](c *gin.Context, page paging.Page, list paging.List[T]) Part {
	return Part{Total: list.Total, Limit: page.Limit, Offset: page.Offset, NextCursor: Cursor(c, list.Next)}
}

// ListQuery is KnownQuery for a list: with the parameters of a page and with
// filters.
func ListQuery(c *gin.Context, filters ...string) error {
	return KnownQuery(c, slices.Concat(filters, pageParams)...)
}

// Read returns the handler of a GET that has no parameters and responds with the
// value that read returns.
func Read[T any](read func(context.Context) (T, error)) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if err := KnownQuery(c); err != nil {
			return err
		}
		value, err := read(c.Request.Context())
		if err != nil {
			return err
		}
		JSON(c, http.StatusOK, value)
		return nil
	}
}

// ReadAfter returns the handler of a GET that reads a list by its keys, at most
// maximum elements, and responds with their response; see AfterOf.
func ReadAfter[T, R any](maximum int64, read func(ctx context.Context, after string, limit int) ([]T, error), response func([]T) R) func(*gin.Context) error {
	return func(c *gin.Context) error {
		after, limit, err := AfterOf(c, maximum)
		if err != nil {
			return err
		}
		list, err := read(c.Request.Context(), after, limit)
		if err != nil {
			return err
		}
		JSON(c, http.StatusOK, response(list))
		return nil
	}
}
