package terminal

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// count is a stocktaking as the API has it.
type count struct {
	ID        string `json:"id"`
	StoreID   string `json:"store_id"`
	Status    string `json:"status"`
	Reference string `json:"reference"`
	CreatedAt string `json:"created_at"`
	Actor     string `json:"actor"`
	Version   int64  `json:"version"`
	Totals    struct {
		Lines   int64 `json:"lines"`
		Applied int64 `json:"applied"`
		Failed  int64 `json:"failed"`
	} `json:"totals"`
	Failed []countLine `json:"failed"` // of an apply
}

type countLine struct {
	ProductID  string `json:"product_id"`
	SKU        string `json:"product_sku"`
	Name       string `json:"product_name"`
	Counted    int64  `json:"counted"`
	Quantity   int64  `json:"quantity"`
	Difference int64  `json:"difference"`
	State      string `json:"state"`
	Error      struct {
		Detail       string `json:"detail"`
		Reservations []struct {
			ID string `json:"reservation_id"`
		} `json:"reservations"`
	} `json:"error"`
}

// failure is the reason why a line failed, with the reservations that hold its units.
func (l countLine) failure() string {
	text := l.Error.Detail
	for i, r := range l.Error.Reservations {
		if i == 0 {
			text += " Reservations:"
		}
		text += " " + r.ID
	}
	return text
}

var (
	countColumns = []column[count]{
		{title: "ID", value: countKey},
		{title: "STATUS", value: func(c count) string { return c.Status }},
		{title: "STORE", value: func(c count) string { return c.StoreID }},
		{title: "LINES", value: func(c count) string { return number(c.Totals.Lines) }, right: true},
		{title: "APPLIED", value: func(c count) string { return number(c.Totals.Applied) }, right: true},
		{title: "FAILED", value: func(c count) string { return number(c.Totals.Failed) }, right: true},
		{title: "REFERENCE", value: func(c count) string { return c.Reference }, shrinks: true},
		{title: "CREATED", value: func(c count) string { return c.CreatedAt }, shrinks: true},
	}
	countFields = append(countColumns[:len(countColumns):len(countColumns)], []column[count]{
		{title: "ACTOR", value: func(c count) string { return c.Actor }},
		{title: "VERSION", value: func(c count) string { return number(c.Version) }},
	}...)
	countList = list[count]{path: "/stock/counts", items: "data", id: countKey, none: "No count matches.", columns: countColumns}

	countLineColumns = []column[countLine]{
		{title: "SKU", value: func(l countLine) string { return l.SKU }},
		{title: "NAME", value: func(l countLine) string { return l.Name }, shrinks: true},
		{title: "COUNTED", value: func(l countLine) string { return number(l.Counted) }, right: true},
		{title: "QUANTITY", value: func(l countLine) string { return number(l.Quantity) }, right: true},
		{title: "DIFFERENCE", value: func(l countLine) string { return signed(l.Difference) }, right: true},
		{title: "STATE", value: func(l countLine) string { return l.State }},
		{title: "FAILURE", value: countLine.failure, shrinks: true},
	}
)

func countKey(c count) string { return c.ID }

func countPath(id string) string { return "/stock/counts/" + segment(id) }

func countsCommand(s *session) *cobra.Command {
	return group("counts", "count the units of a store, and book the differences",
		listCommand(s, "list", "list counts, the newest first", countList,
			"store_id", "only of this `store`", "status", "`open`, applied or discarded"),
		openCountCommand(s), showCountCommand(s), addToCountCommand(s),
		&cobra.Command{
			Use: "import ID FILE", Short: "add the lines of a CSV or NDJSON file to a count", Args: exactly(2),
			Long: "Adds the lines of a file with sku or product_id, and counted. " + fileKinds,
			RunE: func(command *cobra.Command, args []string) error {
				return s.importFile(command.Context(), call{method: http.MethodPut, path: countPath(args[0]) + "/lines"}, args[1])
			},
		},
		applyCountCommand(s),
		&cobra.Command{
			Use: "discard ID", Short: "end a count without booking it", Args: exactly(1),
			RunE: func(command *cobra.Command, args []string) error {
				return change(command.Context(), s, call{method: http.MethodPost, path: countPath(args[0]) + "/discard"}, countKey, countFields)
			},
		},
	)
}

func openCountCommand(s *session) *cobra.Command {
	body := map[string]string{}
	var reference string
	command := &cobra.Command{
		Use: "open STORE", Short: "open a count", Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error {
			body["store_id"] = args[0]
			if reference != "" {
				body["reference"] = reference
			}
			return change(command.Context(), s, call{method: http.MethodPost, path: "/stock/counts", body: body}, countKey, countFields)
		},
	}
	command.Flags().StringVar(&reference, "reference", "", "`text` to find it by")
	return command
}

func showCountCommand(s *session) *cobra.Command {
	var p paging
	f := filters{}
	command := &cobra.Command{Use: "show ID", Short: "show the lines of a count, with their differences", Args: exactly(1)}
	f.add(command, "state", "only `counted`, applied or failed lines")
	p.addFlags(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		limit, err := p.rows()
		if err != nil {
			return err
		}
		lines := list[countLine]{
			path: countPath(args[0]), items: "lines", id: func(l countLine) string { return l.ProductID },
			none: "No line matches.", columns: countLineColumns,
		}
		return show(command.Context(), s, lines, f.query(), limit)
	}
	return command
}

func addToCountCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "add ID SKU=COUNTED ...", Short: "add the counted units of products to a count", Args: atLeast(2),
		RunE: func(command *cobra.Command, args []string) error {
			var lines []map[string]any
			for _, text := range args[1:] {
				name, units, err := parseUnits(text)
				if err != nil {
					return err
				}
				field := "sku"
				if isID(name) {
					field = "product_id"
				}
				lines = append(lines, map[string]any{field: name, "counted": units})
			}
			request := call{method: http.MethodPut, path: countPath(args[0]) + "/lines", body: map[string]any{"lines": lines}}
			return change(command.Context(), s, request, countKey, countFields)
		},
	}
}

func applyCountCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "apply ID", Short: "book the differences of a count", Args: exactly(1),
		Long: "Books the differences: units that were sold since they were counted stay sold. Lines that fail are printed with the\n" +
			"reservations that hold their units; another apply tries these again. Exit code 3: a line failed.",
		RunE: func(command *cobra.Command, args []string) error {
			return s.applyCount(command.Context(), args[0])
		},
	}
}

func (s *session) applyCount(ctx context.Context, id string) error {
	var raw json.RawMessage
	if err := s.client.do(ctx, call{method: http.MethodPost, path: countPath(id) + "/apply"}, &raw); err != nil {
		return err
	}
	if err := one(s, raw, countKey, countFields); err != nil {
		return err
	}
	var c count
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("the response is not as expected: %w", err)
	}
	if c.Totals.Failed == 0 {
		return nil
	}
	for _, l := range c.Failed {
		if _, err := fmt.Fprintf(s.errOut, "%s: %s\n", oneLine(l.SKU), oneLine(strings.TrimSpace(l.failure()))); err != nil {
			return err
		}
	}
	return &refusalError{status: http.StatusConflict, text: fmt.Sprintf("%d of %d lines failed; the others are booked", c.Totals.Failed, c.Totals.Lines)}
}
