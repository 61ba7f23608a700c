package redisstream

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// The scripts of leases. They are allowed while the server is out of memory,
// because consumers must go on then.
var (
	acquireLease = redis.NewScript(`#!lua flags=allow-oom
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] and owner ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`)
	renewLease = redis.NewScript(`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)
	releaseLease = redis.NewScript(`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
)

// lease is a key with an expiry that one client owns at a time. It is used by
// one goroutine.
type lease struct {
	client redis.UniversalClient
	key    string
	length time.Duration
	token  string // of the last call of acquire

	stopRenewal func() (lost bool) // of the last call of startRenewal
}

// acquire tries to get the lease. If this client owned it before and it is still
// there, because a release or a response was lost, it is replaced. Each call has
// a token of its own, so that a late release does not release the next lease.
func (l *lease) acquire(ctx context.Context) (bool, error) {
	before := l.token
	l.token = rand.Text()
	return acquireLease.Run(ctx, l.client, []string{l.key}, l.token, before, l.length.Milliseconds()).Bool()
}

// renew starts the lease's time again and reports whether the client still
// owned it. It returns within a third of the lease.
func (l *lease) renew(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.length/3)
	defer cancel()
	return renewLease.Run(ctx, l.client, []string{l.key}, l.token, l.length.Milliseconds()).Bool()
}

// release gives the lease back, if the client still owns it.
func (l *lease) release(ctx context.Context) error {
	return releaseLease.Run(ctx, l.client, []string{l.key}, l.token).Err()
}

// startRenewal renews the lease, which acquire began at the time asked, until
// the caller calls stopRenewal, also when ctx has ended. The context that it
// returns ends with ctx, or before the lease can expire on the server;
// stopRenewal reports the latter.
//
// It measures with the machine's clock, as the server does with its own.
func (l *lease) startRenewal(ctx context.Context, asked time.Time) context.Context {
	leased, cancel := context.WithCancel(ctx)
	remaining := func(since time.Time) time.Duration { return time.Until(since.Add(l.length - l.length/10)) }
	expiry := time.AfterFunc(remaining(asked), cancel)
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewals sync.WaitGroup
	renewals.Go(func() {
		next := time.NewTimer(l.length / 3)
		defer next.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-next.C:
			}
			since := time.Now()
			owned, err := l.renew(renewing)
			switch {
			case err != nil:
				next.Reset(l.length / 20)
			case !owned:
				cancel()
				return
			default:
				expiry.Reset(remaining(since))
				next.Reset(l.length / 3)
			}
		}
	})
	l.stopRenewal = func() (lost bool) {
		stop()
		renewals.Wait()
		expiry.Stop()
		lost = leased.Err() != nil && ctx.Err() == nil
		cancel()
		return lost
	}
	return leased
}
