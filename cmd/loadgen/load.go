package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// target is a server under load and the requests that are sent to it.
type target struct {
	addr   string   // host:port
	bodies [][]byte // one of them at random each time
	want   int      // the status that counts
	sale   bool     // each reservation is confirmed, too
	lines  int      // of each request
}

// sample is the result of one run of load.
type sample struct {
	counted  int // requests that got the status that counts
	answered int // requests that got it first; the confirmation of a sale may still fail
	lines    int // of each request
	duration time.Duration
	failures map[int]int // by status; 0: no response
}

// rate returns counted lines per second.
func (s sample) rate() float64 { return float64(s.counted*s.lines) / s.duration.Seconds() }

// load sends the target's requests from several clients, each of which waits for its
// response before it sends the next, for the given time.
func load(ctx context.Context, t target, clients int, duration time.Duration) (sample, error) {
	host := &fasthttp.HostClient{
		Addr: t.addr, MaxConns: clients, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
	}
	defer host.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	results := make([]sample, clients)
	start := time.Now()
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() { results[i] = client(ctx, host, t) })
	}
	wait.Wait()
	total := sample{lines: t.lines, duration: time.Since(start), failures: map[int]int{}}
	for _, r := range results {
		total.counted += r.counted
		total.answered += r.answered
		for status, n := range r.failures {
			total.failures[status] += n
		}
	}
	if total.counted == 0 {
		return total, fmt.Errorf("no response of %s had status %d; by status: %v", t.addr, t.want, total.failures)
	}
	return total, nil
}

func client(ctx context.Context, host *fasthttp.HostClient, t target) sample {
	s := sample{failures: map[int]int{}}
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/json")
	request.Header.Set("X-API-Key", apiKey)
	send := func(path string, body []byte) int {
		request.SetRequestURI("http://" + t.addr + path)
		request.SetBodyRaw(body)
		if host.Do(request, response) != nil {
			return 0
		}
		return response.StatusCode()
	}
	for ctx.Err() == nil {
		status := send(reservePath, t.bodies[rand.IntN(len(t.bodies))]) //nolint:gosec // a choice of load, no secret
		if status != t.want {
			s.failures[status]++
			continue
		}
		s.answered++
		if t.sale {
			if status = send(string(response.Header.Peek("Location"))+"/confirm", nil); status != fasthttp.StatusOK {
				s.failures[status]++
				continue
			}
		}
		s.counted++
	}
	return s
}
