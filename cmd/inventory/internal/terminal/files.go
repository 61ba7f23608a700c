package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// progress shows how much of a file was sent or received, on a terminal.
type progress struct {
	out         io.Writer // nil: shows nothing
	total, sent int64     // total is 0 when it is not known
	began       time.Time
	shownAt     time.Time
}

const progressEvery = 200 * time.Millisecond

func newProgress(out io.Writer, total int64) *progress {
	if width(out) == 0 {
		out = nil
	}
	return &progress{out: out, total: total, began: time.Now()}
}

// Write counts the bytes of b.
func (p *progress) Write(b []byte) (int, error) {
	p.sent += int64(len(b))
	if p.out != nil && time.Since(p.shownAt) > progressEvery {
		p.shownAt = time.Now()
		rate := float64(p.sent) / max(time.Since(p.began).Seconds(), 0.001)
		if p.total == 0 {
			_, _ = fmt.Fprintf(p.out, "\r%.1f MB  %.1f MB/s \x1b[K", float64(p.sent)/1e6, rate/1e6)
			return len(b), nil
		}
		left := time.Duration(float64(p.total-p.sent) / rate * float64(time.Second)).Round(time.Second)
		_, _ = fmt.Fprintf(p.out, "\r%3d %%  %.1f of %.1f MB  %.1f MB/s  %s left \x1b[K", 100*p.sent/max(p.total, 1),
			float64(p.sent)/1e6, float64(p.total)/1e6, rate/1e6, left)
	}
	return len(b), nil
}

// remove removes the line.
func (p *progress) remove() {
	if p.out != nil && !p.shownAt.IsZero() {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// streamed is an event of the stream.
type streamed struct {
	Type      string          `json:"event_type"`
	StoreID   string          `json:"store_id"`
	CreatedAt string          `json:"created_at"`
	Actor     string          `json:"actor"`
	Payload   json.RawMessage `json:"payload"`
}

func watchCommand(s *session) *cobra.Command {
	var store, kind string
	command := &cobra.Command{
		Use: "watch", Short: "show events as they happen, until Ctrl-C", Args: exactly(0),
		RunE: func(command *cobra.Command, _ []string) error {
			query := url.Values{}
			if store != "" {
				query.Set("store_id", store)
			}
			if kind != "" {
				query.Set("event_type", kind)
			}
			return s.watch(command.Context(), query)
		},
	}
	command.Flags().StringVar(&store, "store", "", "only events that concern this `store`")
	command.Flags().StringVar(&kind, "event", "", "only events of this `type`")
	return command
}
