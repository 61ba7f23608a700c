package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Route is a route that a document describes.
type Route struct {
	Method string
	Path   string // in gin's form, such as /products/:id
	Access string // the required access, as shown in a difference
	Public bool   // it needs no key
}

// Compare returns every difference between the routes and a document; nil when
// there is none. Each route must be described, each operation must have a route,
// and an operation has no security exactly when its route is Public.
func Compare(document []byte, routes []Route) []string {
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return []string{fmt.Sprintf("the document cannot be read: %v", err)}
	}
	described := map[string]json.RawMessage{}
	for path, item := range doc.Paths {
		for method, operation := range item {
			if slices.Contains(operationNames, method) {
				described[strings.ToUpper(method)+" "+path] = operation
			}
		}
	}
	var differences []string
	for _, r := range routes {
		name := r.Method + " " + openAPIPath(r.Path)
		operation, found := described[name]
		delete(described, name)
		if !found {
			differences = append(differences, name+" has a route but is not described")
		} else if isPublic(operation) != r.Public {
			differences = append(differences, fmt.Sprintf("%s is %s, which its security does not say", name, r.Access))
		}
	}
	for name := range described {
		differences = append(differences, name+" is described but has no route")
	}
	slices.Sort(differences)
	return differences
}

var operationNames = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// openAPIPath turns gin's /products/:id into /products/{id}.
func openAPIPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, isParam := strings.CutPrefix(part, ":"); isParam {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// isPublic reports whether an operation requires no key: security: [].
func isPublic(operation json.RawMessage) bool {
	var o struct {
		Security *[]any `json:"security"`
	}
	return json.Unmarshal(operation, &o) == nil && o.Security != nil && len(*o.Security) == 0
}
