package httpapi

import "context"

// MaxClients is maxClients, for tests.
const MaxClients = maxClients

// Clients returns how many addresses are remembered.
func (g *Gate) Clients() int64 { return g.known.Load() }

// Report is report, which Run calls once a minute, for tests.
func (g *Gate) Report(ctx context.Context) { g.report(ctx) }

// Routes returns the routes of Handle and HandleStream, in the order of their
// registration, without the routes that every service has.
func (a *API) Routes() []Route { return append([]Route(nil), a.routes...) }
