// Package client calls the API of the inventory. Its methods and types are generated
// from the OpenAPI document (api.gen.go); the other files add attempts that are
// repeated safely, errors by code, lists without pages, and the verification of
// webhooks.
package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options are the options of New. Every field may be left out.
type Options struct {
	// Key is the API key. Products and stores can be read without one.
	Key string
	// HTTP sends the requests; nil: a client of its own, without a limit for the time
	// of a whole response, because streams and exports take long. Use the context of
	// a call to limit it.
	HTTP *http.Client
	// Attempts is how often a call is tried at most; 0 means 5, and 1 never again.
	Attempts int
	// MaxPause is the longest pause before the next attempt; 0 means 10 s. A response
	// that asks for a longer one (Retry-After) ends the call.
	MaxPause time.Duration
}

// Client calls one system. It is safe for concurrent use.
type Client struct {
	base    string
	options Options
}

// New returns a client of the system at a base URL, such as http://localhost:8080.
// It sends nothing. The error names the fault of the URL.
func New(baseURL string, o Options) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("base URL: it must be an http or https URL with a host")
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: transport()}
	}
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.MaxPause == 0 {
		o.MaxPause = 10 * time.Second
	}
	return &Client{base: strings.TrimSuffix(baseURL, "/"), options: o}, nil
}

// transport keeps more connections to its one host than net/http does.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // documented
	t.MaxIdleConnsPerHost = 64
	t.ResponseHeaderTimeout = time.Minute
	return t
}
