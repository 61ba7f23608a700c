package webhook

import (
	"context"
	"maps"
	"slices"
	"time"

	"inventory.example/pkg/paging"
)

// refresh brings the lanes up to date: with all webhooks the first time, then
// with those that changed and those that got deliveries.
func (d *Deliverer) refresh(ctx context.Context) error {
	if !d.loaded {
		if err := d.load(ctx); err != nil {
			return err
		}
	}
	changed := d.takeChanged()
	for i, id := range changed {
		w, found, err := d.queue.Webhook(ctx, id)
		if err != nil {
			d.putBack(changed[i:])
			return err
		}
		if found {
			d.put(w)
		} else {
			d.remove(id)
		}
	}
	// Without a lane there is nobody to deliver to, however much is recorded. A
	// lane looks for what is queued already when it is made.
	if !d.queued.Swap(false) || len(d.lanes) == 0 {
		return nil
	}
	queued, last, err := d.queue.QueuedAfter(ctx, d.last, pageQueued)
	if err != nil {
		d.queued.Store(true)
		return err
	}
	if last > d.last {
		d.Wake() // there may be more
	}
	d.last = last
	for _, id := range queued {
		if l, found := d.lanes[id]; found {
			l.look = true
			d.list(l)
		}
	}
	return nil
}

// load makes the lanes of all webhooks. One that is made meanwhile is changed
// too, so nothing is missed.
func (d *Deliverer) load(ctx context.Context) error {
	// What is queued already, every lane looks for by itself.
	last, err := d.queue.LastQueued(ctx)
	if err != nil {
		return err
	}
	// All at once: of a list in pages, a deletion would move a webhook to a page
	// that was read.
	list, err := d.queue.Webhooks(ctx, paging.Page{Limit: MaxWebhooks})
	if err != nil {
		return err
	}
	for _, w := range list.Items {
		d.put(w)
	}
	d.last, d.loaded = last, true
	return nil
}

// takeChanged returns the webhooks to read again.
func (d *Deliverer) takeChanged() []string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	ids := slices.Collect(maps.Keys(d.changed))
	clear(d.changed)
	return ids
}

// isChanged reports whether a webhook is to be read again.
func (d *Deliverer) isChanged(id string) bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	_, changed := d.changed[id]
	return changed
}

// putBack makes the next refresh read these webhooks, too. It wakes nobody: what
// could not be read is not to be tried again at once.
func (d *Deliverer) putBack(ids []string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, id := range ids {
		d.changed[id] = struct{}{}
	}
}

// put makes or changes a lane. One that is changed by its owner gets a fresh
// chance: the endpoint may be another.
func (d *Deliverer) put(w Webhook) {
	l, found := d.lanes[w.ID]
	if !found {
		l = &lane{inFlight: map[int64]struct{}{}}
		d.lanes[w.ID] = l
	}
	if l.hook.URL != w.URL || w.Active && !l.hook.Active {
		l.proven, l.slow, l.failures = false, false, 0
		l.restsTo, l.pausesTo = d.clock.Now(), time.Time{}
	}
	l.hook, l.look, l.due = w, true, nil
	d.list(l)
}

func (d *Deliverer) remove(id string) {
	if l, found := d.lanes[id]; found {
		l.hook.Active = false // it is listed until the next step
		delete(d.lanes, id)
	}
}

// list puts a lane among those that have something to do.
func (d *Deliverer) list(l *lane) {
	if !l.listed {
		l.listed = true
		d.listed = append(d.listed, l)
	}
}

// unlist takes those out that have nothing to do, so that a step costs nothing
// for them.
func (d *Deliverer) unlist() {
	d.listed = slices.DeleteFunc(d.listed, func(l *lane) bool {
		l.listed = !l.idle()
		return !l.listed
	})
}
