package notifierdb

import (
	"context"
	"sync/atomic"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
)

// hints announce the changes of commits.
type hints struct {
	entries  sqlite.Hint[feed.Entry]
	queued   sqlite.Hint[struct{}] // deliveries
	webhooks sqlite.Hint[string]   // ids
	rules    sqlite.Hint[alert.RuleChange]

	follower atomic.Pointer[func(after int64, list []feed.Entry)] // of the feed
}

// followFeed remembers the end of the feed, so that each hint has the entry before
// it.
func (db *DB) followFeed(ctx context.Context) error {
	last, err := db.Newest(ctx)
	if err != nil {
		return err
	}
	db.hints.entries.Listen(func(list []feed.Entry) {
		after := last
		last = list[len(list)-1].Seq
		if follower := db.hints.follower.Load(); follower != nil {
			(*follower)(after, list)
		}
	})
	return nil
}

// Listen implements stream.Feed.
func (db *DB) Listen(recorded func(after int64, list []feed.Entry)) {
	db.hints.follower.Store(&recorded)
}

// Listen implements webhook.Queue.
func (w Webhooks) Listen(queued func(), changed func(webhookIDs []string)) {
	w.hints.queued.Listen(func([]struct{}) { queued() })
	w.hints.webhooks.Listen(changed)
}

// Listen implements alert.Rules.
func (a Alerts) Listen(changed func(list []alert.RuleChange)) { a.hints.rules.Listen(changed) }
