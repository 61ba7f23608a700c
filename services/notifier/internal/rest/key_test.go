package rest_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	o := newSystemFixture(t, nil)
	ask := func(path, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/api/v1/key"+path, nil)
		r.Header.Set("X-API-Key", key)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		return w
	}
	for key, want := range map[string]string{
		keyAll:    `{"name":"All","access":"all"}`,
		keyRead:   `{"name":"Read","access":"read"}`,
		keyMadrid: `{"name":"Madrid","access":"stores","stores":["MAD-001"]}`,
		keyBoth:   `{"name":"Both","access":"stores","stores":["BCN-001","MAD-001"]}`,
	} {
		if w := ask("", key); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s, want %s", key, w.Code, w.Body, want)
		}
	}
	if w := ask("", "no-such-key"); w.Code != 401 {
		t.Errorf("an unknown key: %d %s", w.Code, w.Body)
	}
	if w := ask("?x=1", keyAll); w.Code != 400 {
		t.Errorf("an unknown parameter: %d %s", w.Code, w.Body)
	}
}
