package stockwire

// ReturnChecksPath is the internal route that takes a ReturnCheck, by POST: 204, or
// an UNKNOWN_STORE problem. A stock of the previous release has no such route.
const ReturnChecksPath = "/internal/v1/return-checks"

// MaxReturnProducts is the most products of a ReturnCheck.
const MaxReturnProducts = 100

// ReturnCheck asks whether sold units of the products may be returned to a store
// other than theirs.
type ReturnCheck struct {
	StoreID    string   `json:"store_id"`
	ProductIDs []string `json:"product_ids"`
}
