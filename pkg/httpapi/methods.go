package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// methods has, for each path in gin's form, the handler of each method.
//
// A path with a word where another one has a parameter, as /stock/store/:id
// beside /stock/:product/:store, has the methods of its own routes alone,
// because its word is never the parameter's value. gin would send a method that
// only the other path has to that path's route.
type methods map[string]map[string]*methodHandler

// methodHandler is the handler of one route of gin. isOther marks a method that
// the path does not have.
type methodHandler struct {
	endpoint *endpoint
	isOther  bool
}

// addMethod makes e the handler of a method of path.
func (a *API) addMethod(method, path string, e *endpoint) {
	if present := a.methods[path][method]; present != nil && present.isOther {
		*present = methodHandler{endpoint: e}
	} else {
		a.route(method, path, &methodHandler{endpoint: e})
	}
	for other := range a.methods {
		switch {
		case other == path:
		case covers(path, other):
			a.refuse(method, other)
		case covers(other, path):
			for m := range a.methods[other] {
				a.refuse(m, path)
			}
		}
	}
}

// refuse excludes a method of a more general path from path.
func (a *API) refuse(method, path string) {
	if a.methods[path][method] == nil {
		a.route(method, path, &methodHandler{endpoint: &endpoint{handle: a.handleOtherMethod}, isOther: true})
	}
}

func (a *API) route(method, path string, r *methodHandler) {
	a.engine.Handle(method, path, func(c *gin.Context) { a.serve(c, r.endpoint) })
	if a.methods[path] == nil {
		a.methods[path] = map[string]*methodHandler{}
	}
	a.methods[path][method] = r
}

// handleOtherMethod responds to a method that the path does not have, with its
// methods in Allow. The response to OPTIONS has Allow alone.
func (a *API) handleOtherMethod(c *gin.Context) error {
	allowed := []string{http.MethodOptions}
	for method, r := range a.methods[a.pathOf(c)] {
		if !r.isOther {
			allowed = append(allowed, method)
		}
	}
	slices.Sort(allowed)
	c.Writer.Header().Set("Allow", strings.Join(allowed, ", "))
	if c.Request.Method != http.MethodOptions {
		return errNoMethod
	}
	c.Status(http.StatusNoContent)
	return nil
}

// pathOf returns the path, in gin's form, of the request's resource: the most
// special of those that match.
func (a *API) pathOf(c *gin.Context) (path string) {
	given := c.Request.URL.RawPath // as gin matches it
	if given == "" {
		given = c.Request.URL.Path
	}
	for candidate := range a.methods {
		if covers(candidate, given) && (path == "" || covers(path, candidate)) {
			path = candidate
		}
	}
	return path
}

// covers reports whether a path in gin's form matches every path that the other
// one matches.
func covers(path, other string) bool {
	parts, others := strings.Split(path, "/"), strings.Split(other, "/")
	for i, part := range parts {
		switch {
		case i >= len(others):
			return false
		case strings.HasPrefix(part, "*"):
			return true
		case strings.HasPrefix(part, ":"):
			if others[i] == "" || strings.HasPrefix(others[i], "*") {
				return false
			}
		case part != others[i]:
			return false
		}
	}
	return len(parts) == len(others)
}
