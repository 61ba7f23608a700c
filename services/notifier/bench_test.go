package notifier_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/process"
	"inventory.example/services/notifier"
	"inventory.example/services/notifier/internal/hookclient"
	"inventory.example/services/notifier/internal/webhook"
)

// receiver is a server that accepts every webhook and counts them.
type receiver struct {
	*httptest.Server

	taken   atomic.Int64
	want    atomic.Int64
	reached chan struct{} // has room for one: want was reached
}

func newReceiver(b *testing.B) *receiver {
	r := &receiver{reached: make(chan struct{}, 1)}
	// The server listens on every loopback address, so that each webhook has its own
	// host.
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		b.Fatal(err)
	}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		if r.taken.Add(1) == r.want.Load() {
			r.reached <- struct{}{}
		}
	}))
	r.Listener = listener
	r.Start()
	b.Cleanup(r.Close)
	return r
}

// url returns the address of the nth webhook.
func (r *receiver) url(n int) string {
	return fmt.Sprintf("http://127.1.%d.%d:%d/", n/250, 1+n%250, r.Listener.Addr().(*net.TCPAddr).Port)
}

// expect makes await wait until that many more webhooks have arrived.
func (r *receiver) expect(more int64) { r.want.Store(r.taken.Load() + more) }

func (r *receiver) await() { <-r.reached }

// cpu returns the CPU time of the process, which runs notifier and the receivers.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report prints the time of n deliveries since the timer was reset.
func report(b *testing.B, n int64, began time.Duration) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64((cpu(b)-began).Microseconds())/float64(n), "cpu-µs/delivery")
}

// BenchmarkDeliver measures the deliveries of notifier per second, from the arrival
// of the event to the response of a real HTTP server in the same process, with
// synchronous=FULL. An operation is a delivery: with 10,000 webhooks one event causes
// 10,000. The bare client beside it signs and sends the same request and stores
// nothing.
func BenchmarkDeliver(b *testing.B) {
	b.Run("bare_client", benchmarkBare)
	for _, webhooks := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("webhooks=%d", webhooks), func(b *testing.B) { benchmarkDeliver(b, webhooks) })
	}
}

func benchmarkBare(b *testing.B) {
	r := newReceiver(b)
	ports, err := hookclient.ParsePorts("1-65535")
	if err != nil {
		b.Fatal(err)
	}
	client := hookclient.New(hookclient.Options{Timeout: time.Minute, AllowPrivate: true, Ports: ports})
	defer client.Close()
	request := webhook.Request{URL: r.url(0), Secrets: []string{hookclient.NewSecret()}, EventID: "1", At: time.Now(), Body: lowStock(b, 0).Document()}
	b.ResetTimer()
	began := cpu(b)
	b.SetParallelism(8 / 2)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if got := client.Send(context.Background(), request); got.Status != http.StatusOK {
				b.Errorf("%+v", got)
			}
		}
	})
	report(b, int64(b.N), began)
}

func benchmarkDeliver(b *testing.B, webhooks int) {
	r := newReceiver(b)
	d := openNotifierAt(b, clock.System{}, func(c *notifier.Config) { c.Synchronous = "FULL"; c.WebhookTimeout = 15 * time.Second })
	var making sync.WaitGroup
	for worker := range 16 {
		making.Go(func() {
			for i := worker; i < webhooks; i += 16 {
				d.subscribe(r.url(i), "")
			}
		})
	}
	making.Wait()
	// Each webhook has accepted a delivery before the timer starts.
	r.expect(int64(webhooks))
	d.record(lowStock(b, 0))
	r.await()
	happened := max(1, b.N/webhooks)
	list := make([]events.Event, happened)
	for i := range list {
		list[i] = lowStock(b, i+1)
	}
	total := int64(happened * webhooks)
	r.expect(total)
	b.ResetTimer()
	began := cpu(b)
	var next atomic.Int64
	var telling sync.WaitGroup
	for range 64 {
		telling.Go(func() {
			for i := next.Add(1); i <= int64(len(list)); i = next.Add(1) {
				d.record(list[i-1])
			}
		})
	}
	telling.Wait()
	told := b.Elapsed()
	r.await()
	report(b, total, began)
	b.ReportMetric(float64(happened)/told.Seconds(), "events/s-taken")
}

// lowStock is an event about the nth product.
func lowStock(b *testing.B, n int) events.Event {
	b.Helper()
	e, err := events.New(events.Meta{ID: process.NewID(), At: time.Now(), Version: 1},
		inventory.StockLow{ProductID: fmt.Sprintf("0199f3a0-7b1c-7c3e-9d5a-%012d", n), StoreID: "MAD-001", Available: 1, ReorderPoint: 5})
	if err != nil {
		b.Fatal(err)
	}
	return e
}
