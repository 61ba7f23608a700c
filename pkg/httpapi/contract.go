package httpapi

import "inventory.example/pkg/httpapi/openapi"

// openAPIDocument returns the OpenAPI document that the API serves.
func openAPIDocument(o Options) ([]byte, error) {
	return openapi.ForService(o.Service, o.Version, o.OpenAPI, o.Components)
}

// CheckOpenAPI compares the routes with the document of the service
// and returns every difference; nil when there is none. It is meant for the
// services' tests. Internal routes are not described.
func (a *API) CheckOpenAPI() []string {
	var routes []openapi.Route
	add := func(r Route) {
		routes = append(routes, openapi.Route{Method: r.Method, Path: r.Path, Access: r.Access.String(), Public: r.Access == Public})
	}
	for _, path := range []string{"/health", "/ready", "/metrics"} {
		add(Route{Method: "GET", Path: path})
	}
	for _, r := range a.routes {
		if r.Access != Internal {
			add(r)
		}
	}
	return openapi.Compare(a.own.OpenAPI, routes)
}
