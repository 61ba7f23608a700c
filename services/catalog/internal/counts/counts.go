// Package counts remembers how many products match a search, so that only the first
// page of a walk counts them.
package counts

import "sync"

// limit is the most searches that are remembered.
const limit = 256

// Search is a search whose result was counted.
type Search struct {
	Text     string // folded
	Category string
	Within   bool // Category matters
}

// SearchOf returns the search for a folded text, in a category unless that is nil.
func SearchOf(text string, category *string) Search {
	s := Search{Text: text}
	if category != nil {
		s.Category, s.Within = *category, true
	}
	return s
}

// Memory has the results of counts in the newest state of the database that a count
// has seen. A state is the seq of the last event: every change of a product appends
// one in its transaction, so two snapshots with the same seq have the same products.
// It is safe for concurrent use.
type Memory[T any] struct {
	mu      sync.Mutex
	seq     int64
	results map[Search]T
}

// Of returns the result for a search in a snapshot whose last event has that seq. It
// calls count, in the same snapshot, unless the result is remembered.
func (m *Memory[T]) Of(search Search, seq int64, count func() (T, error)) (T, error) {
	if result, found := m.find(search, seq); found {
		return result, nil
	}
	result, err := count()
	if err == nil {
		m.save(search, seq, result)
	}
	return result, err
}

func (m *Memory[T]) find(search Search, seq int64) (result T, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq == m.seq {
		result, found = m.results[search]
	}
	return result, found
}

func (m *Memory[T]) save(search Search, seq int64, result T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq < m.seq {
		return // of a snapshot that began before the newest one
	}
	if m.results == nil || seq > m.seq || len(m.results) >= limit {
		m.seq, m.results = seq, map[Search]T{}
	}
	m.results[search] = result
}
