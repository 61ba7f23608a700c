package auditor

import (
	"context"
	"fmt"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/audit"
)

// published checks that every event which was stamped at the time of the reports is
// in the broker, as far as the broker keeps them. The broker is asked after the
// reports: an event is stamped after it was published, so each event that the reports
// count must be there by then.
func (r *auditRun) published(ctx context.Context) error {
	held, err := r.client.Contents(ctx)
	if operator.IsNoBroker(err) {
		return r.lines.unchecked(audit.Published, "not checked: no message broker is configured")
	}
	if err != nil {
		return err
	}
	check := audit.NewCheck(audit.Published)
	var older int64
	for _, report := range r.reports {
		err := r.client.Stamped(ctx, report.Service, report.Outbox.SyncedSeq, func(e audit.Event) {
			if held.Trimmed(e) {
				older++
				return
			}
			check.Checked++
			if !held.Holds(e) {
				check.Violate("%s: event %s with seq %d is not in the broker", report.Service, e.ID, e.Seq)
			}
		})
		if err != nil {
			return err
		}
	}
	note := ""
	if older > 0 {
		note = fmt.Sprintf("%s more are older than the broker's log", operator.Thousands(older))
	}
	return r.lines.check(check, note)
}
