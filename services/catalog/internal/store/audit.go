package store

import (
	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// Snapshot is one consistent snapshot of the database, for the audit.
type Snapshot interface {
	// StoreHistories yields each store, including deleted ones, with its events, by
	// seq, until each returns an error, which it returns. Events have their id, type,
	// version and payload, as they are stored.
	StoreHistories(each func(s Store, history []events.Event) error) error
}

// Audit compares each store with its events: it adds the stores to rebuilt and
// their versions to changes.
func Audit(snapshot Snapshot, rebuilt, changes *audit.Check) error {
	return snapshot.StoreHistories(func(s Store, history []events.Event) error {
		var last inventory.StoreUpdated
		deleted := false
		for i, e := range history {
			if e.Version != int64(i)+1 || e.Type != inventory.TypeStoreUpdated && e.Type != inventory.TypeStoreDeleted {
				changes.Violate("store %s: event %d is %s of version %d", s.ID, i+1, e.Type, e.Version)
			}
			if deleted = e.Type == inventory.TypeStoreDeleted; deleted {
				continue // its payload names the store only
			}
			told, err := events.PayloadAs[inventory.StoreUpdated](e)
			if err != nil {
				rebuilt.Violate("store %s: event %s: %v", s.ID, e.ID, err)
			}
			last = told
		}
		changes.Checked += int64(len(history))
		if int64(len(history)) != s.Version {
			changes.Violate("store %s: it is at version %d, it has %d events", s.ID, s.Version, len(history))
		}
		rebuilt.Checked++
		stored := s.event()
		last.Version = stored.Version
		if last != stored || deleted != s.Deleted {
			rebuilt.Violate("store %s: its events differ from its record", s.ID)
		}
		return nil
	})
}
