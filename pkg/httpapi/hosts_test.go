package httpapi_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestHosts(t *testing.T) {
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := httpapi.ParseHosts("Stock, inventory.example ,192.0.2.10,2001:db8::10")
	if err != nil {
		t.Fatal(err)
	}
	a := mustNew(t, httpapi.Options{Hosts: hosts})
	a.Handle("GET", "/thing", httpapi.Public, func(c *gin.Context) error {
		c.Status(http.StatusNoContent)
		return nil
	})
	ask := func(a *httpapi.API, host, peer string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/thing", http.NoBody)
		r.Host, r.RemoteAddr = host, peer
		connection := &net.TCPAddr{IP: net.ParseIP("198.51.100.5"), Port: 8080}
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, connection))
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		return w
	}
	for _, host := range []string{
		"localhost", "localhost:8080", "LocalHost.", "inventory.localhost:80", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "[::1]",
		own, own + ":8080", "stock:8082", "STOCK", "inventory.example", "192.0.2.10:1", "[2001:db8::10]:80", "198.51.100.5:8080",
		"[::ffff:198.51.100.5]:80", "",
	} {
		if w := ask(a, host, visitor); w.Code != http.StatusNoContent {
			t.Errorf("%q: %d", host, w.Code)
		}
	}
	for _, host := range []string{
		"evil.example", "evil.example:8080", "localhost.evil.example", "evillocalhost", "inventory.example.evil.example", "198.51.100.6",
		"[2001:db8::11]", "stock.evil.example:8082", "127.0.0.1.evil.example", "localhost:8080:80",
	} {
		w := ask(a, host, visitor)
		httpapitest.WantProblem(t, w, http.StatusForbidden, problem.Forbidden)
		if w := ask(a, host, ""); w.Code != http.StatusNoContent {
			t.Errorf("%q from within the process: %d", host, w.Code)
		}
		if w := ask(mustNew(t, httpapi.Options{}), host, visitor); w.Code != http.StatusNotFound {
			t.Errorf("%q without Hosts: %d", host, w.Code)
		}
	}
	for _, text := range []string{"stock:8082", "http://stock", "*", "a,,b", "[stock]", "a b"} {
		if _, err := httpapi.ParseHosts(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestHosts_everyRoute(t *testing.T) {
	hosts, err := httpapi.ParseHosts("")
	if err != nil {
		t.Fatal(err)
	}
	a := mustNew(t, httpapi.Options{Hosts: hosts})
	for _, path := range []string{"/health", "/ready", "/metrics", "/openapi.json", "/docs", "/nothing"} {
		httpapitest.WantProblem(t, sendRequest(a, "GET", "http://evil.example"+path, "", "X-API-Key", "k-all"), http.StatusForbidden, problem.Forbidden)
	}
}
