package webhook

import (
	"context"
	"maps"
	"slices"
)

// refresh brings the lanes up to date: with all webhooks the first time, then
// with those that changed and those that got deliveries.
func (d *Deliverer) refresh(ctx context.Context) error {
	if !d.loaded {
		if err := d.load(ctx); err != nil {
			return err
		}
	}
	for _, id := range d.takeChanged() {
		w, found, err := d.queue.Webhook(ctx, id)
		if err != nil {
			d.Changed(id)
			return err
		}
		if found {
			d.put(w)
		} else {
			d.remove(id)
		}
	}
	queued, last, err := d.queue.QueuedAfter(ctx, d.last)
	if err != nil {
		return err
	}
	d.last = last
	for _, id := range queued {
		if l, found := d.lanes[id]; found {
			l.look = true
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
	for offset := 0; ; offset += pageWebhooks {
		list, _, err := d.queue.Webhooks(ctx, pageWebhooks, offset)
		if err != nil {
			return err
		}
		for _, w := range list {
			d.put(w)
		}
		if len(list) < pageWebhooks {
			break
		}
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

// put makes or changes a lane. One that is changed by its owner gets a fresh
// chance: the endpoint may be another.
func (d *Deliverer) put(w Webhook) {
	l, found := d.lanes[w.ID]
	if !found {
		l = &lane{inFlight: map[int64]struct{}{}}
		d.lanes[w.ID] = l
		d.order = append(d.order, w.ID)
	}
	if l.hook.URL != w.URL || w.Active && !l.hook.Active {
		l.proven, l.slow, l.failures = false, false, 0
		l.restsTo = d.clock.Now()
	}
	l.hook, l.look, l.due = w, true, nil
}

func (d *Deliverer) remove(id string) {
	delete(d.lanes, id)
	d.order = slices.DeleteFunc(d.order, func(other string) bool { return other == id })
}
