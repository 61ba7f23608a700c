package auditor

import (
	"fmt"
	"io"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/audit"
)

// lines prints one line for each rule, and counts.
type lines struct {
	out    io.Writer
	total  int
	failed int
}

// nameWidth is the room for the name of a rule.
const nameWidth = 56

func (l *lines) line(mark string, rule audit.Rule, rest string) error {
	_, err := fmt.Fprintf(l.out, "%-4s  %d%-1s  %-*s  %s\n", mark, rule.Invariant, rule.Part, nameWidth, rule.Name, rest)
	return err
}

// check prints the result of a rule, with its first violations.
func (l *lines) check(c *audit.Check, note string) error {
	l.total++
	checked := operator.Thousands(c.Checked) + " " + c.Unit
	if note != "" {
		checked += " (" + note + ")"
	}
	if c.ViolationCount == 0 {
		return l.line("ok", c.Rule, checked)
	}
	l.failed++
	if err := l.line("FAIL", c.Rule, operator.Count(c.ViolationCount, "violation")+" in "+checked); err != nil {
		return err
	}
	for _, v := range c.Violations {
		if _, err := fmt.Fprintf(l.out, "          %s\n", v); err != nil {
			return err
		}
	}
	if more := c.ViolationCount - int64(len(c.Violations)); more > 0 {
		_, err := fmt.Fprintf(l.out, "          … and %s more\n", operator.Thousands(more))
		return err
	}
	return nil
}

// unchecked prints that nothing can be said about a rule.
func (l *lines) unchecked(rule audit.Rule, why string) error {
	return l.line("--", rule, why)
}

// err returns the outcome of all checks.
func (l *lines) err() error {
	if l.failed == 0 {
		return nil
	}
	return fmt.Errorf("audit: %d of %d checks found violations", l.failed, l.total)
}
