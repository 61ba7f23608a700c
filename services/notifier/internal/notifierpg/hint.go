package notifierpg

import (
	"context"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
)

// hints announce the changes of this instance's commits, and with Follow those of
// others.
type hints struct {
	entries  postgres.Hint[feed.Entry]
	queued   postgres.Hint[struct{}] // deliveries
	webhooks postgres.Hint[string]   // ids
	rules    postgres.Hint[alert.RuleChange]

	follower  atomic.Pointer[func(after int64, list []feed.Entry)] // of the feed
	deliverer atomic.Pointer[func()]                               // of deliveries
}

// announceOwn announces the entries of this instance. The entries of a group have
// seqs without gaps.
func (db *DB) announceOwn() {
	db.hints.entries.Listen(func(list []feed.Entry) { db.announce(list[0].Seq-1, list) })
}

func (db *DB) announce(after int64, list []feed.Entry) {
	if follower := db.hints.follower.Load(); follower != nil {
		(*follower)(after, list)
	}
}

// Listen implements stream.Feed.
func (db *DB) Listen(recorded func(after int64, list []feed.Entry)) {
	db.hints.follower.Store(&recorded)
}

// Listen implements webhook.Queue.
func (w Webhooks) Listen(queued func(), changed func(webhookIDs []string)) {
	w.hints.deliverer.Store(&queued)
	w.hints.queued.Listen(func([]struct{}) { queued() })
	w.hints.webhooks.Listen(changed)
}

// Listen implements alert.Rules.
func (a Alerts) Listen(changed func(list []alert.RuleChange)) { a.hints.rules.Listen(changed) }

// The pauses between two questions for the newest records, while there are new ones
// and while there are none.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

const sqlNewestRecords = `SELECT (SELECT seq FROM feed_seq), ` + lastDelivery

// Follow announces the entries and deliveries that other instances have committed,
// until ctx ends. A question that fails is asked again.
func (db *DB) Follow(ctx context.Context) error {
	var entry, delivery int64 // that were announced
	for pause := shortestPause; clock.Sleep(ctx, clock.System{}, pause) == nil; {
		var newestEntry, newestDelivery int64
		err := db.Reader().QueryRow(ctx, sqlNewestRecords).Scan(&newestEntry, &newestDelivery)
		if err != nil || newestEntry == entry && newestDelivery == delivery {
			pause = min(2*pause, longestPause)
			continue
		}
		pause = shortestPause
		if newestEntry > entry {
			db.announce(newestEntry, nil)
		}
		if deliverer := db.hints.deliverer.Load(); deliverer != nil && newestDelivery > delivery {
			(*deliverer)()
		}
		entry, delivery = newestEntry, newestDelivery
	}
	return nil
}
