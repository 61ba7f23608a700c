package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// target is a server under load and the request that is sent to it.
type target struct {
	addr  string // host:port
	body  []byte
	lines int // of the request; 0 counts as 1
}

// sample is the result of one run of load.
type sample struct {
	granted  int // requests
	lines    int // of each request
	duration time.Duration
	failures map[int]int // by status; 0: no response
}

// rate returns granted lines per second.
func (s sample) rate() float64 { return float64(s.granted*s.lines) / s.duration.Seconds() }

// load sends the target's request from several clients, each of which waits for its
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
	total := sample{lines: max(1, t.lines), duration: time.Since(start), failures: map[int]int{}}
	for _, r := range results {
		total.granted += r.granted
		for status, n := range r.failures {
			total.failures[status] += n
		}
	}
	if total.granted == 0 {
		return total, fmt.Errorf("no request was granted; by status: %v", total.failures)
	}
	return total, nil
}

func client(ctx context.Context, host *fasthttp.HostClient, t target) sample {
	s := sample{failures: map[int]int{}}
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI("http://" + t.addr + reservePath)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/json")
	request.Header.Set("X-API-Key", apiKey)
	request.SetBodyRaw(t.body)
	for ctx.Err() == nil {
		status := 0
		if err := host.Do(request, response); err == nil {
			status = response.StatusCode()
		}
		if status == fasthttp.StatusCreated {
			s.granted++
		} else {
			s.failures[status]++
		}
	}
	return s
}
