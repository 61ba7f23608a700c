package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

// entry is one event in the log.
type entry struct {
	offset    int64
	onlyGroup string // the only group that gets it; empty: every group
	event     events.Event
	malformed *malformed // in place of event, if the document is not an event
}

// malformed is a document that cannot be decoded.
type malformed struct {
	document []byte
	err      error
}

// joinDocuments encodes a batch: for each document its length as a varint
// (encoding/binary) and its bytes. Unlike a JSON array this takes any document
// unchanged, and splitting it needs no parser.
func joinDocuments(list []events.Event) ([]byte, error) {
	size := 0
	for i := range list {
		size += binary.MaxVarintLen32 + len(list[i].Document())
	}
	joined := make([]byte, 0, size)
	for i := range list {
		document := list[i].Document()
		if len(document) == 0 {
			return nil, fmt.Errorf("event %d of %d has no document; only New and Decode make events", i+1, len(list))
		}
		joined = binary.AppendUvarint(joined, uint64(len(document)))
		joined = append(joined, document...)
	}
	return joined, nil
}

var errTorn = errors.New("the record of the log is damaged")

// splitDocuments appends to list the entries of a record whose offsets are
// greater than position, until list has limit entries. The damaged rest of a
// record becomes one malformed entry.
func splitDocuments(list []entry, joined []byte, r rowHead, position int64, limit int) []entry {
	for offset := r.first; offset <= r.last && len(list) < limit; offset++ {
		length, n := binary.Uvarint(joined)
		if n <= 0 || length > uint64(len(joined)-n) {
			return append(list, entry{
				offset: r.last, onlyGroup: r.onlyGroup, malformed: &malformed{document: joined, err: errTorn},
			})
		}
		end := n + int(length)
		document := joined[n:end:end]
		joined = joined[end:]
		if offset <= position {
			continue
		}
		e := entry{offset: offset, onlyGroup: r.onlyGroup}
		var err error
		if e.event, err = events.Decode(document); err != nil {
			e.malformed = &malformed{document: document, err: err}
		}
		list = append(list, e)
	}
	return list
}

// rowHead is a record of the log without its documents.
type rowHead struct {
	first, last int64
	onlyGroup   string
}

const sqlSelectBatches = `SELECT first_offset, last_offset, COALESCE(only_group, ''), documents
	FROM batches WHERE last_offset > ? ORDER BY last_offset`

// readLog returns the log's entries after position, limit at most.
func (b *Broker) readLog(ctx context.Context, position int64, limit int) (list []entry, err error) {
	rows, err := b.db.Reader().QueryContext(ctx, sqlSelectBatches, position)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", sqlite.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for len(list) < limit && rows.Next() {
		var head rowHead
		var documents []byte
		if err := rows.Scan(&head.first, &head.last, &head.onlyGroup, &documents); err != nil {
			return nil, fmt.Errorf("read the log: %w", sqlite.Classify(err))
		}
		list = splitDocuments(list, documents, head, position, limit)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the log: %w", sqlite.Classify(err))
	}
	return list, nil
}
