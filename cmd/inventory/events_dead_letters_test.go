package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
)

func testEventsDlq(t *testing.T) {
	s := runSystem(t, "embedded")
	s.wantsEvents("", "dlq list")
	s.trade()
	s.awaitStamps()
	var page struct{ Events []struct{ ID string } }
	s.request("GET", "/api/v1/events/stock?event_type=stock.transferred", nil, &page)
	transferred := page.Events[0].ID
	handled := make(chan string, 1)
	cancel := s.consume("fussy", func(_ context.Context, e events.Event) error {
		if e.Type == inventory.TypeStockTransferred {
			return errors.New("no \x1b[31mtransfers\u202e here\nat all")
		}
		return nil
	})
	var printed string
	var err error
	for printed == "" && err == nil {
		printed, err = s.events("dlq list")
	}
	cancel()
	if err != nil || !strings.HasPrefix(printed, "1  2") || strings.Count(printed, "\n") != 1 ||
		!strings.HasSuffix(printed, `  fussy  event `+transferred+`  1 attempts  no \u001b[31mtransfers\u202e here…`+"\n") {
		t.Errorf("%v\n%s", err, printed)
	}
	printed, err = s.events("dlq list", "-json")
	var letter brokerapi.DeadLetter
	if err != nil || json.Unmarshal([]byte(printed), &letter) != nil || letter.EventID != transferred || !json.Valid(letter.Event) ||
		letter.Reason != "no \x1b[31mtransfers\u202e here\nat all" {
		t.Errorf("%v\n%s", err, printed)
	}
	printed, err = s.events("dlq show", "1")
	if err != nil || !strings.Contains(printed, `    "event_type": "stock.transferred",`) {
		t.Errorf("%v\n%s", err, printed)
	}
	for _, id := range []string{"2", "none", "../1", "a\nb", strings.Repeat("9", 200)} {
		if _, err := s.events("dlq show", id); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v", id, err)
		}
	}
	printed, err = s.events("dlq replay", "7", "1", "1")
	if err == nil || err.Error() != "events dlq replay: 2 dead letters could not be replayed" || !strings.Contains(printed, "\n1  replayed\n1  ") ||
		!strings.HasPrefix(printed, `7  events dlq replay: there is no dead letter "7"`) || !strings.HasSuffix(printed, "\n1 dead letter replayed\n") {
		t.Errorf("%v\n%s", err, printed)
	}
	s.wantsEvents("0 dead letters replayed\n", "dlq replay", "-all")
	// Events that the first consumer had handled and not yet acknowledged come again,
	// too.
	cancel = s.consume("fussy", func(ctx context.Context, e events.Event) error {
		if e.Type != inventory.TypeStockTransferred {
			return nil
		}
		select {
		case handled <- e.ID:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if again := <-handled; again != transferred {
		t.Errorf("event %s came again, want %s", again, transferred)
	}
	cancel()
}

func testEventsDlqDiscard(t *testing.T) {
	s := runSystem(t, "embedded")
	s.wantsEvents("0 dead letters discarded\n", "dlq discard", "-all")
	s.trade()
	s.awaitStamps()
	cancel := s.consume("fussy", func(context.Context, events.Event) error { return errors.New("not today") })
	var printed string
	var err error
	for strings.Count(printed, "\n") < 16 && err == nil { // all that there are
		printed, err = s.events("dlq list")
	}
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	printed, err = s.events("dlq discard", "77", "2", "", "2", "4")
	want := "77  events dlq discard: there is no dead letter \"77\"\n2  discarded\n  events dlq discard: there is no dead letter \"\"\n" +
		"2  events dlq discard: there is no dead letter \"2\"\n4  discarded\n2 dead letters discarded\n"
	if err == nil || err.Error() != "events dlq discard: 3 dead letters could not be discarded" || printed != want {
		t.Errorf("%v\ngot\n%swant\n%s", err, printed, want)
	}
	printed, err = s.events("dlq list")
	if err != nil || !strings.HasPrefix(printed, "1  ") || !strings.Contains(printed, "\n3  ") || strings.Contains(printed, "\n2  ") || strings.Contains(printed, "\n4  ") {
		t.Errorf("%v\n%s", err, printed)
	}
	if _, err := s.events("dlq show", "2"); err == nil || !strings.Contains(err.Error(), `there is no dead letter "2"`) {
		t.Errorf("show: got %v", err)
	}
	left := strings.Count(printed, "\n")
	printed, err = s.events("dlq discard", "-all")
	if err != nil || strings.Count(printed, "  discarded\n") != left || !strings.HasSuffix(printed, fmt.Sprintf("\n%d dead letters discarded\n", left)) {
		t.Errorf("%v\n%s", err, printed)
	}
	s.wantsEvents("", "dlq list")
	s.wantsEvents("0 dead letters replayed\n", "dlq replay", "-all")
	if _, printed, err := s.audit(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}
