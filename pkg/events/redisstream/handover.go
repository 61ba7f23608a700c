package redisstream

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	activePeriod = 500 * time.Millisecond // after which the lease is handed over if the group has other members
	blockLimit   = 500 * time.Millisecond // for which the server delays an empty response, at most
)

// acquireLease joins the group and tries to acquire its lease. It returns a
// context that ends with the lease, or nil while another member is active.
func (m *member) acquireLease(ctx context.Context) (leased context.Context, err error) {
	if err := m.joinGroup(ctx); err != nil {
		return nil, err
	}
	asked := time.Now()
	acquired, err := m.lease.acquire(ctx)
	if err != nil || !acquired {
		return nil, m.broker.wrapError(ctx, err, "acquire the lease of group %s", m.Group)
	}
	return m.lease.startRenewal(ctx, asked), nil
}

// handOverLease releases the lease and wakes the next member before this one
// waits. It returns err, the result of the work with the lease, and its own
// error.
func (m *member) handOverLease(ctx context.Context, err error) error {
	if lost := m.lease.stopRenewal(); lost {
		m.Logger.WarnContext(ctx, "the lease was lost, because it was not renewed in time or was deleted")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
	defer cancel()
	if failed := m.lease.release(ctx); failed != nil {
		return errors.Join(err, m.broker.wrapError(ctx, failed, "release the lease of group %s", m.Group))
	}
	return errors.Join(err, m.wakeNextMember(ctx))
}

// pushWakeElement puts the only element into the list at wakeKey. The server
// gives it to the member that has waited longest.
var pushWakeElement = redis.NewScript(`#!lua flags=allow-oom
redis.call('LPUSH', KEYS[1], 'free')
redis.call('LTRIM', KEYS[1], 0, 0)
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`)

func (m *member) wakeNextMember(ctx context.Context) error {
	err := pushWakeElement.Run(ctx, m.client, []string{m.wakeKey}, m.lease.length.Milliseconds()).Err()
	return m.broker.wrapError(ctx, err, "wake the next member of group %s", m.Group)
}

// awaitLease waits until the lease may be free. The element of the list only
// saves time; without it, the member tries again after blockLimit.
func (m *member) awaitLease(ctx context.Context) error {
	err := m.client.Do(ctx, "BLPOP", m.wakeKey, blockLimit.Seconds()).Err()
	if errors.Is(err, redis.Nil) { // no element within the limit
		err = nil
	}
	return m.broker.wrapError(ctx, err, "wait for the lease of group %s", m.Group)
}

// hasOtherMembers reports whether another member of the group is alive.
func (m *member) hasOtherMembers(ctx context.Context) (bool, error) {
	list, err := m.broker.liveMembers(ctx, m.Group)
	if err != nil {
		return false, err
	}
	for _, name := range list {
		if name != m.name {
			return true, nil
		}
	}
	return false, nil
}

// liveMembers returns the names of the members whose last heartbeat is younger
// than a lease.
func (b *Broker) liveMembers(ctx context.Context, group string) ([]string, error) {
	list, err := b.client.XInfoConsumers(ctx, b.config.Stream, group).Result()
	if err != nil {
		return nil, b.wrapError(ctx, err, "list the members of group %s", group)
	}
	var names []string
	for _, c := range list {
		if c.Idle < b.config.Lease {
			names = append(names, c.Name)
		}
	}
	return names, nil
}
