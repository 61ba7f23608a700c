package terminal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"inventory.example/pkg/process"
)

// imported is the report of an import.
type imported struct {
	Lines     int64 `json:"lines"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Failed    int64 `json:"failed"`
	Errors    []struct {
		Line   int64  `json:"line"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

func importCommand(s *session) *cobra.Command {
	return group("import", "create products, or set stock, from a CSV or NDJSON file",
		importOf(s, "products", "create products from a file", "/products/import"),
		importOf(s, "stock", "set the quantities of a file", "/stock/import"),
	)
}

// fileKinds is the part of the help that all imports have.
const fileKinds = "A file whose name ends with .csv is CSV with a header line, any other one has a JSON object on each line.\n" +
	"Lines that fail are printed; the others are kept. Exit code 3: a line failed."

func importOf(s *session, name, short, path string) *cobra.Command {
	return &cobra.Command{
		Use: name + " FILE", Short: short, Args: exactly(1),
		Long: short + ". " + fileKinds,
		RunE: func(command *cobra.Command, args []string) error {
			return s.importFile(command.Context(), call{method: http.MethodPost, path: path}, args[0])
		},
	}
}

// importFile sends a file, again when the connection breaks: the system goes on
// after the lines that are done.
func (s *session) importFile(ctx context.Context, request call, name string) error {
	request.contentType = "application/x-ndjson"
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		request.contentType = "text/csv"
	}
	key := process.NewID()
	var raw json.RawMessage
	err := repeat(ctx, func() (pause time.Duration, err error) {
		raw, pause, err = s.sendFile(ctx, request, name, key)
		return pause, err
	})
	if err != nil {
		return err
	}
	return s.printImported(raw)
}

func (s *session) sendFile(ctx context.Context, request call, name, key string) (raw json.RawMessage, pause time.Duration, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, usagef("%v", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	bar := newProgress(s.errOut, info.Size())
	response, err := s.client.send(ctx, request, io.TeeReader(file, bar), key)
	bar.remove()
	if err != nil {
		return nil, time.Second, &awayError{s.client.base, plain(err)}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return nil, s.client.pauseOf(response), refusalOf(response)
	}
	if err := json.NewDecoder(response.Body).Decode(&raw); err != nil {
		return nil, time.Second, &awayError{s.client.base, fmt.Errorf("the response broke off: %w", err)}
	}
	return raw, 0, nil
}

func (s *session) printImported(raw json.RawMessage) error {
	var r imported
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("the response is not as expected: %w", err)
	}
	switch {
	case s.asJSON:
		if err := printJSON(s.out, raw); err != nil {
			return err
		}
	case !s.quiet:
		for _, e := range r.Errors {
			if _, err := fmt.Fprintf(s.errOut, "line %d: %s\n", e.Line, oneLine(e.Detail)); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(s.out, "%d lines: %d created, %d updated, %d unchanged, %d failed\n", r.Lines, r.Created, r.Updated, r.Unchanged, r.Failed)
		if err != nil {
			return err
		}
	}
	if r.Failed > 0 {
		return &refusalError{status: http.StatusBadRequest, text: fmt.Sprintf("%d of %d lines failed; the others are kept", r.Failed, r.Lines)}
	}
	return nil
}

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
