package terminal

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func exportCommand(s *session) *cobra.Command {
	return group("export", "write products, stock, its ledger or reservations into a file",
		exportOf(s, "products", "/products/export", "category", "only of this `category`"),
		exportOf(s, "stock", "/stock/export", "store_id", "only of this `store`"),
		exportOf(s, "movements", "/stock/movements/export", "store_id", "only of this `store`"),
		exportOf(s, "reservations", "/reservations/export", "status", "`pending`, confirmed, cancelled or expired",
			"store_id", "only in this `store`", "customer_id", "only of this `customer`", "reference", "only with this `reference`",
			"from", "created at this `time` or later", "to", "created before this `time`"),
	)
}

func exportOf(s *session, name, path string, pairs ...string) *cobra.Command {
	f := filters{}
	command := &cobra.Command{
		Use: name + " [FILE]", Short: "export " + name, Args: atMost(1),
		Long: "Writes CSV, or NDJSON into a file whose name ends with .ndjson or .jsonl and with --json. Without a file, or with -, it " +
			"writes to standard output. A file appears when it is complete. An import takes such a file.",
	}
	for i := 0; i < len(pairs); i += 2 {
		f.add(command, pairs[i], pairs[i+1])
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		file := ""
		if len(args) == 1 && args[0] != "-" {
			file = args[0]
		}
		return s.export(command.Context(), path, f.query(), file)
	}
	return command
}

// export writes the content of an export to a file, or to standard output if file is "".
func (s *session) export(ctx context.Context, path string, query url.Values, file string) error {
	query.Set("format", "csv")
	if end := strings.ToLower(filepath.Ext(file)); s.asJSON || end == ".ndjson" || end == ".jsonl" {
		query.Set("format", "ndjson")
	}
	response, err := s.client.send(ctx, call{method: http.MethodGet, path: path, query: query}, http.NoBody, "")
	if err != nil {
		return &awayError{s.client.base, plain(err)}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return refusalOf(response)
	}
	if file == "" {
		return s.copyExport(s.out, response.Body)
	}
	part, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return usagef("%v", err)
	}
	defer func() { _ = os.Remove(part.Name()) }() // it has another name by then, unless something failed
	bar := newProgress(s.errOut, 0)
	err = s.copyExport(part, io.TeeReader(response.Body, bar))
	bar.remove()
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}

func (s *session) copyExport(to io.Writer, from io.Reader) error {
	if _, err := io.Copy(to, from); err != nil {
		return &awayError{s.client.base, fmt.Errorf("the export broke off: %w", err)}
	}
	return nil
}
