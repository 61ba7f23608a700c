// Package catalogwire has the requests and responses of catalog's internal routes:
// stock asks for stores, and announces those that it uses. It has no behaviour.
package catalogwire

// The paths of the internal routes.
const (
	// StoresPath is the route of one store, by GET; its id follows. A store that does
	// not exist is a NOT_FOUND problem.
	StoresPath = "/internal/v1/stores/"
	// UsedStoresPath is the route that takes UsedStores, by POST, and returns Stores.
	UsedStoresPath = "/internal/v1/used-stores"
)

// MaxUsed is how many stores one call may announce.
const MaxUsed = 256

// UsedStores are stores that stock uses.
type UsedStores struct {
	Stores []UsedStore `json:"stores"`
}

// UsedStore is a store that stock uses.
type UsedStore struct {
	ID      string `json:"id"`
	Version int64  `json:"version"` // of the store when stock began to use it; 0: stock knew none
	Actor   string `json:"actor"`   // of the first use
}

// Stores are stores, each as catalog has it after the call.
type Stores struct {
	Stores []Store `json:"stores"`
}

// Store is a store as stock copies it.
type Store struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Deleted bool   `json:"deleted"`
}
