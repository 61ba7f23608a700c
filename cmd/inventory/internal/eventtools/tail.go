package eventtools

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
)

// tailCommand prints events as they are published, until ctx ends.
func tailCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("tail")
	types := listFlag{known: eventTypes}
	flags.Var(&types, "type", "only events of these `types`, separated by commas")
	whole := flags.Bool("json", false, "print the events as JSON, as the broker carries them")
	client, err := flags.connectOnly(ctx, args)
	if err != nil {
		return err
	}
	defer client.Close()
	path := brokerapi.TailPath
	if len(types.given) > 0 {
		path += "?" + url.Values{"types": {types.String()}}.Encode()
	}
	err = client.AskBroker(func(service string) error {
		body, err := client.Open(ctx, http.MethodGet, service, path, nil)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		return printEvents(body, out, *whole)
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// maxLine bounds the document of an event, in bytes.
const maxLine = 8 << 20

// printEvents prints the events of a stream that should not end.
func printEvents(body io.Reader, out io.Writer, whole bool) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		text := lines.Text()
		if !whole {
			event, err := events.Decode(lines.Bytes())
			if err != nil {
				return fmt.Errorf("events tail: %w", err)
			}
			text = eventLine(event)
		}
		if _, err := fmt.Fprintln(out, printable(text)); err != nil {
			return fmt.Errorf("events tail: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("events tail: the stream broke off: %w", err)
	}
	return errors.New("events tail: the service ended the stream; it stops, or it lost the broker")
}

// eventLine returns an event as a line for people.
func eventLine(e events.Event) string {
	version := ""
	if e.Version != 0 {
		version = fmt.Sprintf("v%d", e.Version)
	}
	return strings.TrimRight(fmt.Sprintf("%s  %-21s  %s  %-8s  %-4s  %s", events.FormatTime(e.CreatedAt), e.Type,
		e.AggregateID, dashed(e.StoreID), dashed(version), e.Payload), " ")
}
