package system_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/services/notifier"
)

// inbox is an endpoint of webhooks that keeps the first request of each event
// type.
type inbox struct {
	*httptest.Server
	mu    sync.Mutex
	first map[string]hook
}

// hook is a request to a webhook.
type hook struct {
	header http.Header
	body   []byte
}

func newInbox(t *testing.T) *inbox {
	i := &inbox{first: map[string]hook{}}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var e struct {
			Type string `json:"event_type"`
		}
		if err != nil || json.Unmarshal(body, &e) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		if _, known := i.first[e.Type]; !known {
			i.first[e.Type] = hook{r.Header.Clone(), body}
		}
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *inbox) get(name string) (hook, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	h, found := i.first[name]
	return h, found
}

// TestEventSchemas: the running system sends an event of every type to a webhook;
// each fits the schema that the system serves for its type, has no member that the
// schema does not describe, and comes with the headers of the OpenAPI document.
func TestEventSchemas(t *testing.T) {
	p := serve(t, t.TempDir(), "WEBHOOK_ALLOW_PRIVATE=true")
	box := newInbox(t)
	made := p.do(t, http.MethodPost, "/api/v1/webhooks", object{"url": box.URL}).wants(t, http.StatusCreated)
	secret := made.text(t, "secret")
	p.do(t, http.MethodPost, "/api/v1/webhooks/"+made.text(t, "id")+"/test", nil).wants(t, http.StatusAccepted)
	p.causeEveryEvent(t)

	headers := p.webhookHeaders(t)
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range notifier.Events().Delivered {
		t.Run(string(k.Type), func(t *testing.T) {
			var h hook
			eventually(t, "the event arrives", func() (err error) {
				var found bool
				if h, found = box.get(string(k.Type)); !found {
					err = fmt.Errorf("there is none")
				}
				return err
			})
			p.wantsFit(t, k, h.body)
			if err := verifier.Verify(h.body, h.header); err != nil {
				t.Errorf("the signature: %v", err)
			}
			for name, pattern := range headers {
				if !pattern.MatchString(h.header.Get(name)) {
					t.Errorf("the header %s is %q", name, h.header.Get(name))
				}
			}
		})
	}
}

// text returns a member of a response.
func (a apiResponse) text(t *testing.T, name string) string {
	t.Helper()
	var members object
	if err := json.Unmarshal(a.body, &members); err != nil {
		t.Fatal(err)
	}
	text, _ := members[name].(string)
	if text == "" {
		t.Fatalf("%s: there is no %s", a, name)
	}
	return text
}

// causeEveryEvent makes each service publish an event of each of its types.
func (c *client) causeEveryEvent(t *testing.T) {
	t.Helper()
	post := func(path string, body any, status int) apiResponse {
		return c.do(t, http.MethodPost, "/api/v1"+path, body).wants(t, status)
	}
	product := post("/products", object{"sku": "S-1", "name": "One", "price": 12.5}, http.StatusCreated).text(t, "id")
	c.do(t, http.MethodPut, "/api/v1/products/"+product, object{"sku": "S-1", "name": "Two", "price": 1}).wants(t, http.StatusOK)
	post("/stock", object{"product_id": product, "store_id": madrid, "initial_quantity": 50, "reorder_point": 5}, http.StatusCreated)
	post("/stock/transfer", object{"product_id": product, "from_store_id": madrid, "to_store_id": barcelona, "quantity": 20}, http.StatusOK)
	reserve := func(ttl int) string {
		order := object{"product_id": product, "store_id": madrid, "customer_id": "ada", "quantity": 2, "ttl_seconds": ttl}
		return "/reservations/" + post("/reservations", order, http.StatusCreated).text(t, "id")
	}
	post(reserve(600)+"/confirm", nil, http.StatusOK)
	post(reserve(600)+"/cancel", nil, http.StatusOK)
	post(reserve(600)+"/extend", object{"ttl_minutes": 20}, http.StatusOK)
	id := reserve(600)
	post(id+"/cancel", partOf(product, 1), http.StatusOK)
	post(id+"/confirm", nil, http.StatusOK)
	post(id+"/return", returned(product, 1), http.StatusOK)
	reserve(1)
	post("/stock/"+product+"/"+madrid+"/adjust", object{"adjustment": -24, "reason": "broken"}, http.StatusOK)
	post("/stock/"+product+"/"+barcelona+"/states", object{"from": "available", "to": "damaged", "quantity": 2}, http.StatusOK)
	order := func() string {
		lines := []any{object{"product_id": product, "quantity": 2}}
		return "/transfers/" + post("/transfers", object{"from_store_id": barcelona, "to_store_id": madrid, "lines": lines}, http.StatusCreated).text(t, "id")
	}
	shipped := order()
	post(shipped+"/ship", nil, http.StatusOK)
	post(shipped+"/receive", receiptOf(product, 2), http.StatusOK)
	post(order()+"/cancel", nil, http.StatusOK)
	counted := "/stock/counts/" + post("/stock/counts", object{"store_id": madrid}, http.StatusCreated).text(t, "id")
	line := object{"product_id": product, "counted": 40}
	c.do(t, http.MethodPut, "/api/v1"+counted+"/lines", line).wants(t, http.StatusOK)
	post(counted+"/apply", nil, http.StatusOK)
	post("/stock", object{"product_id": product, "store_id": "SEV-001", "initial_quantity": 0}, http.StatusCreated)
	c.do(t, http.MethodDelete, "/api/v1/stock/"+product+"/SEV-001", nil).wants(t, http.StatusNoContent)
	c.do(t, http.MethodDelete, "/api/v1/products/"+product, nil).wants(t, http.StatusNoContent)
	c.do(t, http.MethodPut, "/api/v1/stores/SEV-001", object{"name": "Seville"}).wants(t, http.StatusOK)
	c.do(t, http.MethodDelete, "/api/v1/stores/SEV-001", nil).wants(t, http.StatusNoContent)
}

// wantsFit validates an event with the schema that the system serves for its kind.
func (c *client) wantsFit(t *testing.T, k eventschema.Kind, event []byte) {
	t.Helper()
	a := c.get(t, k.SchemaPath()).wants(t, http.StatusOK)
	if !bytes.Equal(a.body, k.Schema()) {
		t.Errorf("%s is not the schema of this build", k.SchemaPath())
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	closed(schema)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s\n%v", event, err)
	}
}

// closed makes a schema refuse members that it does not describe. Consumers must
// accept such members, but this release sends none.
func closed(node any) {
	o, _ := node.(map[string]any)
	if o["type"] == "object" {
		o["additionalProperties"] = false
	}
	members, _ := o["properties"].(map[string]any)
	for _, member := range members {
		closed(member)
	}
	if items, isArray := o["items"]; isArray {
		closed(items)
	}
}

// webhookHeaders returns the headers that the OpenAPI document says every request
// to a webhook has, with the patterns of their values.
func (c *client) webhookHeaders(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	var d struct {
		Webhooks struct {
			Event struct {
				Post struct {
					Parameters []struct {
						Name, In string
						Required bool
						Schema   struct{ Pattern string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(c.get(t, "/openapi.json").wants(t, http.StatusOK).body, &d); err != nil {
		t.Fatal(err)
	}
	headers := map[string]*regexp.Regexp{}
	for _, p := range d.Webhooks.Event.Post.Parameters {
		if p.In == "header" && p.Required {
			headers[p.Name] = regexp.MustCompile(cmp.Or(p.Schema.Pattern, "."))
		}
	}
	if len(headers) < 4 {
		t.Fatalf("only %d headers are described", len(headers))
	}
	return headers
}
