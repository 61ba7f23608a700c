package sqlite

import "sync/atomic"

// Hint passes values from the changes that stage them to one listener, in
// memory and right after the commit. It is only a hint: values that are staged
// before Listen are dropped, as are those of a process that dies after the
// commit. So the listener must be able to read the missing values from the
// tables. The zero value is ready; a Hint must not be copied.
type Hint[T any] struct {
	listener atomic.Pointer[func(values []T)]
}

// Listen makes listener receive the values of each later commit, in the order
// in which its changes staged them; it replaces the listener before. It is
// called before the callers of these changes get their results, on the
// goroutine of the writer, so it must not block; it may keep values.
func (h *Hint[T]) Listen(listener func(values []T)) { h.listener.Store(&listener) }

// Stage passes value to the listener once the transaction has committed.
func (h *Hint[T]) Stage(tx *Tx, value T) {
	for _, s := range tx.staged {
		if s, ok := s.(*stagedValues[T]); ok && s.hint == h {
			s.values = append(s.values, value)
			return
		}
	}
	tx.staged = append(tx.staged, &stagedValues[T]{hint: h, values: []T{value}})
}

// staged is the values that the changes of one transaction have staged with one
// Hint.
type staged interface {
	begin()   // of a change
	undo()    // drops the values that the change staged
	deliver() // after the commit
}

type stagedValues[T any] struct {
	hint   *Hint[T]
	values []T
	kept   int // of the changes before
}

func (s *stagedValues[T]) begin() { s.kept = len(s.values) }

func (s *stagedValues[T]) undo() { s.values = s.values[:s.kept] }

func (s *stagedValues[T]) deliver() {
	if listener := s.hint.listener.Load(); listener != nil && len(s.values) > 0 {
		(*listener)(s.values)
	}
}

// beginChange marks the values that earlier changes have staged.
func (tx *Tx) beginChange() {
	tx.wrote = false
	for _, s := range tx.staged {
		s.begin()
	}
}

// undoStaged drops the values that the change has staged since beginChange.
func (tx *Tx) undoStaged() {
	for _, s := range tx.staged {
		s.undo()
	}
}

// deliverStaged passes on the values that a committed transaction has staged.
func (tx *Tx) deliverStaged() {
	for _, s := range tx.staged {
		s.deliver()
	}
}
