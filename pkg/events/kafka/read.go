package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// endless is the end of an extent that has none.
const endless = math.MaxInt64

// quietLimit is the time without a record after which a reader checks whether the
// records that it waits for still exist. It is also the longest outage that a
// reader survives.
const quietLimit = 5 * time.Second

// readAll calls each for the records that are in the topic now.
func (b *Broker) readAll(ctx context.Context, name string, each func(*kgo.Record) error) error {
	extents, err := b.extents(ctx, name)
	if err != nil {
		return err
	}
	return b.read(ctx, name, extents, each)
}

// read calls each for the records within the extents, until each returns an
// error, which it returns. It reads without a consumer group.
func (b *Broker) read(ctx context.Context, name string, within map[int32]extent, each func(*kgo.Record) error) error {
	left := map[int32]int64{} // the end of each partition that is not read to its end
	offsets := map[int32]kgo.Offset{}
	for p, e := range within {
		if e.start < e.end {
			left[p] = e.end
			offsets[p] = kgo.NewOffset().At(e.start)
		}
	}
	if len(left) == 0 {
		return nil
	}
	t := &dialErrors{}
	client, err := b.connect(t,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: offsets}),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.KeepRetryableFetchErrors(),
		kgo.KeepControlRecords(), // because they have offsets, too
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for len(left) > 0 {
		if err := b.pollOnce(ctx, client, name, left, each); err != nil {
			return t.explain(err)
		}
	}
	return nil
}

// pollOnce polls once and removes from left the partitions that are read to their
// end.
func (b *Broker) pollOnce(
	ctx context.Context, client *kgo.Client, name string, left map[int32]int64, each func(*kgo.Record) error,
) error {
	poll, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	fetches := client.PollRecords(poll, batchLength)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := permanentError(fetches); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	list := fetches.Records()
	if len(list) == 0 && poll.Err() != nil {
		return b.dropTrimmed(ctx, name, left)
	}
	for _, r := range list {
		end, reading := left[r.Partition]
		if !reading {
			continue
		}
		if r.Offset < end && !r.Attrs.IsControl() {
			if err := each(r); err != nil {
				return err
			}
		}
		if r.Offset+1 >= end {
			delete(left, r.Partition)
		}
	}
	return nil
}

// dropTrimmed removes from left the partitions whose records were deleted during
// the read.
func (b *Broker) dropTrimmed(ctx context.Context, name string, left map[int32]int64) error {
	extents, err := b.extents(ctx, name)
	if err != nil {
		return err
	}
	for p, end := range left {
		if extents[p].start >= end {
			delete(left, p)
		}
	}
	return nil
}

// permanentError returns an error of a poll that the client does not overcome.
func permanentError(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		var loss *kgo.ErrDataLoss
		switch err := e.Err; {
		case errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.UnknownTopicOrPartition):
			return err
		case errors.Is(err, context.DeadlineExceeded), errors.As(err, &loss),
			kerr.IsRetriable(err), kgo.IsRetryableBrokerErr(err):
		default:
			return err
		}
	}
	return nil
}
