// Package auditor is "inventory audit": it checks the invariants of a running
// system by the reports of its services.
package auditor

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
)

// options say which system is audited, and how.
type options struct {
	operator.Target
	settle  time.Duration // how long calls in progress may take to end
	drained bool          // nothing may be waiting for the broker
}

// Run checks the invariants of the system that the flags in args name, and prints a
// line for each to out. The error has the number of failed checks, or the reason why
// they could not be run.
func Run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	locate := o.AddFlags(flags)
	flags.DurationVar(&o.settle, "settle", 15*time.Second, "how long reservations under way may take to settle")
	flags.BoolVar(&o.drained, "drained", false, "events that wait for the broker for over a minute are violations")
	if err := operator.NoArguments(flags, args); err != nil {
		return err
	}
	if err := locate(ctx); err != nil {
		return err
	}
	return runAudit(ctx, o, clock.System{}, out)
}

// auditRun is one audit.
type auditRun struct {
	options
	client  *operator.Client
	clock   clock.Clock
	reports []audit.Report
	lines   *lines
	printed []audit.Rule // of the services' own findings
}

// runAudit runs every check and prints a line for each to out. It asks each service
// for the report on its own database first: later responses, about events and
// reservations, then include all changes in the reports.
func runAudit(ctx context.Context, o options, c clock.Clock, out io.Writer) error {
	r := &auditRun{options: o, client: operator.NewClient(o.Target), clock: c, lines: &lines{out: out}}
	defer r.client.Close()
	for _, name := range operator.Services {
		report, err := r.client.Report(ctx, name)
		if err != nil {
			return err
		}
		r.reports = append(r.reports, report)
	}
	for _, step := range []func(context.Context) error{
		r.found(audit.ReservedWithin), r.found(audit.ReservedIsHeld),
		r.holds, r.foundSince(audit.TotalsWithin),
		r.found(audit.QuantityIsMoved), r.found(audit.Rebuilt), r.found(audit.OneEvent),
		r.published,
		r.found(audit.InOrder),
		r.waiting,
		r.others,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return r.lines.err()
}

// found prints the findings of the services themselves about a rule.
func (r *auditRun) found(rule audit.Rule) func(context.Context) error {
	return func(context.Context) error {
		all, checks := r.collect(rule)
		if checks == 0 {
			return fmt.Errorf("audit: no service checks %q; do they run another release?", rule.Name)
		}
		return r.lines.check(all, "")
	}
}

// foundSince is found for a rule that the release before does not check.
func (r *auditRun) foundSince(rule audit.Rule) func(context.Context) error {
	return func(context.Context) error {
		all, checks := r.collect(rule)
		if checks == 0 {
			return r.lines.unchecked(rule, "the services run a release that does not check it")
		}
		return r.lines.check(all, "")
	}
}

// collect adds up the findings of the services themselves about a rule, and counts
// the checks of it.
func (r *auditRun) collect(rule audit.Rule) (all *audit.Check, checks int) {
	r.printed = append(r.printed, rule)
	all = audit.NewCheck(rule)
	for _, report := range r.reports {
		for _, check := range report.Checks {
			if !check.Rule.Is(rule) {
				continue
			}
			checks++
			all.Checked += check.Checked
			for _, v := range check.Violations {
				all.Violate("%s: %s", report.Service, v)
			}
			// The findings that the service did not list one by one.
			all.ViolationCount += check.ViolationCount - int64(len(check.Violations))
		}
	}
	return all, checks
}

// others prints the findings about rules that have no place in the order above, such
// as those of a later release: no finding of a service is left out.
func (r *auditRun) others(ctx context.Context) error {
	for _, report := range r.reports {
		for _, check := range report.Checks {
			if slices.ContainsFunc(r.printed, check.Rule.Is) {
				continue
			}
			if err := r.found(check.Rule)(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// waiting prints the number of events that wait for the broker for too long. Without
// drained they are not a violation: the broker may be down, or not configured.
func (r *auditRun) waiting(context.Context) error {
	check := audit.NewCheck(audit.Drained)
	var overdue int64
	for _, report := range r.reports {
		check.Checked += report.Outbox.Events
		if n := report.Outbox.Overdue; n > 0 {
			overdue += n
			check.Violate("%s: %s", report.Service, operator.Count(n, "event"))
			check.ViolationCount += n - 1
		}
	}
	if overdue > 0 && !r.drained {
		return r.lines.unchecked(audit.Drained, operator.Count(overdue, "event")+"; a violation only with -drained")
	}
	return r.lines.check(check, "")
}
