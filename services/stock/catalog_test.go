package stock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/contract/catalogwire"
	"inventory.example/pkg/httpapi"
)

// catalog is the other end of the network: stock asks it for products.
type catalog struct {
	t testing.TB

	mu       sync.Mutex
	products map[string]*listed
	fails    func(*http.Request) (*http.Response, error) // responds instead; nil while catalog works
	asked    int
	hook     func()                  // called before each response; may be nil
	stores   map[string]int64        // the versions of the stores
	used     []catalogwire.UsedStore // the announcements
	deaf     bool                    // requests about stores get no response
}

type listed struct {
	ID      string `json:"id"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

func newCatalog(t testing.TB) *catalog {
	return &catalog{t: t, products: map[string]*listed{}, stores: map[string]int64{}}
}

// RoundTrip implements http.RoundTripper.
func (c *catalog) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/internal/") {
		return c.store(r)
	}
	c.asked++
	if c.hook != nil {
		c.hook()
	}
	if c.fails != nil {
		return c.fails(r)
	}
	path, found := strings.CutPrefix(r.URL.EscapedPath(), "/api/v1/products/")
	path, bySKU := strings.CutPrefix(path, "sku/")
	name, err := url.PathUnescape(path)
	if !found || err != nil || r.Method != http.MethodGet || r.URL.Host != "catalog:8081" || strings.Contains(path, "/") {
		c.t.Errorf("catalog got %s %s", r.Method, r.URL)
	}
	p := c.products[name]
	if bySKU {
		p = nil
		for _, each := range c.products {
			if each.SKU == name {
				p = each
			}
		}
	}
	if p == nil {
		return answer(404, `{"code": "NOT_FOUND", "status": 404}`), nil
	}
	text, err := json.Marshal(p)
	return answer(200, string(text)), err
}

// store responds to a request about stores.
func (c *catalog) store(r *http.Request) (*http.Response, error) {
	if c.deaf {
		return nil, errors.New("connection refused")
	}
	if r.Header.Get(httpapi.ServiceKeyHeader) != serviceKey {
		c.t.Errorf("%s %s without the service key", r.Method, r.URL)
	}
	if id, found := strings.CutPrefix(r.URL.Path, catalogwire.StoresPath); found && r.Method == http.MethodGet {
		version := c.stores[id]
		if version == 0 {
			return answer(404, `{"code": "NOT_FOUND", "status": 404}`), nil
		}
		text, err := json.Marshal(catalogwire.Store{ID: id, Version: version})
		return answer(200, string(text)), err
	}
	var question catalogwire.UsedStores
	if err := json.NewDecoder(r.Body).Decode(&question); err != nil || r.URL.Path != catalogwire.UsedStoresPath {
		c.t.Errorf("catalog got %s %s, %v", r.Method, r.URL, err)
	}
	var reply catalogwire.Stores
	for _, s := range question.Stores {
		c.used = append(c.used, s)
		if c.stores[s.ID] <= s.Version {
			c.stores[s.ID] = s.Version + 1
		}
		reply.Stores = append(reply.Stores, catalogwire.Store{ID: s.ID, Version: c.stores[s.ID]})
	}
	text, err := json.Marshal(reply)
	return answer(200, string(text)), err
}

// setDeaf decides whether requests about stores get a response.
func (c *catalog) setDeaf(deaf bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = deaf
}

// addStore lists a store.
func (c *catalog) addStore(id string, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stores[id] = version
}

// announced returns the announcements since the last call, as text.
func (c *catalog) announced() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, s := range c.used {
		list = append(list, fmt.Sprintf("%s %d %s", s.ID, s.Version, s.Actor))
	}
	c.used = nil
	return strings.Join(list, ", ")
}

func answer(status int, body string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	if status >= 400 {
		h.Set("Content-Type", "application/problem+json")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// add lists a product in its first version, unless it is there.
func (c *catalog) add(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.products[id] == nil {
		c.products[id] = &listed{ID: id, SKU: "SKU " + id, Name: "Name of " + id, Version: 1}
	}
}

func (c *catalog) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.products, id)
}

// fail lets catalog respond that way; nil ends it.
func (c *catalog) fail(how func(*http.Request) (*http.Response, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails = how
}

// before lets catalog call hook before its next response.
func (c *catalog) before(hook func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hook = func() { c.hook = nil; hook() }
}

// questions returns how often catalog was asked.
func (c *catalog) questions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}
