package main

import (
	"fmt"
	"io"
	"strconv"

	"inventory.example/pkg/audit"
)

// auditLines prints one line for each rule, and counts.
type auditLines struct {
	out    io.Writer
	total  int
	failed int
}

// nameWidth is the room for the name of a rule.
const nameWidth = 56

func (l *auditLines) line(mark string, rule audit.Rule, rest string) error {
	_, err := fmt.Fprintf(l.out, "%-4s  %d%-1s  %-*s  %s\n", mark, rule.Invariant, rule.Part, nameWidth, rule.Name, rest)
	return err
}

// check prints what came of a rule, with its first violations.
func (l *auditLines) check(c *audit.Check, note string) error {
	l.total++
	checked := thousands(c.Checked) + " " + c.Unit
	if note != "" {
		checked += " (" + note + ")"
	}
	if c.ViolationCount == 0 {
		return l.line("ok", c.Rule, checked)
	}
	l.failed++
	if err := l.line("FAIL", c.Rule, count(c.ViolationCount, "violation")+" in "+checked); err != nil {
		return err
	}
	for _, v := range c.Violations {
		if _, err := fmt.Fprintf(l.out, "          %s\n", v); err != nil {
			return err
		}
	}
	if more := c.ViolationCount - int64(len(c.Violations)); more > 0 {
		_, err := fmt.Fprintf(l.out, "          … and %s more\n", thousands(more))
		return err
	}
	return nil
}

// unchecked prints that nothing can be said about a rule.
func (l *auditLines) unchecked(rule audit.Rule, why string) error {
	return l.line("--", rule, why)
}

// err returns the outcome of all checks.
func (l *auditLines) err() error {
	if l.failed == 0 {
		return nil
	}
	return fmt.Errorf("audit: %d of %d checks found violations", l.failed, l.total)
}

// count writes a number of things.
func count(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(n) + " " + thing
}

// thousands writes a count with a comma between each three digits.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
