package stockpg

import (
	"database/sql"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
)

// timeOf returns a destination of Scan for a column with a time as clock.Text
// writes it. NULL and the empty text are the zero time.
func timeOf(t *time.Time) sql.Scanner { return (*timeColumn)(t) }

type timeColumn time.Time

// Scan implements sql.Scanner.
func (c *timeColumn) Scan(value any) error {
	text, ok := value.(string)
	if !ok && value != nil {
		return fmt.Errorf("have %T, want a time as text", value)
	}
	t, err := clock.ParseText(text)
	*c = timeColumn(t)
	return err
}

// nullable is a text that is NULL when it is empty.
func nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
