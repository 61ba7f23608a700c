package engine

import (
	"database/sql"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
)

// Scanner is a record to read from, in any engine. Scan returns an error for which
// errors.Is with sql.ErrNoRows is true when there is none.
type Scanner interface {
	Scan(dest ...any) error
}

// Time returns a destination of Scan for a column with a time as clock.Text
// writes it. NULL and the empty text are the zero time.
func Time(t *time.Time) sql.Scanner { return (*timeColumn)(t) }

type timeColumn time.Time

// Scan implements sql.Scanner.
func (c *timeColumn) Scan(value any) error {
	var text string
	switch v := value.(type) {
	case nil:
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("have %T, want a time as text", value)
	}
	t, err := clock.ParseText(text)
	*c = timeColumn(t)
	return err
}
