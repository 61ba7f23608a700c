package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// pageParams are the query parameters that PageOf reads.
var pageParams = []string{"limit", "offset", "page", "page_size", "cursor"}

// The bounds of a page.
const (
	DefaultPageLimit = 20
	MaxPageLimit     = 100
)

// maxPageOffset keeps offset plus limit within a 32 bit number, far beyond any
// list.
const maxPageOffset = math.MaxInt32 - MaxPageLimit

// maxPageNumber keeps the offset of a page of any size within maxPageOffset.
const maxPageNumber = maxPageOffset/MaxPageLimit + 1

// maxCursor bounds a cursor, in characters. The keys of every list are shorter.
const maxCursor = 2048

// PageOf returns the page that the query selects: by limit and offset, by page
// (from 1) and page_size, or by cursor and limit. columns are the types of the
// list's key. Mixing the three, values out of range, and a cursor that Cursor
// has not created for this list with these filters, are a ValidationError
// problem.
func PageOf(c *gin.Context, columns ...paging.Column) (paging.Page, error) {
	if c.Request.URL.RawQuery == "" {
		return paging.Page{Limit: DefaultPageLimit}, nil
	}
	limit, limitErr := QueryInt(c, "limit", 1, MaxPageLimit)
	offset, offsetErr := QueryInt(c, "offset", 0, maxPageOffset)
	number, numberErr := QueryInt(c, "page", 1, maxPageNumber)
	size, sizeErr := QueryInt(c, "page_size", 1, MaxPageLimit)
	cursor, byCursor, cursorErr := Query(c, "cursor")
	for _, err := range []error{limitErr, offsetErr, numberErr, sizeErr, cursorErr} {
		if err != nil {
			return paging.Page{}, err
		}
	}
	paged := number != nil || size != nil
	if byCursor {
		if paged || offset != nil {
			return paging.Page{}, problem.Invalid("cursor", "cannot be used together with offset, page and page_size")
		}
		after, err := keyOf(c, cursor, columns)
		return paging.Page{Limit: int(or(limit, DefaultPageLimit)), After: after}, err
	}
	if paged && (limit != nil || offset != nil) {
		return paging.Page{}, problem.Invalid("page", "and page_size cannot be used together with limit and offset")
	}
	if !paged {
		return paging.Page{Limit: int(or(limit, DefaultPageLimit)), Offset: int(or(offset, 0))}, nil
	}
	perPage := or(size, DefaultPageLimit)
	return paging.Page{Limit: int(perPage), Offset: int((or(number, 1) - 1) * perPage)}, nil
}

func or(value *int64, absent int64) int64 {
	if value == nil {
		return absent
	}
	return *value
}

// Cursor returns the cursor of the page after key, for the list and the filters
// of this request, or nothing for a nil key. Clients send it back unchanged:
// its form may change with any release, and a cursor of another form is
// refused.
func Cursor(c *gin.Context, key paging.Key) string {
	if key == nil {
		return ""
	}
	content, err := json.Marshal(append([]any{listOf(c)}, key...))
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return base64.RawURLEncoding.EncodeToString(content)
}

// listOf returns a short name of the list and the filters of this request: a
// key has a meaning only within one order of one set of rows.
func listOf(c *gin.Context) string {
	filters := url.Values{}
	values, err := queryOf(c)
	if err == nil {
		for name, given := range values {
			if !slices.Contains(pageParams, name) {
				filters[name] = given
			}
		}
	}
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, c.Request.URL.EscapedPath()+"?"+filters.Encode())
	return fmt.Sprintf("%x", hash.Sum64())
}

// keyOf returns the key in a cursor.
func keyOf(c *gin.Context, cursor string, columns []paging.Column) (paging.Key, error) {
	malformed := problem.Invalid("cursor", "must be a next_cursor of this list")
	if len(cursor) > maxCursor {
		return nil, malformed
	}
	content, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || !utf8.Valid(content) {
		return nil, malformed
	}
	var parts []any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(&parts); err != nil || len(parts) != len(columns)+1 {
		return nil, malformed
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed
	}
	if parts[0] != listOf(c) {
		return nil, problem.Invalid("cursor", "must be a next_cursor of this list with the same filters")
	}
	key := make(paging.Key, len(columns))
	for i, column := range columns {
		if key[i] = valueOf(parts[i+1], column); key[i] == nil {
			return nil, malformed
		}
	}
	return key, nil
}

// valueOf returns a value of a decoded cursor, nil when it is not of its
// column's type.
func valueOf(value any, column paging.Column) any {
	switch v := value.(type) {
	case string:
		if column == paging.Text && !strings.Contains(v, "\x00") {
			return v
		}
	case json.Number:
		if n, err := v.Int64(); err == nil && column == paging.Number {
			return n
		}
	}
	return nil
}
