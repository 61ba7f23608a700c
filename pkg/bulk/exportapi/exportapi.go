// Package exportapi is the HTTP side of exports: it writes a list of any length as
// CSV or NDJSON with bounded memory, page by page, so that no snapshot of the
// database outlasts a page.
package exportapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// PageLimit is how many items a page has.
const PageLimit = 500

// Format is the form of an export.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	NDJSON Format = "ndjson"
)

// FormatOf returns the format that the query parameter format or, without it, the
// header Accept asks for; CSV when both leave it open.
func FormatOf(c *gin.Context) (Format, error) {
	text, given, err := httpapi.Query(c, "format")
	if err != nil {
		return "", err
	}
	if given {
		if f := Format(text); f == CSV || f == NDJSON {
			return f, nil
		}
		return "", problem.Invalid("format", "must be csv or ndjson")
	}
	for accepted := range strings.SplitSeq(c.GetHeader("Accept"), ",") {
		mediaType, _, _ := strings.Cut(strings.TrimSpace(accepted), ";")
		switch strings.ToLower(strings.TrimSpace(mediaType)) {
		case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json":
			return NDJSON, nil
		case "text/csv", "application/csv", "text/*":
			return CSV, nil
		}
	}
	return CSV, nil
}

// Table is an export of items of type T.
type Table[T any] struct {
	Name    string // of the file, without its extension
	Columns []string
	// Records returns the CSV records of an item. Cells are texts; Run keeps each of
	// them from being a formula.
	Records func(item T) [][]string
	// Document returns the NDJSON object of an item.
	Document func(item T) any
}

// Whole returns the cell of a whole number.
func Whole(n int64) string { return strconv.FormatInt(n, 10) }

// Pages returns a page of a list after a key, nil for the beginning. A page may be
// empty and the list go on.
type Pages[T any] func(ctx context.Context, page paging.Page) (paging.List[T], error)

// Run serves an export: a GET on a route of HandleStream whose query was checked. An
// error before the first page is a problem document; a later one breaks the response
// off, so that a part of the list does not look complete. So does a client that reads
// nothing for half a minute; one that reads slowly gets the next page when it has taken
// the one before.
func Run[T any](c *gin.Context, table Table[T], pages Pages[T]) error {
	return run(c, table, pages, httpapi.Unread)
}

func run[T any](c *gin.Context, table Table[T], pages Pages[T], unread time.Duration) error {
	format, err := FormatOf(c)
	if err != nil {
		return err
	}
	page := paging.Page{Limit: PageLimit}
	list, err := pages(c.Request.Context(), page)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Disposition", `attachment; filename="`+table.Name+"."+string(format)+`"`)
	h.Set("X-Accel-Buffering", "no")
	h.Set("Content-Type", "text/csv")
	to := httpapi.NewPieces(c.Writer, unread)
	defer to.End()
	write := csvWriter(to, table)
	if format == NDJSON {
		h.Set("Content-Type", "application/x-ndjson")
		write = documentWriter(to, table)
	}
	c.Writer.WriteHeader(http.StatusOK)
	for {
		if err := write(list.Items); err != nil {
			return nil // the client has left, or reads nothing
		}
		if list.Next == nil {
			return nil
		}
		page.After = list.Next
		if list, err = pages(c.Request.Context(), page); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// csvWriter returns the function that writes a page as CSV, the first one after the
// header.
func csvWriter[T any](to httpapi.Pieces, table Table[T]) func([]T) error {
	page := appendRecord(nil, table.Columns)
	return func(items []T) error {
		for _, item := range items {
			for _, record := range table.Records(item) {
				page = appendRecord(page, record)
			}
		}
		_, err := to.Write(page)
		page = page[:0]
		return cmp.Or(err, to.Flush())
	}
}

// appendRecord appends a CSV record. Unlike that of encoding/csv, a cell that ends with
// a space is quoted, because many readers, our import among them, remove spaces around
// a cell.
func appendRecord(to []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			to = append(to, ',')
		}
		cell = bulk.Cell(cell)
		if cell == strings.TrimSpace(cell) && !strings.ContainsAny(cell, "\",\r\n") {
			to = append(to, cell...)
			continue
		}
		to = append(to, '"')
		to = append(to, strings.ReplaceAll(cell, `"`, `""`)...)
		to = append(to, '"')
	}
	return append(to, '\n')
}

func documentWriter[T any](to httpapi.Pieces, table Table[T]) func([]T) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return func(items []T) error {
		for _, item := range items {
			if err := encoder.Encode(table.Document(item)); err != nil {
				return err
			}
		}
		return to.Flush()
	}
}
