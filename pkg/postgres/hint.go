package postgres

import "sync/atomic"

// Hint hands values from the changes that stage them to one listener of this
// process, in memory and right after the commit. It is only a hint: values that
// are staged before Listen are dropped, as are those of a process that dies after
// the commit, and those of other processes never come, so that the listener must
// be able to read missed values from the tables. The zero value is ready; a Hint
// must not be copied.
type Hint[T any] struct {
	listener atomic.Pointer[func(values []T)]
}

// Listen makes listener receive the values of each later commit, in the order in
// which its changes staged them, in place of the listener before. It is called
// before the callers of these changes get their results, on the goroutine of the
// writer, so it must not block; it may keep values.
func (h *Hint[T]) Listen(listener func(values []T)) { h.listener.Store(&listener) }

// Stage hands value over if, and when, the transaction has committed.
func (h *Hint[T]) Stage(tx *Tx, value T) {
	tx.staged = append(tx.staged, stagedValue[T]{hint: h, value: value})
}

// staged is a value of a change for a Hint.
type staged interface {
	// deliver hands over all values of the same Hint.
	deliver(all []staged)
	// first reports whether no value of all before this one is for the same Hint.
	first(all []staged) bool
}

type stagedValue[T any] struct {
	hint  *Hint[T]
	value T
}

func (s stagedValue[T]) first(all []staged) bool {
	for _, other := range all {
		if o, ok := other.(stagedValue[T]); ok && o.hint == s.hint {
			return false
		}
	}
	return true
}

func (s stagedValue[T]) deliver(all []staged) {
	listener := s.hint.listener.Load()
	if listener == nil {
		return
	}
	var values []T
	for _, other := range all {
		if o, ok := other.(stagedValue[T]); ok && o.hint == s.hint {
			values = append(values, o.value)
		}
	}
	(*listener)(values)
}

// deliver hands over the values that a committed group has staged.
func deliver(all []staged) {
	for i, s := range all {
		if s.first(all[:i]) {
			s.deliver(all[i:])
		}
	}
}
