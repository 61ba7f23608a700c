// Package page serves the live page for store operators. Its files are embedded
// from dist, which "make page" builds from services/notifier/web.
package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// policy allows the page to load from and call its own host only, and no frame may
// show it. Its forms are sent by script only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

const (
	index = "/"
	// forever is for the assets: their names hold a hash of their content.
	forever = "public, max-age=31536000, immutable"
	// always makes browsers request the index each time, so that a new version is
	// shown at once; in most cases the response is 304.
	always = "no-cache"
)

type file struct {
	content     []byte
	contentType string
	etag        string
	cache       string
}

// Page serves the live page at / and its assets below /assets/. It is safe for
// concurrent use.
type Page struct {
	files map[string]file // by path
}

// New returns the page that the binary holds.
func New() (*Page, error) { return load(dist) }

func load(tree fs.FS) (*Page, error) {
	p := &Page{files: map[string]file{}}
	err := fs.WalkDir(tree, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		f := file{content: content, contentType: contentType(name), cache: forever}
		sum := sha256.Sum256(content)
		f.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
		at := strings.TrimPrefix(name, "dist")
		if at == "/index.html" {
			at, f.cache = index, always
		}
		p.files[at] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	if _, ok := p.files[index]; !ok {
		return nil, fmt.Errorf("read the page: %w", fs.ErrNotExist)
	}
	return p, nil
}

// contentType returns the type of a file, independent of the tables of the machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(path.Ext(name))
	}
}

// Serve responds to a GET or HEAD of one of the page's files. It reports whether the
// request is one.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request) bool {
	f, ok := p.files[r.URL.Path]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", f.etag)
	if matches(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(f.content)))
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return true
	}
	_, _ = w.Write(f.content) // the reader has gone
	return true
}

// matches compares weakly, as If-None-Match requires; * matches every tag.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || candidate == etag {
			return true
		}
	}
	return false
}
