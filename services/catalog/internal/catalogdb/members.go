package catalogdb

import (
	"encoding/binary"
	"math/bits"
)

// members are the products of a block that have a gram, a bit for each. The
// stored form is the shorter one of a list of their places in the block, 2 bytes
// each in ascending order, and the bits, 8 bytes for each word, both in little
// endian.
type members []uint64

const (
	wordBits   = 64
	wordBytes  = 8
	placeBytes = 2
)

// readMembers returns the members of a block of size products.
func readMembers(stored []byte, size int64) members {
	m := make(members, size/wordBits)
	if len(stored) == len(m)*wordBytes {
		for i := range m {
			m[i] = binary.LittleEndian.Uint64(stored[i*wordBytes:])
		}
		return m
	}
	for ; len(stored) >= placeBytes; stored = stored[placeBytes:] {
		m.set(int64(binary.LittleEndian.Uint16(stored)))
	}
	return m
}

// stored returns m as it is stored.
func (m members) stored() (stored []byte) {
	if count := m.count(); count*placeBytes < len(m)*wordBytes {
		stored = make([]byte, 0, count*placeBytes)
		for place := range m.all {
			stored = binary.LittleEndian.AppendUint16(stored, uint16(place)) //nolint:gosec // see grouping.block
		}
		return stored
	}
	stored = make([]byte, 0, len(m)*wordBytes)
	for _, word := range m {
		stored = binary.LittleEndian.AppendUint64(stored, word)
	}
	return stored
}

func (m members) set(place int64)      { m[place/wordBits] |= 1 << (place % wordBits) }
func (m members) has(place int64) bool { return m[place/wordBits]&(1<<(place%wordBits)) != 0 }
func (m members) unset(place int64)    { m[place/wordBits] &^= 1 << (place % wordBits) }

// intersect keeps in m only the members that other has too.
func (m members) intersect(other members) {
	for i := range m {
		m[i] &= other[i]
	}
}

func (m members) count() (count int) {
	for _, word := range m {
		count += bits.OnesCount64(word)
	}
	return count
}

// all yields the places of the members in ascending order.
func (m members) all(yield func(place int64) bool) {
	for i, word := range m {
		for ; word != 0; word &= word - 1 {
			if !yield(int64(i*wordBits + bits.TrailingZeros64(word))) {
				return
			}
		}
	}
}
