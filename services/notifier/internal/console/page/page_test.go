package page

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, method, path string, header http.Header) (*http.Response, string) {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	if !p.Serve(w, r) {
		w.WriteHeader(http.StatusNotFound)
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

var reference = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

// The binary has every file that the pages load.
func TestPage_Complete(t *testing.T) {
	for at, assets := range map[string]string{"/": "/assets/", "/console/": "/console/assets/"} {
		answer, html := get(t, http.MethodGet, at, nil)
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: %d %s", at, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
		kinds := map[string]string{"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
		for _, found := range reference.FindAllStringSubmatch(html, -1) {
			path := found[1]
			if path == "/docs" {
				continue
			}
			asset, _ := get(t, http.MethodGet, path, nil)
			extension := path[strings.LastIndexByte(path, '.')+1:]
			if got := asset.Header.Get("Content-Type"); asset.StatusCode != http.StatusOK || got != kinds[extension] || !strings.HasPrefix(path, assets) {
				t.Errorf("%s: %d %q", path, asset.StatusCode, got)
			}
			if got := asset.Header.Get("Cache-Control"); got != forever {
				t.Errorf("%s: Cache-Control %q", path, got)
			}
			delete(kinds, extension)
		}
		if len(kinds) != 0 {
			t.Errorf("%s loads none of %v", at, kinds)
		}
		if strings.Contains(html, "<style") || strings.Contains(html, "style=") || strings.Contains(html, "{{") {
			t.Errorf("%s: the policy refuses something in the page, or it is not built", at)
		}
	}
}

// Each path of the console is a screen, so its links can be sent and reloaded.
func TestPage_Screens(t *testing.T) {
	_, want := get(t, http.MethodGet, "/console/", nil)
	for _, path := range []string{"/console", "/console/stock", "/console/products/A%2F1", "/console/reservations"} {
		if answer, html := get(t, http.MethodGet, path, nil); answer.StatusCode != http.StatusOK || html != want || answer.Header.Get("Cache-Control") != always {
			t.Errorf("%s: %d, %d bytes", path, answer.StatusCode, len(html))
		}
	}
	for _, path := range []string{"/console/assets/none.js", "/consoles"} {
		if answer, _ := get(t, http.MethodGet, path, nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// The first load of a browser is small, and compressed when the browser accepts it.
func TestPage_Compressed(t *testing.T) {
	const limit = 200 << 10
	_, html := get(t, http.MethodGet, "/console/", nil)
	paths := []string{"/console/"}
	for _, found := range reference.FindAllStringSubmatch(html, -1) {
		if strings.HasPrefix(found[1], "/console/assets/") {
			paths = append(paths, found[1])
		}
	}
	total := 0
	for _, path := range paths {
		plain, want := get(t, http.MethodGet, path, nil)
		answer, body := get(t, http.MethodGet, path, http.Header{"Accept-Encoding": {"br, gzip;q=0.8"}})
		if answer.Header.Get("Content-Encoding") != "gzip" || answer.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("ETag") == answer.Header.Get("ETag") {
			t.Fatalf("%s: %v", path, answer.Header)
		}
		unpacked, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(unpacked); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
		total += len(body)
	}
	if t.Logf("%d files, %d bytes", len(paths), total); total > limit {
		t.Errorf("the first load has %d bytes, more than %d", total, limit)
	}
	for _, header := range []string{"", "br", "gzip;q=0", "gzip; q=0.0", "*"} {
		if answer, _ := get(t, http.MethodGet, "/console/", http.Header{"Accept-Encoding": {header}}); answer.Header.Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding %q: %v", header, answer.Header)
		}
	}
}

func TestPage_Headers(t *testing.T) {
	for _, path := range []string{"/", "/assets/none.js"} {
		answer, _ := get(t, http.MethodGet, path, nil)
		if path != "/" {
			if answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", path, answer.StatusCode)
			}
			continue
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": always,
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

func TestPage_NotModified(t *testing.T) {
	first, body := get(t, http.MethodGet, "/", nil)
	etag := first.Header.Get("ETag")
	for _, sent := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
		again, text := get(t, http.MethodGet, "/", http.Header{"If-None-Match": {sent}})
		if again.StatusCode != http.StatusNotModified || text != "" || again.Header.Get("ETag") != etag {
			t.Errorf("If-None-Match %s: %d, %d bytes", sent, again.StatusCode, len(text))
		}
	}
	if other, text := get(t, http.MethodGet, "/", http.Header{"If-None-Match": {`"other"`}}); other.StatusCode != http.StatusOK || text != body {
		t.Errorf("%d", other.StatusCode)
	}
	if head, text := get(t, http.MethodHead, "/", nil); head.StatusCode != http.StatusOK || text != "" || head.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: %d, %d bytes, length %d", head.StatusCode, len(text), head.ContentLength)
	}
}

func TestLoad_NoIndex(t *testing.T) {
	index := &fstest.MapFile{Data: []byte("1")}
	for _, tree := range []fstest.MapFS{
		{"dist/assets/a.js": index, "console-dist/index.html": index},
		{"dist/index.html": index, "console-dist/assets/a.js": index},
		{"dist/index.html": index},
	} {
		if _, err := load(tree); err == nil {
			t.Errorf("no error for %v", tree)
		}
	}
}
