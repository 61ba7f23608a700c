package idempotency_test

import (
	"fmt"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// memory is a Store of one process; idempotencysqlite has one in a database.
type memory map[string]idempotency.Saved

func (m memory) FindResult(caller, key string) (idempotency.Saved, bool, error) {
	saved, found := m[caller+" "+key]
	return saved, found, nil
}

func (m memory) SaveResult(r idempotency.Request, result []byte) error {
	m[r.Caller+" "+r.Key] = idempotency.Saved{Fingerprint: r.Fingerprint, Result: result}
	return nil
}

func (m memory) ReplaceResult(r idempotency.Request, result []byte) error {
	return m.SaveResult(r, result)
}

// A use case looks for the result of its request first, and saves the result of
// its own work; a real one does both in the transaction of the change.
func Example() {
	store, format, next := memory{}, idempotency.JSON[int]{}, 0
	create := func(r idempotency.Request) (id int, replayed bool, err error) {
		if id, replayed, err = idempotency.Replay(store, r, format); replayed || err != nil {
			return id, replayed, err
		}
		next++
		return next, false, idempotency.Save(store, r, format, next)
	}
	request := idempotency.Request{Caller: "Store Madrid", Key: "order-1001", Fingerprint: "digest of two"}
	fmt.Println(create(request))
	fmt.Println(create(request))
	request.Fingerprint = "digest of three"
	_, _, err := create(request)
	fmt.Println(problem.CodeOf(err))
	fmt.Println(create(idempotency.Request{})) // without a key
	// Output:
	// 1 false <nil>
	// 1 true <nil>
	// IDEMPOTENCY_KEY_REUSED
	// 2 false <nil>
}
