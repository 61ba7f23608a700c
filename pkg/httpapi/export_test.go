package httpapi

import "context"

// MaxClients is maxClients, for tests.
const MaxClients = maxClients

// Clients returns how many addresses are remembered.
func (g *Gate) Clients() int64 { return g.known.Load() }

// Report does what Run does once a minute.
func (g *Gate) Report(ctx context.Context) { g.report(ctx) }

// Routes returns what Handle and HandleStream registered, in that order; the
// routes that every service has are not among them.
func (a *API) Routes() []Route { return append([]Route(nil), a.routes...) }
