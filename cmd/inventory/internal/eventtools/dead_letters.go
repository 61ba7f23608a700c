package eventtools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/problem"
)

// listLettersCommand prints the dead letters, oldest first, one each line.
func listLettersCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("dlq list")
	whole := flags.Bool("json", false, "print them as JSON, with their events")
	client, err := flags.connectOnly(ctx, args)
	if err != nil {
		return err
	}
	defer client.Close()
	return eachLetter(ctx, client, func(l brokerapi.DeadLetter) error {
		text := letterLine(l)
		if *whole {
			encoded, err := json.Marshal(l)
			if err != nil {
				return fmt.Errorf("events dlq list: %w", err)
			}
			text = string(encoded)
		}
		_, err := fmt.Fprintln(out, printable(text))
		return err
	})
}

// maxReason is the length of a reason in a list, in characters.
const maxReason = 100

func letterLine(l brokerapi.DeadLetter) string {
	reason, _, more := strings.Cut(l.Reason, "\n")
	if runes := []rune(reason); len(runes) > maxReason {
		reason, more = string(runes[:maxReason]), true
	}
	if more {
		reason += "…"
	}
	return fmt.Sprintf("%s  %s  %s  event %s  %d attempts  %s",
		l.ID, l.FailedAt, l.Group, dashed(l.EventID), l.Attempts, reason)
}

// eachLetter calls each for the dead letters, oldest first.
func eachLetter(ctx context.Context, c *operator.Client, each func(brokerapi.DeadLetter) error) error {
	for after := ""; ; {
		path := brokerapi.DeadLettersPath
		if after != "" {
			path += "?" + url.Values{"after": {after}}.Encode()
		}
		var page brokerapi.DeadLetters
		if err := c.GetBroker(ctx, path, &page); err != nil {
			return err
		}
		if len(page.DeadLetters) == 0 {
			return nil
		}
		for _, l := range page.DeadLetters {
			if err := each(l); err != nil {
				return err
			}
			after = l.ID
		}
	}
}

// showLetterCommand prints one dead letter as a JSON document.
func showLetterCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("dlq show")
	ids, err := flags.parse(args)
	if err != nil {
		return err
	}
	if len(ids) != 1 || ids[0] == "" {
		return errors.New("events dlq show: name one dead letter by its id; \"inventory events dlq list\" has them")
	}
	client, err := flags.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	var letter brokerapi.DeadLetter
	if err := client.GetBroker(ctx, letterPath(ids[0]), &letter); err != nil {
		return noSuchLetter(flags.Name(), ids[0], err)
	}
	text, err := json.MarshalIndent(letter, "", "  ")
	if err != nil {
		return fmt.Errorf("events dlq show: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Fprintln(out, printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return fmt.Errorf("events dlq show: %w", err)
		}
	}
	return nil
}

func letterPath(id string) string { return brokerapi.DeadLettersPath + "/" + url.PathEscape(id) }

// noSuchLetter is the error of an unknown dead letter, in plain words.
func noSuchLetter(command, id string, err error) error {
	if errors.Is(err, operator.ErrNotThere) {
		return fmt.Errorf("%s: there is no dead letter %q", command, id)
	}
	return err
}

// replayLettersCommand hands the events of dead letters to their groups once
// more.
func replayLettersCommand(ctx context.Context, args []string, out io.Writer) error {
	return replaying.run(ctx, args, out)
}

// discardLettersCommand removes dead letters for ever.
func discardLettersCommand(ctx context.Context, args []string, out io.Writer) error {
	return discarding.run(ctx, args, out)
}

// letterAction is the action of a command on each given dead letter.
type letterAction struct {
	name, done     string // in words: replay, replayed
	method, suffix string // of the request
}

var (
	replaying  = letterAction{"replay", "replayed", http.MethodPost, brokerapi.ReplaySuffix}
	discarding = letterAction{"discard", "discarded", http.MethodDelete, ""}
)

// run does it with the dead letters that args name. One with which it cannot be
// done does not keep the others from it. Nothing is done unless they are named,
// or all are.
func (a letterAction) run(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("dlq " + a.name)
	all := flags.Bool("all", false, a.name+" all that there are now")
	ids, err := flags.parse(args)
	if err != nil {
		return err
	}
	if *all == (len(ids) > 0) {
		return fmt.Errorf("%s: name dead letters by their ids, or all with -all", flags.Name())
	}
	client, err := flags.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if *all {
		// First all ids: an event that fails again becomes a dead letter once more.
		if err := eachLetter(ctx, client, func(l brokerapi.DeadLetter) error { ids = append(ids, l.ID); return nil }); err != nil {
			return err
		}
	}
	failed := 0
	for _, id := range ids {
		err := a.ask(ctx, client, id)
		line := a.done
		if err != nil {
			if code := problem.CodeOf(err); !errors.Is(err, operator.ErrNotThere) && code != problem.InvalidState && code != problem.ValidationError {
				return err // not the fault of this dead letter
			}
			failed++
			line = noSuchLetter(flags.Name(), id, err).Error()
		}
		if _, err := fmt.Fprintf(out, "%s  %s\n", printable(id), printable(line)); err != nil {
			return fmt.Errorf("%s: %w", flags.Name(), err)
		}
	}
	if _, err := fmt.Fprintf(out, "%s %s\n", operator.Count(int64(len(ids)-failed), "dead letter"), a.done); err != nil {
		return fmt.Errorf("%s: %w", flags.Name(), err)
	}
	if failed > 0 {
		return fmt.Errorf("%s: %s could not be %s", flags.Name(), operator.Count(int64(failed), "dead letter"), a.done)
	}
	return nil
}

// ask has a service do it with one dead letter.
func (a letterAction) ask(ctx context.Context, c *operator.Client, id string) error {
	ctx, cancel := context.WithTimeout(ctx, operator.PageTimeout)
	defer cancel()
	if id == "" {
		return operator.ErrNotThere
	}
	return c.AskBroker(func(service string) error {
		return c.Call(ctx, a.method, service, letterPath(id)+a.suffix, nil, nil)
	})
}
