package terminal

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// group is a command that only has others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{
		Use: name, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q; %s -h lists the commands", args[0], command.CommandPath())
			}
			return command.Help()
		},
	}
	command.AddCommand(commands...)
	return command
}

// exactly wants n arguments, atLeast n or more.
func exactly(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("usage: %s", command.UseLine())
		}
		return nil
	}
}

func atLeast(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < n {
			return usagef("usage: %s", command.UseLine())
		}
		return nil
	}
}

func atMost(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("usage: %s", command.UseLine())
		}
		return nil
	}
}

// paging are the flags of a list.
type paging struct {
	limit int
	all   bool
}

func (p *paging) addFlags(command *cobra.Command) {
	command.Flags().IntVar(&p.limit, "limit", 20, "show at most `N` rows")
	command.Flags().BoolVar(&p.all, "all", false, "show all rows")
}

// rows returns how many rows to show; 0: all.
func (p *paging) rows() (int, error) {
	switch {
	case p.all:
		return 0, nil
	case p.limit < 1:
		return 0, usagef("--limit must be at least 1")
	default:
		return p.limit, nil
	}
}

// filters are flags that become parameters of a list's query.
type filters map[string]*string

// add adds a flag for a parameter.
func (f filters) add(command *cobra.Command, parameter, usage string) {
	f[parameter] = command.Flags().String(strings.ReplaceAll(parameter, "_", "-"), "", usage)
}

func (f filters) query() url.Values {
	query := url.Values{}
	for parameter, value := range f {
		if *value != "" {
			query.Set(parameter, *value)
		}
	}
	return query
}

// listCommand returns a command that shows a list with filters; each pair of them
// is a parameter and its usage.
func listCommand[T any](s *session, use, short string, l list[T], pairs ...string) *cobra.Command {
	var p paging
	f := filters{}
	command := &cobra.Command{Use: use, Short: short, Args: exactly(0)}
	for i := 0; i < len(pairs); i += 2 {
		f.add(command, pairs[i], pairs[i+1])
	}
	p.addFlags(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		limit, err := p.rows()
		if err != nil {
			return err
		}
		return show(command.Context(), s, l, f.query(), limit)
	}
	return command
}

// change sends a change and prints the resource that it returns.
func change[T any](ctx context.Context, s *session, request call, id func(T) string, fields []column[T]) error {
	var raw json.RawMessage
	if err := s.client.do(ctx, request, &raw); err != nil {
		return err
	}
	if raw == nil {
		return nil
	}
	return one(s, raw, id, fields)
}

// read prints a resource.
func read[T any](ctx context.Context, s *session, path string, query url.Values, id func(T) string, fields []column[T]) error {
	return change(ctx, s, call{method: http.MethodGet, path: path, query: query}, id, fields)
}

// segment escapes a text for a path.
func segment(text string) string { return url.PathEscape(text) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// signed shows a change with its sign.
func signed(n int64) string {
	if n > 0 {
		return "+" + number(n)
	}
	return number(n)
}

func optionalNumber(n *int64) string {
	if n == nil {
		return ""
	}
	return number(*n)
}

// parseNumber reads a whole number of the command line.
func parseNumber(name, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, usagef("%s must be a whole number, not %q", name, text)
	}
	return n, nil
}

// isID reports whether a text of the command line is the id of a product, and not
// a SKU. Ids are in lower case.
func isID(text string) bool {
	return len(text) == len(uuid.UUID{}.String()) && uuid.Validate(text) == nil && text == strings.ToLower(text)
}

// productID returns the id of a product that is named by its id or its SKU.
func (s *session) productID(ctx context.Context, name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	var p product
	err := s.client.get(ctx, "/products/sku/"+segment(name), nil, &p)
	return p.ID, err
}
