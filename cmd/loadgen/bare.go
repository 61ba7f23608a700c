package main

import (
	"context"
	"flag"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
)

type bareRequest struct {
	ProductID  string `json:"product_id"`
	StoreID    string `json:"store_id"`
	CustomerID string `json:"customer_id"`
	Quantity   int64  `json:"quantity"`
}

type bareAnswer struct {
	ID         string `json:"id"`
	ProductID  string `json:"product_id"`
	StoreID    string `json:"store_id"`
	CustomerID string `json:"customer_id"`
	Quantity   int64  `json:"quantity"`
	Status     string `json:"status"`
	ExpiresAt  string `json:"expires_at"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
}

// bareCommand serves a reservation without storing anything: gin reads the same
// request and sends the same response.
func bareCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bare", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:0", "address to listen on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/ready", func(c *gin.Context) { c.Status(http.StatusOK) })
	engine.POST(reservePath, func(c *gin.Context) {
		var r bareRequest
		if err := c.ShouldBindJSON(&r); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		id, now := process.NewID(), events.FormatTime(time.Now())
		c.Header("Cache-Control", "no-store")
		c.Header("ETag", `"1"`)
		c.Header("Location", reservePath+"/"+id)
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("X-Request-Id", id)
		c.JSON(http.StatusCreated, bareAnswer{
			ID: id, ProductID: r.ProductID, StoreID: r.StoreID, CustomerID: r.CustomerID,
			Quantity: r.Quantity, Status: "pending", ExpiresAt: now, CreatedAt: now, UpdatedAt: now,
		})
	})
	server, err := httpserver.New(*addr, engine, nil)
	if err != nil {
		return err
	}
	return server.Run(ctx)
}
