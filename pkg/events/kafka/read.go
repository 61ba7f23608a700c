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

// quietLimit is after how long without a record a reader looks whether those
// that it waits for are still there, and the most that an outage may last.
const quietLimit = 5 * time.Second

// readAll calls each for the records that the topic holds now.
func (b *Broker) readAll(ctx context.Context, name string, each func(*kgo.Record) error) error {
	held, err := b.extents(ctx, name)
	if err != nil {
		return err
	}
	return b.read(ctx, name, held, each)
}

// read calls each for the records within the extents, until each returns an
// error, which it returns. It belongs to no group.
func (b *Broker) read(ctx context.Context, name string, within map[int32]extent, each func(*kgo.Record) error) error {
	left := map[int32]int64{} // the offset before which a partition is not read to its end
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
	t := &trouble{}
	client, err := b.connect(t,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: offsets}),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.KeepRetryableFetchErrors(),
		kgo.KeepControlRecords(), // they have offsets, too
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for len(left) > 0 {
		if err := b.readSome(ctx, client, name, left, each); err != nil {
			return t.explain(err)
		}
	}
	return nil
}

// readSome polls once and takes the partitions out of left that are through.
func (b *Broker) readSome(
	ctx context.Context, client *kgo.Client, name string, left map[int32]int64, each func(*kgo.Record) error,
) error {
	poll, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	fetches := client.PollRecords(poll, batchLength)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := fatal(fetches); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	list := fetches.Records()
	if len(list) == 0 && poll.Err() != nil {
		return b.forgetTrimmed(ctx, name, left)
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

// forgetTrimmed takes the partitions out of left whose records have been
// deleted in the meantime.
func (b *Broker) forgetTrimmed(ctx context.Context, name string, left map[int32]int64) error {
	held, err := b.extents(ctx, name)
	if err != nil {
		return err
	}
	for p, end := range left {
		if held[p].start >= end {
			delete(left, p)
		}
	}
	return nil
}

// fatal returns an error of a poll that does not pass by itself.
func fatal(fetches kgo.Fetches) error {
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
