package redisstream

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// The scripts of leases. They are allowed while memory is short: consumers need
// to go on then.
var (
	takeLease = redis.NewScript(`#!lua flags=allow-oom
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`)
	renewLease = redis.NewScript(`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)
	releaseLease = redis.NewScript(`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
)

// lease is a key with an expiry that one client has at a time. It is used by
// one goroutine, except for renew.
type lease struct {
	client redis.UniversalClient
	key    string
	length time.Duration
	token  string // of the last take
}

// take tries to get the lease. One that this client had before and that is
// still there, because a release or an answer was lost, is replaced. Each take
// has a token of its own, so that a release that is late does no harm.
func (l *lease) take(ctx context.Context) (bool, error) {
	before := l.token
	l.token = rand.Text()
	return takeLease.Run(ctx, l.client, []string{l.key}, l.token, before, l.length.Milliseconds()).Bool()
}

// renew begins the lease's time anew and reports whether the client still had
// it.
func (l *lease) renew(ctx context.Context) (bool, error) {
	return renewLease.Run(ctx, l.client, []string{l.key}, l.token, l.length.Milliseconds()).Bool()
}

// release gives the lease back, if the client still has it.
func (l *lease) release(ctx context.Context) error {
	return releaseLease.Run(ctx, l.client, []string{l.key}, l.token).Err()
}

// hold runs work while it renews the lease, which was taken after the time
// taken. The context of work ends with ctx, or before the lease can have run
// out on the server; hold then reports true. It goes on renewing until work has
// returned, also when ctx has ended.
//
// It measures on the machine's clock, as the server does on its own.
func (l *lease) hold(ctx context.Context, taken time.Time, work func(context.Context) error) (lost bool, err error) {
	working, cancel := context.WithCancel(ctx)
	defer cancel()
	remaining := func(since time.Time) time.Duration { return time.Until(since.Add(l.length - l.length/10)) }
	expiry := time.AfterFunc(remaining(taken), cancel)
	defer expiry.Stop()
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewals sync.WaitGroup
	renewals.Go(func() {
		again := time.NewTimer(l.length / 3)
		defer again.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-again.C:
			}
			since := time.Now()
			had, err := l.renewSoon(renewing)
			switch {
			case err != nil:
				again.Reset(l.length / 20)
			case !had:
				cancel()
				return
			default:
				expiry.Reset(remaining(since))
				again.Reset(l.length / 3)
			}
		}
	})
	err = work(working)
	stop()
	renewals.Wait()
	return working.Err() != nil && ctx.Err() == nil, err
}

// renewSoon is renew with an answer within the third of the lease.
func (l *lease) renewSoon(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.length/3)
	defer cancel()
	return l.renew(ctx)
}
