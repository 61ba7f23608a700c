package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// query is the request's query string, parsed at most once.
type query struct {
	parsed bool
	values url.Values
	err    error
}

func queryOf(c *gin.Context) (url.Values, error) {
	q := &callOf(c).query
	if !q.parsed {
		q.parsed = true
		if raw := c.Request.URL.RawQuery; raw != "" {
			var err error
			if q.values, err = url.ParseQuery(raw); err != nil {
				q.err = problem.Invalid("query", "is not percent-encoded correctly")
			}
		}
	}
	return q.values, q.err
}

// Query returns a query parameter, false when it is absent. A query string
// that is malformed, or the parameter given twice, is a ValidationError
// problem.
func Query(c *gin.Context, name string) (string, bool, error) {
	values, err := queryOf(c)
	if err != nil {
		return "", false, err
	}
	switch given := values[name]; len(given) {
	case 0:
		return "", false, nil
	case 1:
		return given[0], true, nil
	default:
		return "", false, problem.Invalid(name, "must appear only once")
	}
}

// KnownQuery returns a ValidationError problem that names every query parameter
// that is not among names or appears twice, or the malformed query string.
func KnownQuery(c *gin.Context, names ...string) error { return KnownQueryAndLists(c, nil, names...) }

// KnownQueryAndLists is KnownQuery for a query with lists, see QueryList; they
// may appear more than once.
func KnownQueryAndLists(c *gin.Context, lists []string, names ...string) error {
	values, err := queryOf(c)
	if err != nil || len(values) == 0 {
		return err
	}
	var checks problem.Checks
	given := make([]string, 0, len(values))
	for name := range values {
		given = append(given, name)
	}
	slices.Sort(given)
	for _, name := range given {
		if slices.Contains(lists, name) {
			continue
		}
		shown := shorten(name)
		checks.Require(slices.Contains(names, name), shown, "is not a known query parameter")
		checks.Require(len(values[name]) == 1, shown, "must appear only once")
	}
	return checks.Err()
}

// QueryList returns the members of a query parameter that is a list: it may
// appear more than once, and each value may have several members, separated by
// commas. It is nil when the parameter is absent. A query string that is
// malformed is a ValidationError problem.
func QueryList(c *gin.Context, name string) (list []string, err error) {
	values, err := queryOf(c)
	if err != nil {
		return nil, err
	}
	for _, value := range values[name] {
		list = append(list, strings.Split(value, ",")...)
	}
	return list, nil
}

// QueryInt returns a whole number from the query, nil when it is absent. One
// that is malformed or not from minimum to maximum is a ValidationError
// problem.
func QueryInt(c *gin.Context, name string, minimum, maximum int64) (*int64, error) {
	text, given, err := Query(c, name)
	if err != nil || !given {
		return nil, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	// ParseInt accepts a plus sign, which is a mistake in a query.
	if err != nil || text[0] == '+' || n < minimum || n > maximum {
		return nil, problem.Invalid(name, "must be a whole number from %d to %d", minimum, maximum)
	}
	return &n, nil
}

// QueryBool returns a query parameter that is true or false, nil when it is
// absent. Any other value is a ValidationError problem.
func QueryBool(c *gin.Context, name string) (*bool, error) {
	text, given, err := Query(c, name)
	if err != nil || !given {
		return nil, err
	}
	if text != "true" && text != "false" {
		return nil, problem.Invalid(name, "must be true or false")
	}
	b := text == "true"
	return &b, nil
}

// QueryTime returns a query parameter that is a time in RFC 3339 form, nil when
// it is absent. Any other value, and a time whose year in UTC does not have
// four digits, is a ValidationError problem.
func QueryTime(c *gin.Context, name string) (*time.Time, error) {
	text, given, err := Query(c, name)
	if err != nil || !given {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, text)
	at = at.UTC()
	if year := at.Year(); err != nil || year < 0 || year > 9999 {
		// In a query a plus sign is a space.
		return nil, problem.Invalid(name, "must be a time in RFC 3339 form, such as 2026-03-28T15:04:05Z (a + must be sent as %%2B)")
	}
	return &at, nil
}

// StorePath returns the path parameter name, which must be a store id;
// otherwise a ValidationError problem.
func StorePath(c *gin.Context, name string) (string, error) {
	id := c.Param(name)
	var checks problem.Checks
	checks.StoreID(name, id)
	if err := checks.Err(); err != nil {
		return "", err
	}
	return id, nil
}

// AfterOf returns the part of a list that is selected by its keys: after, the
// last key that the caller has seen, and limit, at most and by default the
// maximum. Unlike an offset, a key stays right while the list changes. Any
// other query parameter is a ValidationError problem.
func AfterOf(c *gin.Context, maximum int64) (after string, limit int, err error) {
	if err := KnownQuery(c, "after", "limit"); err != nil {
		return "", 0, err
	}
	if after, _, err = Query(c, "after"); err != nil {
		return "", 0, err
	}
	n, err := QueryInt(c, "limit", 1, maximum)
	return after, int(or(n, maximum)), err
}
