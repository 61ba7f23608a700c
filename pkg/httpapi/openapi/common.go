package openapi

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
				parameters, _ := o["parameters"].([]any)
				o["parameters"] = append(parameters, object{"$ref": "#/components/parameters/IfNoneMatch"})
			}
		}
	}
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
