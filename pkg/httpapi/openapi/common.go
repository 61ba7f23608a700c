package openapi

import (
	"fmt"
	"maps"
	"slices"
)

// addCommonResponses adds to each operation the responses of the middleware to
// all of its kind: with a body, the refusal of one that is too long or of
// another media type; with an entity tag, the response to a caller that has the
// version.
func addCommonResponses(merged object) {
	paths, _ := merged["paths"].(object)
	for _, item := range paths {
		operations, _ := item.(object)
		for method, operation := range operations {
			o, _ := operation.(object)
			responses, _ := o["responses"].(object)
			if responses == nil {
				continue
			}
			if o["requestBody"] != nil {
				addReference(responses, "413", "responses/PayloadTooLarge")
				addReference(responses, "415", "responses/UnsupportedMediaType")
			}
			if method == "get" && hasETag(merged, responses["200"]) {
				addReference(responses, "304", "responses/NotModified")
				o["parameters"] = withParameter(o["parameters"], "IfNoneMatch")
			}
		}
	}
}

// withParameter adds a reference to a component to parameters, unless it is there.
func withParameter(parameters any, component string) []any {
	list, _ := parameters.([]any)
	ref := "#/components/parameters/" + component
	if slices.ContainsFunc(list, func(p any) bool {
		parameter, _ := p.(object)
		return parameter["$ref"] == ref
	}) {
		return list
	}
	return append(list, object{"$ref": ref})
}

// checkParameters returns an error if an operation has a parameter twice.
func checkParameters(merged object) error {
	paths, _ := merged["paths"].(object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		operations, _ := paths[path].(object)
		for method, operation := range operations {
			o, _ := operation.(object)
			list, _ := o["parameters"].([]any)
			seen := map[[2]any]bool{}
			for _, parameter := range list {
				p, _ := parameter.(object)
				if ref, isReference := p["$ref"].(string); isReference {
					p, _ = follow(merged, ref).(object)
				}
				key := [2]any{p["in"], p["name"]}
				if seen[key] {
					return fmt.Errorf("OpenAPI document: %s %s has the parameter %v twice", method, path, p["name"])
				}
				seen[key] = true
			}
		}
	}
	return nil
}

// addReference refers to a component unless the operation has a description of
// its own.
func addReference(responses object, status, component string) {
	if responses[status] == nil {
		responses[status] = object{"$ref": "#/components/" + component}
	}
}

// hasETag reports whether a response, or the component that it refers to, has
// the header ETag.
func hasETag(root object, response any) bool {
	r, _ := response.(object)
	if ref, isReference := r["$ref"].(string); isReference {
		r, _ = follow(root, ref).(object)
	}
	headers, _ := r["headers"].(object)
	return headers["ETag"] != nil
}
