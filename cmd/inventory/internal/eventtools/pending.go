package eventtools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/outbox/eventsapi"
)

// pendingCommand prints the events not yet published, and the position of the
// consumer groups. A service or broker that cannot be asked is reported in place of its
// line, and is an error at the end.
func pendingCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("pending")
	client, err := flags.connectOnly(ctx, args)
	if err != nil {
		return err
	}
	defer client.Close()
	failed := 0
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\n", args...) } // Flush returns the error
	row("SERVICE\tPENDING\tOLDEST\tBROKER")
	for _, name := range operator.Services {
		stands, err := status(ctx, client, name)
		if err != nil {
			failed++
			row("%s\t-\t-\t%s", name, printable(err.Error()))
			continue
		}
		oldest := ""
		if stands.Pending > 0 {
			oldest = (time.Duration(stands.OldestSeconds) * time.Second).String()
		}
		row("%s\t%s\t%s\t%s", name, operator.Thousands(stands.Pending), dashed(oldest), printable(stands.Broker))
	}
	row("")
	row("GROUP\tMEMBERS\tLAG")
	var groups brokerapi.Groups
	switch err := client.GetBroker(ctx, brokerapi.GroupsPath, &groups); {
	case operator.IsNoBroker(err):
		row("-\t-\tno message broker is configured")
	case err != nil:
		failed++
		row("-\t-\t%s", printable(err.Error()))
	}
	for _, g := range groups.Groups {
		row("%s\t%d\t%s", printable(g.Name), g.Members, operator.Thousands(g.Lag))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("events pending: %w", err)
	}
	if failed > 0 {
		return errors.New("events pending: not everything could be asked; see the lines above")
	}
	return nil
}

// status asks a service for the state of its events.
func status(ctx context.Context, c *operator.Client, service string) (s eventsapi.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, operator.PageTimeout)
	defer cancel()
	err = c.Get(ctx, service, eventsapi.Path+service+eventsapi.StatusSuffix, &s)
	return s, err
}
