package page

import (
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

// The binary has every file that the page loads.
func TestPage_Complete(t *testing.T) {
	answer, html := get(t, http.MethodGet, "/", nil)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	kinds := map[string]string{"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
	for _, found := range reference.FindAllStringSubmatch(html, -1) {
		path := found[1]
		if path == "/docs" {
			continue
		}
		asset, _ := get(t, http.MethodGet, path, nil)
		extension := path[strings.LastIndexByte(path, '.')+1:]
		if got := asset.Header.Get("Content-Type"); asset.StatusCode != http.StatusOK || got != kinds[extension] {
			t.Errorf("%s: %d %q", path, asset.StatusCode, got)
		}
		if got := asset.Header.Get("Cache-Control"); got != forever {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		delete(kinds, extension)
	}
	if len(kinds) != 0 {
		t.Errorf("the page loads none of %v", kinds)
	}
	if strings.Contains(html, "<style") || strings.Contains(html, "style=") || strings.Contains(html, "{{") {
		t.Error("the policy refuses something in the page, or it is not built")
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
	if _, err := load(fstest.MapFS{"dist/assets/a.js": {Data: []byte("1")}}); err == nil {
		t.Error("no error")
	}
}
