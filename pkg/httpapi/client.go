package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"inventory.example/pkg/problem"
)

// maxProblemBytes bounds the part of a problem document that is read.
const maxProblemBytes = 64 << 10

// maxRetryAfterSeconds bounds the Retry-After that a caller gets, from this
// service or from another that it calls.
const maxRetryAfterSeconds = 3600

// ReadProblem turns the problem document of another service back into a
// *problem.Error, with RetryAfter from its header; numbers among the Members
// are json.Number. A response that is not a problem document with a known code
// and that code's status gives an error that names the status only. The body is
// read up to 64 KiB and left open: the caller closes it.
func ReadProblem(resp *http.Response) error {
	unexpected := fmt.Errorf("unexpected response with status %d", resp.StatusCode)
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || mediaType != valueProblem[0] {
		return unexpected
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxProblemBytes))
	if err != nil {
		return fmt.Errorf("read problem document with status %d: %w", resp.StatusCode, err)
	}
	var d document
	members := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if json.Unmarshal(text, &d) != nil || decoder.Decode(&members) != nil {
		return unexpected
	}
	if k, known := kinds[d.Code]; !known || k.status != resp.StatusCode {
		return unexpected
	}
	for _, name := range reservedMembers {
		delete(members, name)
	}
	p := &problem.Error{Code: d.Code, Detail: d.Detail, Fields: d.Errors}
	if len(members) > 0 {
		p.Members = members
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfter = time.Duration(min(seconds, maxRetryAfterSeconds)) * time.Second
	}
	return p
}
