package webhook

import (
	"context"
	"maps"
	"slices"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
)

// refresh passes all webhooks to the schedule the first time, and then the webhooks
// that changed and those that have new deliveries.
func (d *Deliverer) refresh(ctx context.Context) error {
	if !d.loaded {
		if err := d.load(ctx); err != nil {
			return err
		}
	}
	if clock.Passed(d.loadedAt, d.clock.Now(), safetyTick) {
		if err := d.findUnannounced(ctx); err != nil {
			return err
		}
	}
	changed := d.drainChanged()
	for i, id := range changed {
		w, found, err := d.queue.Webhook(ctx, id)
		if err != nil {
			d.putBackChanged(changed[i:])
			return err
		}
		if found {
			d.schedule.putWebhook(w, d.clock.Now())
		} else {
			d.schedule.removeWebhook(id)
		}
	}
	// Without a webhook there is no delivery, however many events are recorded. The
	// lane of a new webhook reads its queue anyway.
	if !d.queued.Swap(false) || d.schedule.isEmpty() {
		return nil
	}
	queued, last, err := d.queue.QueuedAfter(ctx, d.last, pageQueued)
	if err != nil {
		d.queued.Store(true)
		return err
	}
	if last > d.last {
		d.deliveriesQueued() // there may be more
	}
	d.last = last
	for _, id := range queued {
		d.schedule.noteQueued(id)
	}
	return nil
}

// load passes all webhooks to the schedule. A webhook that is created during load
// is reported as changed too, so that no webhook is missed.
func (d *Deliverer) load(ctx context.Context) error {
	// Each new lane reads the deliveries that are queued already.
	last, err := d.queue.LastQueued(ctx)
	if err != nil {
		return err
	}
	// All webhooks are read at once: between two pages, a deletion would move a
	// webhook to a page that was read.
	list, err := d.queue.Webhooks(ctx, paging.Page{Limit: MaxWebhooks})
	if err != nil {
		return err
	}
	for _, w := range list.Items {
		d.schedule.putWebhook(w, d.clock.Now())
	}
	d.last, d.loaded, d.loadedAt = last, true, d.clock.Now()
	return nil
}

// findUnannounced makes refresh read the webhooks whose changes were not announced,
// and new deliveries.
func (d *Deliverer) findUnannounced(ctx context.Context) error {
	list, err := d.queue.Webhooks(ctx, paging.Page{Limit: MaxWebhooks})
	if err != nil {
		return err
	}
	d.putBackChanged(d.schedule.differences(list.Items))
	d.queued.Store(true)
	d.loadedAt = d.clock.Now()
	return nil
}

// drainChanged returns and forgets the webhooks to read again.
func (d *Deliverer) drainChanged() []string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	ids := slices.Collect(maps.Keys(d.changed))
	clear(d.changed)
	return ids
}

// isChanged reports whether a webhook must be read again.
func (d *Deliverer) isChanged(id string) bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	_, changed := d.changed[id]
	return changed
}

// putBackChanged makes the next refresh read these webhooks too. It does not wake
// Run, because a read that failed is not repeated at once.
func (d *Deliverer) putBackChanged(ids []string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, id := range ids {
		d.changed[id] = struct{}{}
	}
}
