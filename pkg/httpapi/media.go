package httpapi

import (
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// MediaType returns the media type of the request's body, "" when the request
// names none. A Content-Type that cannot be read or names another charset than
// UTF-8, and a Content-Encoding, are UnsupportedMediaType problems; a header
// that appears twice is a ValidationError.
func MediaType(c *gin.Context) (string, error) {
	h := c.Request.Header
	for _, name := range []string{"Content-Type", "Content-Encoding"} {
		if len(h[name]) > 1 {
			return "", problem.Invalid(name, "must appear only once")
		}
	}
	if coding := header(h, "Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		c.Writer.Header()["Accept-Encoding"] = []string{"identity"}
		return "", problem.New(problem.UnsupportedMediaType, "The body must be sent without a Content-Encoding.")
	}
	text := header(h, "Content-Type")
	if text == "" || text == valueJSON[0] {
		return text, nil
	}
	mediaType, parameters, err := mime.ParseMediaType(text)
	if err != nil {
		return "", problem.New(problem.UnsupportedMediaType, "The Content-Type is not a media type.")
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", problem.New(problem.UnsupportedMediaType, "The charset of the Content-Type must be utf-8.")
	}
	return mediaType, nil
}

// checkJSON returns an UnsupportedMediaType problem unless the body is JSON by
// its Content-Type. A body without a Content-Type counts as JSON.
func checkJSON(c *gin.Context) error {
	if r := c.Request; r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil
	}
	mediaType, err := MediaType(c)
	if err != nil {
		return err
	}
	isJSON := mediaType == "" || mediaType == valueJSON[0] ||
		strings.HasPrefix(mediaType, "application/") && strings.HasSuffix(mediaType, "+json")
	if !isJSON {
		c.Writer.Header()["Accept"] = valueJSON
		return problem.New(problem.UnsupportedMediaType, "The body must be JSON, with Content-Type: application/json.")
	}
	return nil
}
