package stockwire

// StoresPath is the internal route that takes a Store, by POST.
const StoresPath = "/internal/v1/stores"

// Store is the notification of catalog to stock about a changed store, with the
// content of the event of that version.
type Store struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Deleted bool   `json:"deleted"`
}
