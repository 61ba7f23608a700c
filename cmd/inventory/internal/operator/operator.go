// Package operator is the common part of the commands: flags, the address of the
// running system, the client of its services and of the broker, and the format of
// counts.
package operator

import (
	"flag"
	"fmt"
	"strconv"
)

// NoArguments parses the flags of a command that takes nothing else.
func NoArguments(flags *flag.FlagSet, args []string) error {
	withoutFlags := true
	flags.VisitAll(func(*flag.Flag) { withoutFlags = false })
	if withoutFlags {
		flags.Usage = func() {
			_, _ = fmt.Fprintf(flags.Output(), "inventory %s has no flags; docs/configuration.md lists its variables\n", flags.Name())
		}
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s takes no arguments, only flags", flags.Name())
	}
	return nil
}

// Count writes a number of things.
func Count(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return Thousands(n) + " " + thing
}

// Thousands writes a count with a comma between each three digits.
func Thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
