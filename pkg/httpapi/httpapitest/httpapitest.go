// Package httpapitest compares a service's responses with its OpenAPI document
// while its tests run.
package httpapitest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

type object = map[string]any

// Contract returns a handler that passes each request on to h, which must serve
// its document at /openapi.json, and reports to t every difference from that
// document: an operation, a status, a content type or header that is missing, a
// response that does not fit its schema or has a member that is not described,
// unless the schema has additionalProperties; and, of requests that were
// served, a body that does not fit or a query parameter that is not described.
// Paths below /internal/ and /docs are not checked. The handler is safe for
// concurrent use and must not be used after t has ended.
func Contract(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, documentPath, http.NoBody))
	parsed, err := jsonschema.UnmarshalJSON(w.Body)
	if err != nil {
		t.Fatalf("GET %s returns %d: %v", documentPath, w.Code, err)
	}
	document, ok := parsed.(object)
	if !ok {
		t.Fatalf("GET %s does not return a JSON object", documentPath)
	}
	closeObjects(document)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) { return CompilePattern(text) })
	compiler.AssertFormat()
	if err := compiler.AddResource(documentName, document); err != nil {
		t.Fatal(err)
	}
	return &contract{t: t, next: h, document: document, compiler: compiler}
}

// closeObjects makes schemas refuse members that they do not describe. The
// document leaves them open, because later releases may add some.
func closeObjects(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			closeObjects(child)
		}
	case object:
		for _, child := range n {
			closeObjects(child)
		}
		_, hasMembers := n["properties"].(object)
		if _, said := n["additionalProperties"]; hasMembers && !said {
			n["additionalProperties"] = false
		}
	}
}

const (
	documentPath = "/openapi.json"
	documentName = "openapi.json"
)

type contract struct {
	t        testing.TB
	next     http.Handler
	document object

	mu       sync.Mutex // guards compiler
	compiler *jsonschema.Compiler
}

// ServeHTTP implements http.Handler.
func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			c.t.Errorf("read the body of %s %s: %v", r.Method, r.URL, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	recorded := httptest.NewRecorder()
	c.next.ServeHTTP(recorded, r)
	if path := r.URL.Path; path != documentPath && !strings.HasPrefix(path, "/internal/") && !strings.HasPrefix(path, "/docs") {
		if err := c.check(r, sent, recorded); err != nil {
			c.t.Errorf("%s %s → %d %s\ndoes not match the OpenAPI document: %v", r.Method, r.URL, recorded.Code, recorded.Body, err)
		}
	}
	maps.Copy(w.Header(), recorded.Header())
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}

func (c *contract) check(r *http.Request, sent []byte, w *httptest.ResponseRecorder) error {
	item, itemAt := c.path(r.URL.EscapedPath())
	method := strings.ToLower(r.Method)
	operation, described := item[method].(object)
	if !described {
		if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed && r.Method != http.MethodOptions {
			return fmt.Errorf("there is no such operation")
		}
		return nil
	}
	at := itemAt + "/" + method
	if w.Code < http.StatusBadRequest {
		if err := c.checkRequest(r, sent, item, operation, at); err != nil {
			return err
		}
	}
	status := strconv.Itoa(w.Code)
	responses, _ := operation["responses"].(object)
	if _, listed := responses[status]; !listed {
		status = "default"
	}
	response, at := c.follow(responses[status], at+"/responses/"+status)
	if response == nil {
		return fmt.Errorf("the status is not described")
	}
	headers, _ := response["headers"].(object)
	for name := range headers {
		optional := name == "Idempotency-Replayed" || name == "Retry-After" ||
			name == "Reservation-Status" && w.Header().Get("Idempotency-Replayed") == "" ||
			name == "ETag" && r.URL.Query().Has("as_of") // the past has no version to be changed
		if !optional && w.Header().Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	return c.checkContent(response, at, w.Header().Get("Content-Type"), w.Body.Bytes())
}

func (c *contract) checkRequest(r *http.Request, sent []byte, item, operation object, at string) error {
	known := c.queryParameters(item, operation)
	for name := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return fmt.Errorf("the query parameter %s is not described", name)
		}
	}
	body, at := c.follow(operation["requestBody"], at+"/requestBody")
	if len(sent) == 0 {
		if required, _ := body["required"].(bool); required {
			return fmt.Errorf("the request was served without its body")
		}
		return nil
	}
	// Only JSON has a schema; a body of lines is described by its type.
	if contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); contentType != "" && contentType != "application/json" {
		if content, _ := body["content"].(object); content[contentType] == nil {
			return fmt.Errorf("the request was served with the content type %s, which is not described", contentType)
		}
		return nil
	}
	return c.checkContent(body, at, "application/json", sent)
}

func (c *contract) queryParameters(nodes ...object) []string {
	var names []string
	for _, node := range nodes {
		list, _ := node["parameters"].([]any)
		for _, entry := range list {
			parameter, _ := c.follow(entry, "")
			if name, _ := parameter["name"].(string); parameter["in"] == "query" {
				names = append(names, name)
			}
		}
	}
	return names
}

// checkContent validates a body against the schema of a response or request,
// which is at the pointer at.
func (c *contract) checkContent(described object, at, contentType string, body []byte) error {
	content, _ := described["content"].(object)
	if len(content) == 0 {
		if len(body) > 0 {
			return fmt.Errorf("a body is not described")
		}
		return nil
	}
	if _, known := content[contentType]; !known {
		return fmt.Errorf("the content type %q is not described", contentType)
	}
	if !strings.HasSuffix(contentType, "json") || contentType == "application/x-ndjson" {
		return nil // only JSON has a schema; a body of lines is described by its type
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	c.mu.Lock()
	schema, err := c.compiler.Compile(documentName + "#" + at + "/content/" + escape(contentType) + "/schema")
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// path returns the path item for a path, and the pointer to it. Words of the
// path take precedence over parameters.
func (c *contract) path(path string) (item object, at string) {
	paths, _ := c.document["paths"].(object)
	best := ""
	for template := range paths {
		if matches(template, path) && (best == "" || strings.Count(template, "{") < strings.Count(best, "{")) {
			best = template
		}
	}
	item, _ = paths[best].(object)
	return item, "/paths/" + escape(best)
}

func matches(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, have, func(want, have string) bool {
		return want == have || strings.HasPrefix(want, "{") && have != ""
	})
}

// follow returns the described part of node, with the pointer to it: node
// itself, or the target of its $ref.
func (c *contract) follow(node any, at string) (object, string) {
	described, _ := node.(object)
	ref, isRef := described["$ref"].(string)
	if !isRef {
		return described, at
	}
	var target any = c.document
	for token := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		parent, _ := target.(object)
		target = parent[token]
	}
	described, _ = target.(object)
	return described, strings.TrimPrefix(ref, "#")
}

// escape returns a token of a JSON pointer in the form that a URL's fragment
// needs.
func escape(token string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
}
