package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/settings"
	"inventory.example/services/catalog"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// auditOptions say which system is audited, and how.
type auditOptions struct {
	url     string            // of the one process; empty for separate services
	urls    map[string]string // of each service
	key     string            // service key
	settle  time.Duration     // how long what is under way may take to end
	timeout time.Duration     // of a request that reads everything
	drained bool              // nothing may be waiting for the broker
}

// auditServices are the services that are audited, in the order of reports.
var auditServices = []string{catalog.Name, stock.Name, reservation.Name}

// auditCommand checks the invariants of a running system. The error says how
// many of the checks failed, or why they could not be made.
func auditCommand(ctx context.Context, args []string) error {
	o := auditOptions{urls: map[string]string{}}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.StringVar(&o.url, "url", "http://localhost:8080", "base `URL` of the one process")
	separate := map[string]*string{}
	for _, name := range auditServices {
		separate[name] = flags.String(name+"-url", "", "base `URL` of "+name+", when the services run by themselves")
	}
	flags.DurationVar(&o.settle, "settle", 15*time.Second, "how long reservations under way may take to settle")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Minute, "how long reading one service's database may take")
	flags.BoolVar(&o.drained, "drained", false, "events that wait for the broker for over a minute are violations")
	if err := noArguments(flags, args); err != nil {
		return err
	}
	if err := o.locate(separate); err != nil {
		return err
	}
	var err error
	if o.key, err = auditKey(ctx); err != nil {
		return err
	}
	return runAudit(ctx, o, clock.System{}, os.Stdout)
}

// locate finds out where each service is.
func (o *auditOptions) locate(separate map[string]*string) error {
	given := 0
	for _, name := range auditServices {
		o.urls[name] = o.url
		if *separate[name] != "" {
			o.urls[name] = *separate[name]
			given++
		}
	}
	switch given {
	case 0:
	case len(auditServices):
		o.url = ""
	default:
		return errors.New("audit: name all of -catalog-url, -stock-url and -reservation-url, or none")
	}
	for _, name := range auditServices {
		base := strings.TrimRight(o.urls[name], "/")
		if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("audit: %q is no http or https URL", o.urls[name])
		}
		o.urls[name] = base
	}
	o.url = strings.TrimRight(o.url, "/")
	return nil
}

// auditConfig is where the audit finds the service key.
type auditConfig struct {
	ServiceKey string `env:"SERVICE_KEY"`
	DataDir    string `env:"DATA_DIR, default=data"`
}

// Validate implements settings.Validator.
func (auditConfig) Validate() []error { return nil }

// auditKey returns the service key: the configured one, or the one that the
// process made in its data folder.
func auditKey(ctx context.Context) (string, error) {
	var c auditConfig
	if err := settings.Load(ctx, "", &c); err != nil {
		return "", err
	}
	if c.ServiceKey != "" {
		return c.ServiceKey, nil
	}
	text, err := os.ReadFile(filepath.Join(c.DataDir, serviceKeyFile))
	if err != nil {
		return "", fmt.Errorf("there is no service key; set SERVICE_KEY, or DATA_DIR to the data folder of the system: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// auditRun is one audit.
type auditRun struct {
	auditOptions
	client  *auditClient
	clock   clock.Clock
	reports []audit.Report
	lines   *auditLines
}

// runAudit makes every check and prints a line for each to out. It asks each
// service for what it found in its own database first: what the services say
// later, about their events and reservations, holds for that moment too.
func runAudit(ctx context.Context, o auditOptions, c clock.Clock, out io.Writer) error {
	r := &auditRun{auditOptions: o, client: newAuditClient(o), clock: c, lines: &auditLines{out: out}}
	defer r.client.close()
	for _, name := range auditServices {
		report, err := r.client.report(ctx, name)
		if err != nil {
			return err
		}
		r.reports = append(r.reports, report)
	}
	for _, step := range []func(context.Context) error{
		r.found(audit.ReservedWithin), r.found(audit.ReservedIsHeld),
		r.holds,
		r.found(audit.QuantityIsMoved), r.found(audit.Rebuilt), r.found(audit.OneEvent),
		r.published,
		r.found(audit.InOrder),
		r.waiting,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return r.lines.err()
}

// found prints what the services found themselves about a rule.
func (r *auditRun) found(rule audit.Rule) func(context.Context) error {
	return func(context.Context) error {
		all := audit.NewCheck(rule)
		asked := 0
		for _, report := range r.reports {
			for _, check := range report.Checks {
				if check.Rule != rule {
					continue
				}
				asked++
				all.Checked += check.Checked
				for _, v := range check.Violations {
					all.Violate("%s: %s", report.Service, v)
				}
				// Those that the service did not tell one by one.
				all.ViolationCount += check.ViolationCount - int64(len(check.Violations))
			}
		}
		if asked == 0 {
			return fmt.Errorf("audit: no service checks %q; do they run another release?", rule.Name)
		}
		return r.lines.check(all, "")
	}
}

// waiting prints how many events wait for the broker for longer than they
// should. Without drained they are no violation: the broker may be away, or not
// configured.
func (r *auditRun) waiting(context.Context) error {
	check := audit.NewCheck(audit.Drained)
	var overdue int64
	for _, report := range r.reports {
		check.Checked += report.Outbox.Events
		if n := report.Outbox.Overdue; n > 0 {
			overdue += n
			check.Violate("%s: %s", report.Service, count(n, "event"))
			check.ViolationCount += n - 1
		}
	}
	if overdue > 0 && !r.drained {
		return r.lines.unchecked(audit.Drained, count(overdue, "event")+"; a violation only with -drained")
	}
	return r.lines.check(check, "")
}
