package notifierpg

import (
	"context"

	"inventory.example/pkg/postgres"
)

type fenceKey struct{}

// fenceOf returns the fence of the role whose work has the context.
func fenceOf(ctx context.Context) (postgres.Fence, bool) {
	f, ok := ctx.Value(fenceKey{}).(postgres.Fence)
	return f, ok
}

// HoldRole runs work while this instance has a role, which no other instance has at
// the same time, until ctx ends. The context of work ends when the role is lost, and
// no change with this context succeeds from then on.
func (db *DB) HoldRole(ctx context.Context, role string, work func(ctx context.Context) error) error {
	return db.Hold(ctx, role, func(ctx context.Context, f postgres.Fence) error {
		return work(context.WithValue(ctx, fenceKey{}, f))
	})
}
