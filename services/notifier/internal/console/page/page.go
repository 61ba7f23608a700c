// Package page serves the two pages for people: the console below /console/, and the
// live page of store operators at /. Their files are embedded. "make console" builds
// those of console-dist from the folder console of the repository, and "make page"
// those of dist from services/notifier/web.
package page

import (
	"bytes"
	"compress/gzip"
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
	"sync"
)

//go:embed dist console-dist
var embedded embed.FS

// sites are the embedded folders and the paths below which they are served.
var sites = []site{{folder: "dist", path: "/"}, {folder: "console-dist", path: "/console/"}}

type site struct{ folder, path string }

// policy allows the page to load from and call its own host only, and no frame may
// show it. Its forms are sent by script only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

const (
	// forever is for the assets: their names hold a hash of their content.
	forever = "public, max-age=31536000, immutable"
	// always makes browsers request the index each time, so that a new version is
	// shown at once; in most cases the response is 304.
	always = "no-cache"
)

type file struct {
	content     []byte
	compressed  []byte // with gzip
	contentType string
	tag         string // the entity tag without its quotes
	cache       string
}

// Page serves the live page at / and the console below /console/, with their assets.
// It is safe for concurrent use.
type Page struct {
	files map[string]file // by path
}

// New returns the pages that the binary has. They are compressed once for the process.
func New() (*Page, error) { return once() }

var once = sync.OnceValues(func() (*Page, error) { return load(embedded) })

func load(tree fs.FS) (*Page, error) {
	p := &Page{files: map[string]file{}}
	for _, s := range sites {
		if err := p.add(tree, s); err != nil {
			return nil, fmt.Errorf("read the page of %s: %w", s.path, err)
		}
	}
	return p, nil
}

// add reads the files of s, of which one must be its index.
func (p *Page) add(tree fs.FS, s site) error {
	err := fs.WalkDir(tree, s.folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		f := file{content: content, contentType: contentType(name), cache: forever}
		if f.compressed, err = compress(content); err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		f.tag = hex.EncodeToString(sum[:12])
		at := s.path + strings.TrimPrefix(name, s.folder+"/")
		if at == s.path+"index.html" {
			at, f.cache = s.path, always
		}
		p.files[at] = f
		return nil
	})
	if err != nil {
		return err
	}
	if _, ok := p.files[s.path]; !ok {
		return fs.ErrNotExist
	}
	return nil
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// find returns the file of a path. Each path of the console is a screen, which its
// index shows, unless it is below the console's assets.
func (p *Page) find(at string) (file, bool) {
	if f, ok := p.files[at]; ok {
		return f, true
	}
	if at == "/console" || strings.HasPrefix(at, "/console/") && !strings.HasPrefix(at, "/console/assets/") {
		return p.files["/console/"], true
	}
	return file{}, false
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

// Serve responds to a GET or HEAD of one of the pages' files. It reports whether the
// request is one.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request) bool {
	f, ok := p.find(r.URL.Path)
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	content, etag := f.content, `"`+f.tag+`"`
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		content, etag = f.compressed, `"`+f.tag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return true
	}
	_, _ = w.Write(content) // the reader has gone
	return true
}

// acceptsGzip reports whether an Accept-Encoding header names gzip and does not
// refuse it. A client that only sends * gets the file as it is.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			value, _ := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
			q, err := strconv.ParseFloat(value, 64)
			return weight == "" || err == nil && q > 0
		}
	}
	return false
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
