package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
)

const (
	brokerName = "broker" // in the path of its audit
	// brokerEnd begins the last line of the answer, which tells that nothing is
	// missing; no id has a space.
	brokerEnd = "end "
)

// registerBrokerAudit adds GET /internal/v1/audit/broker to api, unless what
// the broker holds cannot be read: the id of every event, one each line, and in
// the last line the time from which on the broker has all.
func registerBrokerAudit(api *httpapi.API, scanner broker.Scanner) {
	if scanner == nil {
		return
	}
	api.HandleStream(http.MethodGet, audit.Path+brokerName, httpapi.Internal, func(c *gin.Context) error {
		if err := httpapi.KnownQuery(c); err != nil {
			return err
		}
		return writeBrokerIDs(c, scanner)
	})
}

func writeBrokerIDs(c *gin.Context, scanner broker.Scanner) error {
	c.Header("Content-Type", "text/plain; charset=utf-8")
	out := bufio.NewWriter(c.Writer)
	err := scanner.Scan(c.Request.Context(), func(e events.Event) error {
		_, err := out.WriteString(e.ID + "\n")
		return err
	})
	if err != nil {
		return err
	}
	// Only now: what is trimmed during the scan counts as trimmed.
	since, err := scanner.KeptSince(c.Request.Context())
	if err != nil {
		return err
	}
	end := brokerEnd
	if !since.IsZero() {
		end += events.FormatTime(since)
	}
	if _, err := out.WriteString(end + "\n"); err != nil {
		return err
	}
	return out.Flush()
}

// eventDigest stands for the id of an event in a set of very many.
type eventDigest [16]byte

func digestOf(id string) eventDigest {
	sum := sha256.Sum256([]byte(id))
	return eventDigest(sum[:16])
}

// published checks that every event which was stamped at the time of the
// reports is in the broker, as far as the broker keeps them.
func (r *auditRun) published(ctx context.Context) error {
	if r.url == "" {
		return r.lines.unchecked(audit.Published, "not checked: only the broker of the one process can be read")
	}
	kept := map[eventDigest]struct{}{}
	since, err := r.client.brokerIDs(ctx, func(id string) { kept[digestOf(id)] = struct{}{} })
	if errors.Is(err, errNotThere) {
		return r.lines.unchecked(audit.Published, "not checked: the broker is not the embedded one")
	}
	if err != nil {
		return err
	}
	check := audit.NewCheck(audit.Published)
	var older int64
	for _, report := range r.reports {
		err := r.stamped(ctx, report, func(e audit.Event) {
			if e.CreatedAt <= since {
				older++
				return
			}
			check.Checked++
			if _, found := kept[digestOf(e.ID)]; !found {
				check.Violate("%s: event %s with seq %d is not in the broker", report.Service, e.ID, e.Seq)
			}
		})
		if err != nil {
			return err
		}
	}
	note := ""
	if older > 0 {
		note = fmt.Sprintf("%s more are older than the broker's log", thousands(older))
	}
	return r.lines.check(check, note)
}

// stamped calls each for the events of a service that were stamped at the time
// of its report.
func (r *auditRun) stamped(ctx context.Context, report audit.Report, each func(audit.Event)) error {
	for after := int64(0); after < report.Outbox.SyncedSeq; {
		var page audit.Events
		if err := r.client.page(ctx, report.Service, "events", strconv.FormatInt(after, 10), &page); err != nil {
			return err
		}
		if len(page.Events) == 0 {
			return nil
		}
		for _, e := range page.Events {
			if e.Synced && e.Seq <= report.Outbox.SyncedSeq {
				each(e)
			}
			after = e.Seq
		}
	}
	return nil
}
