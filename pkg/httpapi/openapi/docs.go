package openapi

import (
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	swaggerfiles "github.com/swaggo/files/v2"
)

// docsPage and docsScript replace the page and the initializer of Swagger UI,
// which open a document on another host.
const docsPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/initializer.js"></script>
</body>
</html>
`

// A key that is entered stays in the page's memory: it is a secret, and storage
// of the browser would keep it for the next user of the machine.
//
// The page may be at /stock/docs: the document is then beside it, and the assets,
// the same for all services, at /docs.
const docsScript = `window.addEventListener("load", function () {
  window.ui = SwaggerUIBundle({
    url: location.pathname.replace(/\/docs(\/.*)?$/, "") + "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: false,
    displayRequestDuration: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout"
  });
});
`

// docsPolicy lets the page load and call nothing but its own host. Swagger UI
// sets styles by script, which needs no 'unsafe-inline', and has its icons in
// data URLs.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsAssets are the files of Swagger UI that the page needs, with their
// content types; the others are not served.
var docsAssets = map[string]string{
	"swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	"swagger-ui.css":       "text/css; charset=utf-8",
	"index.css":            "text/css; charset=utf-8",
	"favicon-32x32.png":    "image/png",
}

// Serve responds to path, as of /docs and /openapi.json, with openAPI, a JSON
// document, or with a file of Swagger UI for it. It reports whether there is such
// a file.
func Serve(w http.ResponseWriter, path string, openAPI []byte) bool {
	switch path {
	case "/openapi.json":
		ServeJSON(w, openAPI)
	case "/docs", "/docs/", "/docs/index.html":
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		send(w, "text/html; charset=utf-8", []byte(docsPage))
	case "/docs/initializer.js":
		send(w, "text/javascript; charset=utf-8", []byte(docsScript))
	default:
		name := strings.TrimPrefix(path, "/docs/")
		contentType, known := docsAssets[name]
		if !known {
			return false
		}
		content, err := fs.ReadFile(swaggerfiles.FS, name)
		if err != nil {
			return false
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		send(w, contentType, content)
	}
	return true
}

// ServeJSON responds with a JSON document.
func ServeJSON(w http.ResponseWriter, document []byte) { send(w, "application/json", document) }

func send(w http.ResponseWriter, contentType string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content)
}
