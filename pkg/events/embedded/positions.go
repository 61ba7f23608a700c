package embedded

import (
	"context"
	"fmt"
	"log/slog"

	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

// maintainLog writes positions saveInterval after they moved, and trims the log
// at the start and then hourly, until ctx ends.
func (b *Broker) maintainLog(ctx context.Context) {
	trim := b.clock.NewTimer(0)
	defer func() { trim.Stop() }()
	save := b.clock.NewTimer(saveInterval)
	defer func() { save.Stop() }()
	look := b.clock.NewTimer(lookInterval)
	defer func() { look.Stop() }()
	moved := b.positionMoved // nil while save is running
	for {
		select {
		case <-ctx.Done():
			return
		case <-moved:
			save.Stop()
			save, moved = b.clock.NewTimer(saveInterval), nil
		case <-save.C():
			moved = b.positionMoved
			if err := b.savePositions(ctx); err != nil && ctx.Err() == nil {
				b.logger.WarnContext(ctx, "save positions", slog.Any("err", err))
				signal(b.positionMoved)
			}
		case <-look.C():
			if err := b.lookAtLog(ctx); err != nil && ctx.Err() == nil {
				b.logger.WarnContext(ctx, "look for events of the log", slog.Any("err", err))
			}
			look = b.clock.NewTimer(lookInterval)
		case <-trim.C():
			deleted, err := b.trim(ctx)
			if err != nil && ctx.Err() == nil {
				b.logger.WarnContext(ctx, "trim the log", slog.Any("err", err))
			}
			if deleted > 0 {
				b.logger.InfoContext(ctx, "log trimmed", slog.Int64("rows", deleted))
			}
			trim = b.clock.NewTimer(trimInterval)
		}
	}
}

const sqlSavePosition = `UPDATE consumer_groups SET position = ? WHERE name = ?`

// savePositions writes the positions that moved since the last write.
func (b *Broker) savePositions(ctx context.Context) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	moved := map[*group]int64{}
	b.mu.Lock()
	for _, g := range b.groups {
		if at := g.position.Load(); at != g.saved.Load() {
			moved[g] = at
		}
	}
	b.mu.Unlock()
	if len(moved) == 0 {
		return nil
	}
	err := b.db.Write(ctx, func(tx *sqlite.Tx) error {
		for g, at := range moved {
			if _, _, err := tx.Exec(sqlSavePosition, at, g.name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save the positions of %d groups: %w", len(moved), err)
	}
	for g, at := range moved {
		g.saved.Store(at)
	}
	return nil
}

// isTemporary reports whether a failed write may succeed later.
func isTemporary(err error) bool {
	return problem.CodeOf(err) == problem.StorageUnavailable
}
