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
// alternation with the bare handler, or with another build of the system, each
// server in a process of its own.
func reserveCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("reserve", flag.ContinueOnError)
	binary := flags.String("inventory", "bin/inventory", "the inventory binary")
	other := flags.String("beside", "", "another inventory binary to measure beside it, such as one of before a change (instead of the bare handler)")
	clients := flags.Int("clients", 64, "concurrent clients")
	seconds := flags.Int("seconds", 4, "length of each run")
	pairs := flags.Int("pairs", 5, "runs of each server")
	lines := flags.Int("lines", 1, "lines of each reservation, of as many rows; above 1 it is measured beside single lines of another row of the same system (instead of the bare handler)")
	synchronous := flags.String("synchronous", "FULL", "SQLite's synchronous setting")
	if err := flags.Parse(args); err != nil {
		return err
	}
	first, err := startInventory(ctx, *binary, *synchronous)
	if err != nil {
		return err
	}
	defer first.remove()
	if *lines > 1 {
		return first.compareLines(ctx, *lines, *clients, *pairs, time.Duration(*seconds)*time.Second)
	}
	var beside *instance
	name, second := *other, target{body: first.body}
	if *other == "" {
		bare, err := startBare(ctx)
		if err != nil {
			return err
		}
		defer bare.stop()
		name, second.addr = "bare gin", bare.addr
	} else {
		if beside, err = startInventory(ctx, *other, *synchronous); err != nil {
			return err
		}
		defer beside.remove()
		second = beside.target()
	}
	fmt.Printf("POST %s on one row, %d clients, %d runs of %d s each, synchronous=%s, all on this machine\n\n",
		reservePath, *clients, *pairs, *seconds, *synchronous)
	granted, grantedBeside, err := alternate(ctx, first.target(), second, name, *clients, *pairs, time.Duration(*seconds)*time.Second)
	if err != nil {
		return err
	}
	if err := first.report(ctx, granted); err != nil || beside == nil {
		return err
	}
	fmt.Print(name, ": ")
	return beside.report(ctx, grantedBeside)
}

// instance is the whole system in one process, with a hot row.
type instance struct {
	*server
	folder  string
	product string // of the row
	body    []byte // a request that reserves one unit of the row
}

func startInventory(ctx context.Context, binary, synchronous string) (i *instance, err error) {
	i = &instance{}
	if i.folder, err = os.MkdirTemp("", "bench-reserve-"); err != nil {
		return nil, err
	}
	i.server, err = startServer(ctx, binary, []string{"serve"}, func(port string) []string {
		return []string{
			"SERVER_PORT=" + port, "LISTEN_HOST=127.0.0.1", "DATA_DIR=" + i.folder, "API_KEYS=" + apiKey + ":Bench",
			"LOG_LEVEL=warn", "SQLITE_SYNCHRONOUS=" + synchronous,
		}
	})
	if err == nil {
		err = i.prepare(ctx)
	}
	if err != nil {
		i.remove()
		return nil, fmt.Errorf("prepare the hot row of %s: %w", binary, err)
	}
	return i, nil
}

func (i *instance) target() target { return target{addr: i.addr, body: i.body} }

// report checks that the granted and the reserved units agree, stops the server, and
// prints the time of each reservation.
func (i *instance) report(ctx context.Context, granted int) error {
	if err := verify(ctx, i.addr, i.product, granted); err != nil {
		return err
	}
	size, err := folderSize(i.folder)
	if err != nil {
		return err
	}
	i.stop()
	used := i.command.ProcessState
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(granted) }
	fmt.Printf("reserved in the row = granted = %d; each took %.0f µs of user and %.0f µs of system time of the server, %.1f KB on disk\n",
		granted, each(used.UserTime()), each(used.SystemTime()), float64(size)/1024/float64(granted))
	return nil
}

// remove stops the server and removes its data.
func (i *instance) remove() {
	if i.server != nil {
		i.stop()
	}
	_ = os.RemoveAll(i.folder)
}

// alternate loads both targets in turn, prints each pair, and returns how many
// reservations each granted in all. The second goes by name.
func alternate(ctx context.Context, a, b target, name string, clients, pairs int, duration time.Duration) (grantedA, grantedB int, err error) {
	run := func(duration time.Duration) (sampleA, sampleB sample, err error) {
		if sampleA, err = load(ctx, a, clients, duration); err != nil {
			return sample{}, sample{}, err
		}
		if sampleB, err = load(ctx, b, clients, duration); err != nil {
			return sample{}, sample{}, err
		}
		grantedA, grantedB = grantedA+sampleA.granted, grantedB+sampleB.granted
		return sampleA, sampleB, nil
	}
	// One short run of each lets connections, files and caches come up.
	if _, _, err := run(time.Second); err != nil {
		return 0, 0, err
	}
	var ratesA, ratesB, ratios []float64
	for i := range pairs {
		sampleA, sampleB, err := run(duration)
		if err != nil {
			return 0, 0, err
		}
		ratesA, ratesB = append(ratesA, sampleA.rate()), append(ratesB, sampleB.rate())
		ratios = append(ratios, sampleA.rate()/sampleB.rate())
		fmt.Printf("  %d: %7.0f granted/s   %s %7.0f/s   ratio %.2f%s\n", i+1, sampleA.rate(), name, sampleB.rate(),
			ratios[i], describe(sampleA.failures))
	}
	fmt.Printf("\nmedian %.0f granted/s, %s %.0f/s, ratio %.2f\n", median(ratesA), name, median(ratesB), median(ratios))
	return grantedA, grantedB, nil
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

// prepare creates the hot row and the request to send.
func (i *instance) prepare(ctx context.Context) (err error) {
	if i.product, err = hotRow(ctx, i.addr, "BENCH"); err != nil {
		return err
	}
	i.body, err = json.Marshal(bareRequest{ProductID: i.product, StoreID: storeID, CustomerID: "customer-1", Quantity: 1})
	return err
}

// hotRow creates a product and its row, and returns the product's id.
func hotRow(ctx context.Context, addr, sku string) (string, error) {
	var product struct {
		ID string `json:"id"`
	}
	if err := post(ctx, addr, "/api/v1/products", map[string]any{"sku": sku, "name": "Hot row"}, &product); err != nil {
		return "", err
	}
	return product.ID, post(ctx, addr, "/api/v1/stock", map[string]any{
		"product_id": product.ID, "store_id": storeID, "initial_quantity": hotQuantity,
	}, nil)
}

// verify checks that the granted and the reserved units of a product agree.
func verify(ctx context.Context, addr, product string, granted int) error {
	var row struct {
		Reserved int `json:"reserved"`
	}
	if err := sendRequest(ctx, http.MethodGet, addr, "/api/v1/stock/"+product+"/"+storeID, nil, &row); err != nil {
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
	return sendRequest(ctx, http.MethodPost, addr, path, text, answer)
}

func sendRequest(ctx context.Context, method, addr, path string, body []byte, answer any) error {
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

// startBare starts the bare handler.
func startBare(ctx context.Context) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startServer(ctx, self, nil, nil)
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
	for sendRequest(ctx, http.MethodGet, addr, "/ready", nil, nil) != nil {
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
