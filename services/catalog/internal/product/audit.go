package product

import (
	"context"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/services/catalog/internal/store"
)

// Snapshot is one consistent snapshot of the database, for the audit. Its methods
// call each until it returns an error, which they return. Events have their id,
// type, version and payload, as they are stored, and are valid only within each.
type Snapshot interface {
	// Histories yields each product, including deleted ones, with its events, by
	// seq.
	Histories(each func(k Kept, history []events.Event) error) error
	store.Snapshot
	// Strays yields the events of products and stores that never existed, by seq.
	Strays(each func(e events.Event) error) error
	// Outbox checks the table of the events itself.
	Outbox() (*audit.Check, audit.Outbox, error)
}

// Kept is a product as the database stores it.
type Kept struct {
	Product
	Deleted bool
}

// Audit checks every invariant of catalog's own data, on one consistent
// snapshot.
func (s *Service) Audit(ctx context.Context) (audit.Report, error) {
	report := audit.Report{Service: "catalog"}
	err := s.repo.Snapshot(ctx, func(snapshot Snapshot) error {
		a := auditor{rebuilt: audit.NewCheck(audit.Rebuilt), changes: audit.NewCheck(audit.OneEvent)}
		if err := snapshot.Histories(a.history); err != nil {
			return err
		}
		if err := store.Audit(snapshot, a.rebuilt, a.changes); err != nil {
			return err
		}
		if err := snapshot.Strays(a.stray); err != nil {
			return err
		}
		outbox, state, err := snapshot.Outbox()
		if err != nil {
			return err
		}
		report.Outbox = state
		report.Checks = []*audit.Check{a.rebuilt, a.changes, outbox}
		return nil
	})
	return report, err
}

// auditor compares each product with its events.
type auditor struct {
	rebuilt *audit.Check // the product according to its events
	changes *audit.Check // its versions
}

func (a auditor) stray(e events.Event) error {
	a.changes.Violate("event %s: its product or store %s never existed", e.ID, e.AggregateID)
	return nil
}

func (a auditor) history(k Kept, history []events.Event) error {
	var told inventory.Product
	var version int64
	a.changes.Checked += int64(len(history))
	for i, e := range history {
		var err error
		if told, err = apply(told, e); err != nil {
			a.rebuilt.Violate("product %s: event %s: %v", k.ID, e.ID, err)
		}
		if e.Version != version+1 || e.Type != expected(k, i) {
			a.changes.Violate("product %s: %s of version %d follows version %d", k.ID, e.Type, e.Version, version)
		}
		version = e.Version
	}
	if version != k.Version {
		a.changes.Violate("product %s: it is at version %d, its last event at %d", k.ID, k.Version, version)
	}
	a.rebuilt.Checked++
	if stored := k.event(); told.ID != stored.ID || told.SKU != stored.SKU || told.Name != stored.Name ||
		told.Description != stored.Description || told.Category != stored.Category || told.Price != stored.Price {
		a.rebuilt.Violate("product %s: its events differ from its record", k.ID)
	}
	return nil
}

// apply returns the product after an event.
func apply(p inventory.Product, e events.Event) (inventory.Product, error) {
	if e.Type == inventory.TypeProductDeleted { // its payload names the product only
		return p, nil
	}
	after, err := events.PayloadAs[inventory.ProductUpdated](e)
	if err != nil {
		return p, err
	}
	return after.Product, nil
}

// expected returns the type of the event that created version i+1 of a product.
func expected(k Kept, i int) events.Type {
	switch version := int64(i) + 1; {
	case version == 1:
		return inventory.TypeProductCreated
	case k.Deleted && version == k.Version:
		return inventory.TypeProductDeleted
	default:
		return inventory.TypeProductUpdated
	}
}
