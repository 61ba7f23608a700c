package terminal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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
	Lines     int64        `json:"lines"`
	Created   int64        `json:"created"`
	Updated   int64        `json:"updated"`
	Unchanged int64        `json:"unchanged"`
	Failed    int64        `json:"failed"`
	DryRun    bool         `json:"dry_run"`
	Errors    []lineOfFile `json:"errors"`
	Warnings  []lineOfFile `json:"warnings"`
}

// lineOfFile is a line that failed, or a warning.
type lineOfFile struct {
	Line   int64  `json:"line"`
	Detail string `json:"detail"`
}

func importCommand(s *session) *cobra.Command {
	return group("import", "create or change products, or set stock, from a CSV or NDJSON file",
		importOf(s, "products", "create or change products from a file", "/products/import", "create, update or upsert"),
		importOf(s, "stock", "set or adjust the quantities of a file", "/stock/import", "set or adjust"),
	)
}

// fileKinds is the part of the help that all imports have.
const fileKinds = "A file whose name ends with .csv is CSV with a header line, any other one has a JSON object on each line.\n" +
	"Lines that fail are printed; the others are kept. Exit code 3: a line failed."

func importOf(s *session, name, short, path, modes string) *cobra.Command {
	var mode string
	var dryRun, all bool
	command := &cobra.Command{
		Use: name + " FILE", Short: short, Args: exactly(1),
		Long: short + ". " + fileKinds,
		RunE: func(command *cobra.Command, args []string) error {
			query := url.Values{}
			if mode != "" {
				query.Set("mode", mode)
			}
			if dryRun {
				query.Set("dry_run", "true")
			}
			if all {
				query.Set("errors", "all")
			}
			return s.importFile(command.Context(), call{method: http.MethodPost, path: path, query: query}, args[0])
		},
	}
	command.Flags().StringVar(&mode, "mode", "", "the effect of a line: "+modes+" (default "+strings.Fields(strings.ReplaceAll(modes, ",", " "))[0]+")")
	command.Flags().BoolVar(&dryRun, "dry-run", false, "check the file and change nothing")
	command.Flags().BoolVar(&all, "all-errors", false, "print every line that fails, not only the first 100")
	return command
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
	return s.printImported(raw, request.query.Has("errors"))
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
	if request.query.Get("errors") == "all" {
		raw, err = s.readReport(response.Body)
	} else {
		err = json.NewDecoder(response.Body).Decode(&raw)
	}
	var refusal *refusalError
	switch {
	case errors.As(err, &refusal) && refusal.ExitCode() == exitAway:
		return nil, time.Second, err
	case errors.As(err, &refusal):
		return nil, 0, err
	case err != nil:
		return nil, time.Second, &awayError{s.client.base, fmt.Errorf("the response broke off: %w", err)}
	}
	return raw, 0, nil
}

// maxReportLine bounds a line of a report, in bytes.
const maxReportLine = 1 << 20

// readReport prints the lines that failed as they come, and returns the summary at
// their end.
func (s *session) readReport(body io.Reader) (json.RawMessage, error) {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxReportLine)
	for lines.Scan() {
		var line struct {
			lineOfFile
			Lines  *int64 `json:"lines"`
			Status int    `json:"status"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		switch {
		case line.Status != 0:
			return nil, &refusalError{status: line.Status, text: oneLine(line.Detail)}
		case line.Lines != nil:
			return append(json.RawMessage{}, lines.Bytes()...), nil
		case s.asJSON:
			if _, err := fmt.Fprintf(s.out, "%s\n", lines.Bytes()); err != nil {
				return nil, err
			}
		case !s.quiet:
			if err := s.printLines([]lineOfFile{line.lineOfFile}); err != nil {
				return nil, err
			}
		}
	}
	return nil, errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

func (s *session) printLines(lines []lineOfFile) error {
	for _, l := range lines {
		if _, err := fmt.Fprintf(s.errOut, "line %d: %s\n", l.Line, oneLine(l.Detail)); err != nil {
			return err
		}
	}
	return nil
}

// printImported prints the summary of an import, which follows the lines that failed
// if all of them were printed.
func (s *session) printImported(raw json.RawMessage, follows bool) error {
	var r imported
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("the response is not as expected: %w", err)
	}
	kept := "the others are kept"
	if r.DryRun {
		kept = "nothing was changed"
	}
	switch {
	case s.asJSON && follows:
		if _, err := fmt.Fprintf(s.out, "%s\n", raw); err != nil {
			return err
		}
	case s.asJSON:
		if err := printJSON(s.out, raw); err != nil {
			return err
		}
	case !s.quiet:
		if err := s.printLines(append(r.Errors, r.Warnings...)); err != nil {
			return err
		}
		text := fmt.Sprintf("%d lines: %d created, %d updated, %d unchanged, %d failed", r.Lines, r.Created, r.Updated, r.Unchanged, r.Failed)
		if r.DryRun {
			text += "; nothing was changed"
		}
		if _, err := fmt.Fprintln(s.out, text); err != nil {
			return err
		}
	}
	if r.Failed > 0 {
		return &refusalError{status: http.StatusBadRequest, text: fmt.Sprintf("%d of %d lines failed; %s", r.Failed, r.Lines, kept)}
	}
	return nil
}
