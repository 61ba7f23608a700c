package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// exposure checks which ports and paths are reachable from outside, and that a
// compromised container has few rights.
func (s *stack) exposure(ctx context.Context) error {
	all, err := s.containers(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for name, c := range all {
		complain := func(format string, args ...any) {
			wrong = append(wrong, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
		}
		for port, bindings := range c.NetworkSettings.Ports {
			for _, b := range bindings {
				if name != "proxy" || b.HostIP != "127.0.0.1" {
					complain("port %s is published on %s", port, b.HostIP)
				}
			}
		}
		h := c.HostConfig
		if !slices.Equal(h.CapDrop, []string{"ALL"}) || !slices.ContainsFunc(h.SecurityOpt, func(o string) bool {
			return strings.HasPrefix(o, "no-new-privileges")
		}) {
			complain("drops capabilities %q, security options %q", h.CapDrop, h.SecurityOpt)
		}
		if !h.ReadonlyRootfs && name != "kafka" { // the reason is in compose.kafka.yaml
			complain("its root file system is writable")
		}
		if user, _, _ := strings.Cut(c.Config.User, ":"); user == "" && name != "kafka" || user == "0" || user == "root" {
			complain("runs as %q", c.Config.User)
		}
		if h.Memory == 0 || h.PidsLimit == 0 || h.RestartPolicy.Name != "unless-stopped" {
			complain("memory %d, processes %d, restart %q", h.Memory, h.PidsLimit, h.RestartPolicy.Name)
		}
		if c.State.Health.Status != "healthy" {
			complain("is %q", c.State.Health.Status)
		}
	}
	return errors.Join(append(wrong, s.paths(ctx))...)
}

// paths checks which paths the proxy routes. The requests for closed paths carry
// the right key, so the proxy itself must refuse them, as the API refuses.
func (s *stack) paths(ctx context.Context) error {
	var wrong []error
	get := func(path string) apiResponse {
		r, err := s.client.send(ctx, http.MethodGet, path, nil, "X-Service-Key: "+s.serviceKey)
		wrong = append(wrong, err)
		return r
	}
	open := []string{
		"/", "/console/stock", "/api/v1/key", "/health", "/ready", "/docs", "/openapi.json", "/asyncapi.json", "/schemas/events/stock.low.json", "/api/v1/products", "/api/v1/stock/low-stock", "/api/v1/reservations/stats",
		"/api/v1/events/catalog", "/api/v1/events/stock", "/api/v1/events/reservation", "/api/v1/webhooks", "/api/v1/alerts", "/api/v1/system",
	}
	for _, service := range services {
		open = append(open, "/"+service+"/docs", "/"+service+"/openapi.json", "/"+service+"/asyncapi.json")
	}
	for _, path := range open {
		if r := get(path); r.status != http.StatusOK {
			wrong = append(wrong, fmt.Errorf("%.200s, want %d", r, http.StatusOK))
		}
	}
	document := string(get("/openapi.json").body)
	for _, path := range []string{"/api/v1/products", "/api/v1/stock", "/api/v1/reservations", "/api/v1/webhooks"} {
		if !strings.Contains(document, `"`+path+`"`) {
			wrong = append(wrong, fmt.Errorf("/openapi.json does not describe %s", path))
		}
	}
	closed := []string{"/metrics", "/internal", "/metrics/", "/INTERNAL/v1/audit/catalog"}
	for _, service := range services {
		path := "/internal/v1/audit/" + service
		closed = append(closed, path, "/"+path, "/"+service+"/metrics", "/"+service+path, "/"+service+"/docs/.."+path, "/."+path, "/api/v1/products/../../.."+path, "/api/v1/stock/%2e%2e/%2e%2e/%2e%2e"+path,
			"/api/v1/products/..%2f..%2f.."+path, "/%69nternal/v1/audit/"+service, "/internal%2fv1%2faudit%2f"+service)
	}
	for _, path := range closed {
		wrong = append(wrong, get(path).wantsProblem(http.StatusNotFound, "NOT_FOUND", path))
	}
	return errors.Join(wrong...)
}
