package redisstream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/internal/adapter"
)

const (
	turnLength = 500 * time.Millisecond // after which others get their turn
	waitLength = 500 * time.Millisecond // for which the server holds back an empty answer, at most
)

// member is one subscription of a group.
type member struct {
	adapter.Member
	broker    *Broker
	client    redis.UniversalClient
	stream    string
	name      string
	wake      string // the list whose element tells that the turn is free
	lease     lease  // of the turn
	outage    outage
	joined    bool     // the group is there, as far as the member knows
	unsettled []string // ids of done entries that the server may not have heard of
}

// run delivers until ctx ends.
func (m *member) run(ctx context.Context) {
	var presence sync.WaitGroup
	presence.Go(func() {
		for clock.Sleep(ctx, m.broker.clock, m.lease.length/3) == nil {
			m.beat(ctx)
		}
	})
	for ctx.Err() == nil {
		err := m.step(ctx)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			m.outage.over(ctx)
		case groupIsLost(err) && m.joined:
			m.Logger.ErrorContext(ctx, "the broker has lost the consumer group; it is made anew at the beginning of the stream",
				slog.Any("err", err))
			m.joined, m.unsettled = false, nil
		default:
			_ = clock.Sleep(ctx, m.broker.clock, m.outage.recordFailure(ctx, err)) // the loop looks at ctx
		}
	}
	presence.Wait()
	m.end(context.WithoutCancel(ctx))
}

// step joins the group if it has not, takes the turn if it is free, works, and
// waits for the next turn.
func (m *member) step(ctx context.Context) error {
	if err := m.join(ctx); err != nil {
		return err
	}
	asked := time.Now()
	taken, err := m.lease.take(ctx)
	if err != nil {
		return m.broker.wrapError(ctx, err, "take the turn of group %s", m.Group)
	}
	if taken {
		if err := m.turn(ctx, asked); err != nil {
			return err
		}
	}
	return m.await(ctx)
}

// turn works with the turn, which was taken after the time taken, and hands it
// over.
func (m *member) turn(ctx context.Context, taken time.Time) error {
	lost, err := m.lease.hold(ctx, taken, m.work)
	if lost {
		m.Logger.WarnContext(ctx, "the turn was lost, because its lease was not renewed in time or was deleted")
	}
	return errors.Join(err, m.handOver(context.WithoutCancel(ctx)))
}

// join makes the group if it is not there.
func (m *member) join(ctx context.Context) error {
	if m.joined {
		return nil
	}
	err := m.client.XGroupCreateMkStream(ctx, m.stream, m.Group, "0").Err()
	if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
		return m.broker.wrapError(ctx, err, "make group %s of stream %s", m.Group, m.stream)
	}
	m.joined = true
	m.beat(ctx)
	return nil
}

// beat tells the server that the member is there, by a read behind the end of
// its own unacknowledged entries. The member who has the turn hands it over
// only if there is somebody.
func (m *member) beat(ctx context.Context) {
	const behindAll = "18446744073709551615-18446744073709551614" // the server adds one
	err := m.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: m.Group, Consumer: m.name, Streams: []string{m.stream, behindAll}, Count: 1, Block: -1,
	}).Err()
	if err != nil {
		m.Logger.DebugContext(ctx, "tell the presence", slog.Any("err", err)) // step meets the same error
	}
}

// wakeOne puts the one element into the list that tells that the turn is free.
// Who waits longest gets it.
var wakeOne = redis.NewScript(`#!lua flags=allow-oom
redis.call('LPUSH', KEYS[1], 'free')
redis.call('LTRIM', KEYS[1], 0, 0)
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`)

// handOver gives the turn back and wakes who waits for it longest, before this
// member waits itself.
func (m *member) handOver(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	if err := m.lease.release(ctx); err != nil {
		return m.broker.wrapError(ctx, err, "hand over the turn of group %s", m.Group)
	}
	return m.wakeNext(ctx)
}

func (m *member) wakeNext(ctx context.Context) error {
	err := wakeOne.Run(ctx, m.client, []string{m.wake}, m.lease.length.Milliseconds()).Err()
	return m.broker.wrapError(ctx, err, "wake the next member of group %s", m.Group)
}

// await waits until the turn may be free. The element of the list only saves
// time; without it, the lease is tried again after a while.
func (m *member) await(ctx context.Context) error {
	err := m.client.Do(ctx, "BLPOP", m.wake, waitLength.Seconds()).Err()
	if errors.Is(err, redis.Nil) { // not yet
		err = nil
	}
	return m.broker.wrapError(ctx, err, "wait for the turn of group %s", m.Group)
}

// leaveGroup removes a member from the group's list unless it has
// unacknowledged entries, which would be removed with it.
var leaveGroup = redis.NewScript(`#!lua flags=allow-oom
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])`)

// end is the last that a member does.
func (m *member) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	err := m.settle(ctx)
	if err == nil {
		err = leaveGroup.Run(ctx, m.client, []string{m.stream}, m.Group, m.name).Err()
		err = m.broker.wrapError(ctx, err, "leave group %s", m.Group)
	}
	if err == nil {
		err = m.wakeNext(ctx) // it may have taken the element and not the turn
	}
	if err != nil && !groupIsLost(err) {
		m.Logger.WarnContext(ctx, "end of the subscription", slog.Any("err", err))
	}
}

// hasCompany reports whether the group has other members.
func (m *member) hasCompany(ctx context.Context) (bool, error) {
	list, err := m.broker.present(ctx, m.Group)
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

// present returns the names of the members that the server has heard of
// lately.
func (b *Broker) present(ctx context.Context, group string) ([]string, error) {
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

// settle acknowledges what is done.
func (m *member) settle(ctx context.Context) error {
	if len(m.unsettled) == 0 {
		return nil
	}
	// What is done is done, also when ctx has ended since.
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
	defer cancel()
	if err := m.client.XAck(detached, m.stream, m.Group, m.unsettled...).Err(); err != nil {
		return m.broker.wrapError(detached, err, "acknowledge %d entries for group %s", len(m.unsettled), m.Group)
	}
	m.unsettled = m.unsettled[:0]
	return nil
}
