// Package eventtools is "inventory events": it follows and repeats events, and
// handles dead letters.
package eventtools

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/contract/inventory"
)

const usage = `usage: inventory events COMMAND [flags]

  tail              the events that are published from now on, one each line
  pending           the events not yet published, and the position of the consumer groups
  dlq list          the dead letters: events that a group could not handle
  dlq show ID       one of them, whole
  dlq replay ID …   hand their events to that group once more; -all for all
  dlq discard ID …  remove them for ever, unhandled; -all for all
  replay            publish events of the services' tables once more, such as
                    with -missing those that the broker lost

"inventory events COMMAND -h" lists the flags of a command`

// Run runs the command about events and the broker that args begin with, and prints
// its output to out.
func Run(ctx context.Context, args []string, out io.Writer) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if name == "dlq" && len(args) > 0 {
		name, args = name+" "+args[0], args[1:]
	}
	commands := map[string]func(context.Context, []string, io.Writer) error{
		"tail": tailCommand, "pending": pendingCommand, "replay": replayCommand,
		"dlq list": listLettersCommand, "dlq show": showLetterCommand,
		"dlq replay": replayLettersCommand, "dlq discard": discardLettersCommand,
	}
	switch run, known := commands[name]; {
	case known:
		return run(ctx, args, out)
	case slices.Contains([]string{"help", "-h", "--help"}, strings.TrimPrefix(name, "dlq ")):
		fmt.Fprintln(out, usage)
		return nil
	case name == "":
		return errors.New(usage)
	default:
		return fmt.Errorf("unknown command %q\n%s", "events "+name, usage)
	}
}

// commandFlags are the flags of a command about events.
type commandFlags struct {
	*flag.FlagSet
	target operator.Target
	locate func(context.Context) error
}

func newFlags(name string) *commandFlags {
	f := &commandFlags{FlagSet: flag.NewFlagSet("events "+name, flag.ContinueOnError)}
	f.locate = f.target.AddFlags(f.FlagSet)
	return f
}

// parse reads the arguments, with flags before, after and between them.
func (f *commandFlags) parse(args []string) (arguments []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if f.NArg() == 0 {
			return arguments, nil
		}
		arguments, args = append(arguments, f.Arg(0)), f.Args()[1:]
	}
}

// connect returns a client of the system that the flags name. The caller closes
// it.
func (f *commandFlags) connect(ctx context.Context) (*operator.Client, error) {
	if err := f.locate(ctx); err != nil {
		return nil, err
	}
	return operator.NewClient(f.target), nil
}

// connectOnly is connect for a command that takes nothing but flags.
func (f *commandFlags) connectOnly(ctx context.Context, args []string) (*operator.Client, error) {
	if err := operator.NoArguments(f.FlagSet, args); err != nil {
		return nil, err
	}
	return f.connect(ctx)
}

// eventTypes are all that there are.
var eventTypes = []string{
	string(inventory.TypeProductCreated), string(inventory.TypeProductUpdated), string(inventory.TypeProductDeleted),
	string(inventory.TypeStoreUpdated), string(inventory.TypeStoreDeleted),
	string(inventory.TypeStockCreated), string(inventory.TypeStockUpdated), string(inventory.TypeStockTransferred),
	string(inventory.TypeStockReserved), string(inventory.TypeStockReleased), string(inventory.TypeStockLow),
	string(inventory.TypeStockStateChanged), string(inventory.TypeStockDeleted),
	string(inventory.TypeTransferRequested), string(inventory.TypeTransferShipped),
	string(inventory.TypeTransferReceived), string(inventory.TypeTransferCancelled),
	string(inventory.TypeReservationCreated), string(inventory.TypeReservationConfirmed),
	string(inventory.TypeReservationCancelled), string(inventory.TypeReservationExpired),
	string(inventory.TypeReservationExtended), string(inventory.TypeReservationUpdated), string(inventory.TypeReservationReturned),
}

// listFlag is a flag with a list of known words, separated by commas; it may
// come several times.
type listFlag struct {
	known []string
	given []string
}

// String implements flag.Value.
func (l *listFlag) String() string { return strings.Join(l.given, ",") }

// Set implements flag.Value.
func (l *listFlag) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		if !slices.Contains(l.known, word) {
			return fmt.Errorf("%q is unknown; there are %s", word, strings.Join(l.known, ", "))
		}
		if !slices.Contains(l.given, word) {
			l.given = append(l.given, word)
		}
	}
	return nil
}

// printable returns text on one line, with every character that a terminal could take
// for a command escaped as in JSON. JSON stays the same JSON.
func printable(text string) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// dashed returns text, or a dash when it is empty.
func dashed(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
