package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
)

// rowStore is the database of the hand-made server, which has all that a good engineer
// writes in an afternoon: every granted unit is durable. It has no keys of callers, no
// idempotency, no expiry and no audit, and its events stay where they are written.
type rowStore interface {
	create(ctx context.Context, product, store string, units int64) error
	// reserve takes the units and records the reservation, or reports false.
	reserve(ctx context.Context, id string, r bareRequest) (bool, error)
	confirm(ctx context.Context, id string) (bool, error)
	available(ctx context.Context, product, store string) (int64, error)
	close()
}

// yardstickCommand serves the hand-made server.
func yardstickCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("yardstick", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:0", "address to listen on")
	redisAddr := flags.String("redis", "", "address of Redis")
	postgresURL := flags.String("postgres", "", "URL of PostgreSQL (instead of Redis)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var store rowStore
	var err error
	switch {
	case *redisAddr != "":
		store = newRedisRows(*redisAddr)
	case *postgresURL != "":
		store, err = newPostgresRows(ctx, *postgresURL)
	default:
		err = errors.New("one of -redis and -postgres is required")
	}
	if err != nil {
		return err
	}
	defer store.close()
	server, err := httpserver.New(*addr, yardstick(store), nil)
	if err != nil {
		return err
	}
	return server.Run(ctx)
}

// yardstick returns the handler of the hand-made server.
func yardstick(store rowStore) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /api/v1/products", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusCreated, map[string]string{"id": process.NewID()})
	})
	mux.HandleFunc("POST /api/v1/stock", func(w http.ResponseWriter, r *http.Request) {
		var row struct {
			ProductID string `json:"product_id"`
			StoreID   string `json:"store_id"`
			Quantity  int64  `json:"initial_quantity"`
		}
		if err := json.NewDecoder(r.Body).Decode(&row); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		finish(w, store.create(r.Context(), row.ProductID, row.StoreID, row.Quantity), http.StatusCreated, row)
	})
	mux.HandleFunc("GET /api/v1/stock/{product}/{store}", func(w http.ResponseWriter, r *http.Request) {
		available, err := store.available(r.Context(), r.PathValue("product"), r.PathValue("store"))
		finish(w, err, http.StatusOK, map[string]int64{"available": available})
	})
	mux.HandleFunc("POST "+reservePath, func(w http.ResponseWriter, r *http.Request) { createReservation(w, r, store) })
	mux.HandleFunc("POST "+reservePath+"/{id}/confirm", func(w http.ResponseWriter, r *http.Request) {
		confirmed, err := store.confirm(r.Context(), r.PathValue("id"))
		if err == nil && !confirmed {
			answer(w, http.StatusConflict, map[string]string{"code": "INVALID_STATE"})
			return
		}
		finish(w, err, http.StatusOK, map[string]string{"id": r.PathValue("id"), "status": "confirmed"})
	})
	return mux
}

func createReservation(w http.ResponseWriter, r *http.Request, store rowStore) {
	var request bareRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || request.Quantity <= 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	id := process.NewID()
	granted, err := store.reserve(r.Context(), id, request)
	if err == nil && !granted {
		answer(w, http.StatusConflict, map[string]string{"code": "INSUFFICIENT_STOCK"})
		return
	}
	now := time.Now()
	w.Header().Set("Location", reservePath+"/"+id)
	finish(w, err, http.StatusCreated, bareAnswer{
		ID: id, ProductID: request.ProductID, StoreID: request.StoreID, CustomerID: request.CustomerID, Quantity: request.Quantity,
		Status: "pending", ExpiresAt: events.FormatTime(now.Add(15 * time.Minute)), CreatedAt: events.FormatTime(now), UpdatedAt: events.FormatTime(now),
	})
}

// finish responds with the body, or with the failure of the server.
func finish(w http.ResponseWriter, err error, status int, body any) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, status, body)
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
