package httpapi_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/pkg/telemetry/tracing/tracingtest"
)

type row struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
}

// discard is a ResponseWriter that keeps its header map, so that only the
// server's side is measured.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkRoute compares an authenticated route, with every part of the
// middleware at work, with the same response from gin alone.
func BenchmarkRoute(b *testing.B) {
	response := row{"0198f1c2-7d5e-7000-8000-000000000001", "store-1", 12}
	serve := func(b *testing.B, h http.Handler) {
		w := &discard{http.Header{}}
		r := httptest.NewRequest("GET", "/api/v1/stock/p-1/store-1", nil)
		r.Header.Set("X-API-Key", "k-two")
		b.ReportAllocs()
		for b.Loop() {
			clear(w.header)
			h.ServeHTTP(w, r)
		}
	}
	b.Run("gin", func(b *testing.B) {
		gin.SetMode(gin.ReleaseMode)
		e := gin.New()
		e.GET("/api/v1/stock/:product_id/:store_id", func(c *gin.Context) { c.JSON(200, response) })
		serve(b, e)
	})
	ours := func(b *testing.B, o httpapi.Options) {
		o.Limits = httpapi.DefaultLimits()
		o.Limits.RateLimit, o.Limits.RateBurst = 1e9, 1e9
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil)) // level info, as in production
		a := mustNew(b, o)
		a.Handle("GET", "/api/v1/stock/:product_id/:store_id", httpapi.Reader, func(c *gin.Context) error {
			httpapi.JSON(c, 200, response)
			return nil
		})
		serve(b, a.Handler())
	}
	observe, err := telemetry.RegisterHTTP(prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("httpapi", func(b *testing.B) { ours(b, httpapi.Options{}) })
	b.Run("httpapi with metrics", func(b *testing.B) { ours(b, httpapi.Options{Observe: observe}) })
	b.Run("httpapi with metrics and traces", func(b *testing.B) {
		tracer, err := tracing.Open(b.Context(), tracing.Config{Endpoint: tracingtest.New(b).URL, SampleRatio: 1},
			tracing.Service{Name: "stock"}, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		defer tracer.Close()
		ours(b, httpapi.Options{Observe: observe, Tracer: tracer})
	})
}

func BenchmarkDecode(b *testing.B) {
	a := mustNew(b, httpapi.Options{})
	type hold struct {
		ProductID  string `json:"product_id"`
		StoreID    string `json:"store_id"`
		CustomerID string `json:"customer_id"`
		Quantity   int64  `json:"quantity"`
	}
	a.Handle("POST", "/in", httpapi.Public, func(c *gin.Context) error {
		_, err := httpapi.Decode[hold](c)
		return err
	})
	const body = `{"product_id":"0198f1c2-7d5e-7000-8000-000000000001","store_id":"store-1","customer_id":"c-1","quantity":2}`
	w := &discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		a.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/in", strings.NewReader(body)))
	}
}
