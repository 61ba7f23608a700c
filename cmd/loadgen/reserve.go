package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	reservePath = "/api/v1/reservations"
	apiKey      = "bench-key-of-the-load-generator"
	storeID     = "BENCH-001"
	hotQuantity = 1_000_000_000
)

// reserveCommand measures granted reservations per second on one hot row, in
// alternation with the bare handler, each server in a process of its own.
func reserveCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("reserve", flag.ContinueOnError)
	binary := flags.String("inventory", "bin/inventory", "the inventory binary")
	clients := flags.Int("clients", 64, "concurrent clients")
	seconds := flags.Int("seconds", 4, "length of each run")
	pairs := flags.Int("pairs", 5, "runs of each server")
	synchronous := flags.String("synchronous", "FULL", "SQLite's synchronous setting")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-reserve-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	inventory, err := startServer(ctx, *binary, []string{"serve"}, func(port string) []string {
		return []string{
			"SERVER_PORT=" + port, "LISTEN_HOST=127.0.0.1", "DATA_DIR=" + dir, "API_KEYS=" + apiKey + ":Bench",
			"LOG_LEVEL=warn", "SQLITE_SYNCHRONOUS=" + *synchronous,
		}
	})
	if err != nil {
		return err
	}
	defer inventory.stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bare, err := startServer(ctx, self, nil, nil)
	if err != nil {
		return err
	}
	defer bare.stop()
	body, err := prepare(ctx, inventory.addr)
	if err != nil {
		return fmt.Errorf("prepare the hot row: %w", err)
	}
	fmt.Printf("POST %s on one row, %d clients, %d runs of %d s each, synchronous=%s, all on this machine\n\n",
		reservePath, *clients, *pairs, *seconds, *synchronous)
	granted, err := alternate(ctx, target{inventory.addr, body}, target{bare.addr, body}, *clients, *pairs, time.Duration(*seconds)*time.Second)
	if err != nil {
		return err
	}
	if err := verify(ctx, inventory.addr, body, granted); err != nil {
		return err
	}
	size, err := folderSize(dir)
	if err != nil {
		return err
	}
	inventory.stop()
	used := inventory.command.ProcessState
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(granted) }
	fmt.Printf("reserved in the row = granted = %d; each took %.0f µs of user and %.0f µs of system time of the server, %.1f KB on disk\n",
		granted, each(used.UserTime()), each(used.SystemTime()), float64(size)/1024/float64(granted))
	return nil
}

// alternate loads both targets in turn, prints each pair, and returns how many
// reservations the first granted in all.
func alternate(ctx context.Context, a, b target, clients, pairs int, duration time.Duration) (int, error) {
	// One short run of each lets connections, files and caches come up.
	warmA, err := load(ctx, a, clients, time.Second)
	if err != nil {
		return 0, err
	}
	if _, err := load(ctx, b, clients, time.Second); err != nil {
		return 0, err
	}
	granted := warmA.granted
	var ratesA, ratesB, ratios []float64
	for i := range pairs {
		sampleA, err := load(ctx, a, clients, duration)
		if err != nil {
			return 0, err
		}
		sampleB, err := load(ctx, b, clients, duration)
		if err != nil {
			return 0, err
		}
		granted += sampleA.granted
		ratesA, ratesB = append(ratesA, sampleA.rate()), append(ratesB, sampleB.rate())
		ratios = append(ratios, sampleA.rate()/sampleB.rate())
		fmt.Printf("  %d: %7.0f granted/s   bare gin %7.0f/s   ratio %.2f%s\n", i+1, sampleA.rate(), sampleB.rate(),
			ratios[i], describe(sampleA.failures))
	}
	fmt.Printf("\nmedian %.0f granted/s, bare gin %.0f/s, ratio %.2f\n", median(ratesA), median(ratesB), median(ratios))
	return granted, nil
}

func describe(failures map[int]int) string {
	if len(failures) == 0 {
		return ""
	}
	return fmt.Sprintf("   not granted, by status: %v", failures)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// prepare makes the product and its row and returns the request to send.
func prepare(ctx context.Context, addr string) ([]byte, error) {
	var product struct {
		ID string `json:"id"`
	}
	err := post(ctx, addr, "/api/v1/products", map[string]any{"sku": "BENCH", "name": "Hot row"}, &product)
	if err != nil {
		return nil, err
	}
	err = post(ctx, addr, "/api/v1/stock", map[string]any{
		"product_id": product.ID, "store_id": storeID, "initial_quantity": hotQuantity,
	}, nil)
	if err != nil {
		return nil, err
	}
	return json.Marshal(bareRequest{ProductID: product.ID, StoreID: storeID, CustomerID: "customer-1", Quantity: 1})
}

// verify checks that what was granted is what is reserved.
func verify(ctx context.Context, addr string, body []byte, granted int) error {
	var r bareRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	var row struct {
		Reserved int `json:"reserved"`
	}
	if err := call(ctx, http.MethodGet, addr, "/api/v1/stock/"+r.ProductID+"/"+storeID, nil, &row); err != nil {
		return err
	}
	if row.Reserved != granted {
		return fmt.Errorf("%d were granted, but %d are reserved", granted, row.Reserved)
	}
	return nil
}

func post(ctx context.Context, addr, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return call(ctx, http.MethodPost, addr, path, text, answer)
}

func call(ctx context.Context, method, addr, path string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-API-Key", apiKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func folderSize(dir string) (size int64, err error) {
	err = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// server is a child process that serves HTTP.
type server struct {
	addr    string
	command *exec.Cmd
}

// startServer starts a program on a free port of this machine and waits until
// it is ready. Without arguments the program is the bare handler.
func startServer(ctx context.Context, program string, args []string, environment func(port string) []string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	if args == nil {
		args = []string{"bare", "-addr", addr}
	}
	command := exec.CommandContext(ctx, program, args...)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if environment != nil {
		command.Env = append(os.Environ(), environment(addr[strings.LastIndex(addr, ":")+1:])...)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s (run make build first): %w", program, err)
	}
	s := &server{addr: addr, command: command}
	deadline := time.Now().Add(20 * time.Second)
	for call(ctx, http.MethodGet, addr, "/ready", nil, nil) != nil {
		if time.Now().After(deadline) || ctx.Err() != nil {
			s.stop()
			return nil, errors.New(program + " did not become ready")
		}
		time.Sleep(20 * time.Millisecond)
	}
	return s, nil
}

// stop ends the process and waits for it; a second call does nothing.
func (s *server) stop() {
	if s.command.ProcessState != nil {
		return
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait()
}
