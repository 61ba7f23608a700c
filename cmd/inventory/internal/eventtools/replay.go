package eventtools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/audit"
	"inventory.example/pkg/outbox/eventsapi"
)

// replayOptions select the events to publish once more.
type replayOptions struct {
	from, until moment
	types       listFlag
	services    listFlag
	group       string
	missing     bool
	dryRun      bool
}

// replayCommand has the services publish events of their tables once more.
func replayCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("replay")
	o := replayOptions{types: listFlag{known: eventTypes}, services: listFlag{known: operator.Services}}
	flags.Var(&o.from, "from", "first event: a `TIME` as 2026-01-31T12:00:00Z, or a seq of the table of one -service")
	flags.Var(&o.until, "until", "last event: a `TIME` or a seq")
	flags.Var(&o.types, "type", "only events of these `types`, separated by commas")
	flags.Var(&o.services, "service", "only events of these `services`, separated by commas")
	flags.StringVar(&o.group, "to", "", "only for this consumer `group`; by default for all")
	flags.BoolVar(&o.missing, "missing", false, "the events that the broker acknowledged and lost")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the events that would be published, and publish nothing")
	if err := operator.NoArguments(flags.FlagSet, args); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	client, err := flags.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return (&replayRun{replayOptions: o, client: client, out: out}).run(ctx)
}

func (o *replayOptions) check() error {
	bySeq := o.from.seq > 0 || o.until.seq > 0
	switch {
	case !o.from.given() && !o.missing:
		return errors.New("events replay: say with -from which events, or -missing")
	case o.missing && o.group != "":
		return errors.New("events replay: -missing publishes for all groups; leave out -to")
	case bySeq && len(o.services.given) != 1:
		return errors.New("events replay: each service counts seqs by itself; name one with -service, or use times")
	case o.from.seq > 0 && o.until.seq > 0 && o.until.seq < o.from.seq,
		!o.from.at.IsZero() && !o.until.at.IsZero() && o.until.at.Before(o.from.at):
		return errors.New("events replay: -until is before -from")
	}
	if len(o.services.given) == 0 {
		o.services.given = operator.Services
	}
	return nil
}

// moment is a flag that is a time or a seq.
type moment struct {
	text string
	at   time.Time
	seq  int64
}

func (m *moment) given() bool { return m.text != "" }

// String implements flag.Value.
func (m *moment) String() string { return m.text }

var errMoment = errors.New("is neither a time as 2026-01-31T12:00:00Z nor a seq of 1 or more")

// Set implements flag.Value.
func (m *moment) Set(text string) error {
	*m = moment{text: text}
	if seq, err := strconv.ParseInt(text, 10, 64); err == nil {
		if seq < 1 || text[0] == '+' {
			return errMoment
		}
		m.seq = seq
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		return errMoment
	}
	m.at = at
	return nil
}

// replayRun is one replay.
type replayRun struct {
	replayOptions
	client *operator.Client
	out    io.Writer
}

// run asks the services for the position of their relays before it asks the broker for
// its events: so an event that is published during the run does not count as missing.
func (r *replayRun) run(ctx context.Context) error {
	ends := map[string]int64{}
	for _, name := range operator.Services {
		if !slices.Contains(r.services.given, name) {
			continue
		}
		stands, err := status(ctx, r.client, name)
		if err != nil {
			return err
		}
		ends[name] = stands.LastSeq
		if r.missing {
			ends[name] = stands.SyncedSeq
		}
	}
	var held *operator.BrokerContents
	if r.missing {
		var err error
		if held, err = r.client.Contents(ctx); err != nil {
			return err
		}
	}
	for _, name := range operator.Services {
		end, wanted := ends[name]
		if !wanted {
			continue
		}
		if err := r.service(ctx, name, end, held); err != nil {
			return err
		}
	}
	return nil
}

// service replays the events of one service with seqs up to end, and prints the
// result.
func (r *replayRun) service(ctx context.Context, name string, end int64, held *operator.BrokerContents) error {
	var done eventsapi.ReplayResult
	var trimmed int64
	var err error
	switch {
	case end == 0:
	case r.missing:
		done, trimmed, err = r.lost(ctx, name, end, held)
	default:
		done, err = r.between(ctx, name, end)
	}
	if err != nil {
		if done.Published > 0 && !r.dryRun {
			err = fmt.Errorf("%w (%s of %s had been published once more; it does no harm to repeat all)",
				err, operator.Count(done.Published, "event"), name)
		}
		return err
	}
	verb := "published once more"
	if r.dryRun {
		verb = "would be " + verb
	}
	line := fmt.Sprintf("%s: %s %s", name, operator.Count(done.Published, "event"), verb)
	if done.Pending > 0 {
		line += fmt.Sprintf("; %s more wait for the broker and are left to the relay", operator.Thousands(done.Pending))
	}
	if trimmed > 0 {
		line += fmt.Sprintf("; %s are older than the retention of the broker", operator.Thousands(trimmed))
	}
	if _, err := fmt.Fprintln(r.out, line); err != nil {
		return fmt.Errorf("events replay: %w", err)
	}
	return nil
}

// request has the members that all requests of the run share.
func (r *replayRun) request(end int64) eventsapi.ReplayRequest {
	request := eventsapi.ReplayRequest{UntilSeq: end, Types: r.types.given, Group: r.group, DryRun: r.dryRun}
	if r.until.seq > 0 {
		request.UntilSeq = min(end, r.until.seq)
	}
	if !r.from.at.IsZero() {
		request.FromTime = &r.from.at
	}
	if !r.until.at.IsZero() {
		request.UntilTime = &r.until.at
	}
	return request
}

// between replays from one seq or time to another.
func (r *replayRun) between(ctx context.Context, name string, end int64) (done eventsapi.ReplayResult, err error) {
	request := r.request(end)
	if r.from.seq > 0 {
		request.After = r.from.seq - 1
	}
	for {
		if err := r.send(ctx, name, request, &done); err != nil || done.Next == 0 {
			return done, err
		}
		request.After = done.Next
	}
}

// lost replays the stamped events that the broker should have and lacks.
func (r *replayRun) lost(ctx context.Context, name string, end int64, held *operator.BrokerContents) (done eventsapi.ReplayResult, trimmed int64, err error) {
	var seqs []int64
	err = r.client.Stamped(ctx, name, end, func(e audit.Event) {
		switch {
		case held.Holds(e) || e.Seq < r.from.seq:
		case held.Trimmed(e):
			trimmed++
		default:
			seqs = append(seqs, e.Seq)
		}
	})
	if err != nil {
		return done, trimmed, err
	}
	request := r.request(end)
	for page := range slices.Chunk(seqs, eventsapi.MaxReplay) {
		request.Seqs = page
		if err := r.send(ctx, name, request, &done); err != nil {
			return done, trimmed, err
		}
	}
	return done, trimmed, nil
}

// send sends one request and adds its response to done.
func (r *replayRun) send(ctx context.Context, name string, request eventsapi.ReplayRequest, done *eventsapi.ReplayResult) error {
	ctx, cancel := context.WithTimeout(ctx, operator.PageTimeout)
	defer cancel()
	var answer eventsapi.ReplayResult
	if err := r.client.Call(ctx, http.MethodPost, name, eventsapi.Path+name+eventsapi.ReplaySuffix, request, &answer); err != nil {
		return err
	}
	done.Published += answer.Published
	done.Pending += answer.Pending
	done.Next = answer.Next
	return nil
}
