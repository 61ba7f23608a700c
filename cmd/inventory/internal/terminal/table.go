package terminal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"
)

// column is a column of a table.
type column[T any] struct {
	title string
	value func(T) string
	right bool // aligned
	// shrinks says that the text is cut where the terminal is too narrow.
	shrinks bool
}

const ellipsis = "…"

// table prints the rows as a table, no wider than the terminal if columns that
// shrink allow that.
func table[T any](s *session, columns []column[T], rows []T) error {
	cells := [][]string{make([]string, len(columns))}
	for i, c := range columns {
		cells[0][i] = c.title
	}
	for _, row := range rows {
		line := make([]string, len(columns))
		for i, c := range columns {
			line[i] = oneLine(c.value(row))
		}
		cells = append(cells, line)
	}
	widths := widthsOf(columns, cells, width(s.out))
	var text strings.Builder
	for n, line := range cells {
		var written strings.Builder
		for i, c := range columns {
			if i > 0 {
				written.WriteString("  ")
			}
			written.WriteString(pad(line[i], widths[i], c.right))
		}
		whole := strings.TrimRight(written.String(), " ")
		if n == 0 && s.colours {
			whole = "\x1b[1m" + whole + "\x1b[0m"
		}
		text.WriteString(whole + "\n")
	}
	_, err := io.WriteString(s.out, text.String())
	return err
}

// minShrunk is the least width of a column that shrinks.
const minShrunk = 8

func widthsOf[T any](columns []column[T], cells [][]string, limit int) []int {
	widths := make([]int, len(columns))
	total := 2 * (len(columns) - 1)
	for i := range columns {
		for _, line := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(line[i]))
		}
		total += widths[i]
	}
	for limit > 0 && total > limit {
		widest := -1
		for i, c := range columns {
			if c.shrinks && widths[i] > minShrunk && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}

func pad(text string, to int, right bool) string {
	length := utf8.RuneCountInString(text)
	switch {
	case length > to:
		return string([]rune(text)[:to-1]) + ellipsis
	case right:
		return strings.Repeat(" ", to-length) + text
	default:
		return text + strings.Repeat(" ", to-length)
	}
}

// oneLine shows control characters as spaces: a terminal would obey them.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// printJSON prints a value as JSON, indented.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// list is a kind of list of the API.
type list[T any] struct {
	path    string
	items   string // the field of the response that has the rows
	columns []column[T]
	id      func(T) string
	none    string // printed when there is none
}

// page is a page of a list. Its rows are in the field that the list names.
type page map[string]json.RawMessage

// show prints the rows of a list that the query selects: limit of them, or all
// when limit is 0. It reads page by page, so a long list takes no more memory than
// its table, and as JSON no more than a page.
func show[T any](ctx context.Context, s *session, l list[T], query url.Values, limit int) error {
	const most = 100 // rows of a page
	if query == nil {
		query = url.Values{}
	}
	var rows []T
	for printed := 0; ; {
		size := most
		if limit > 0 {
			size = min(most, limit-printed)
		}
		query.Set("limit", fmt.Sprint(size))
		var p page
		if err := s.client.get(ctx, l.path, query, &p); err != nil {
			return err
		}
		read, next, err := l.decode(s, p, &rows)
		if err != nil {
			return err
		}
		if printed += read; next == "" || limit > 0 && printed >= limit {
			return l.printRows(s, rows, next != "")
		}
		query.Set("cursor", next)
	}
}

// decode prints the rows of a page, or appends them to rows for a table.
func (l list[T]) decode(s *session, p page, rows *[]T) (read int, next string, err error) {
	var items []json.RawMessage
	err = json.Unmarshal(p[l.items], &items)
	if cursor, found := p["next_cursor"]; err == nil && found {
		err = json.Unmarshal(cursor, &next)
	}
	for _, item := range items {
		var row T
		if err == nil {
			err = json.Unmarshal(item, &row)
		}
		switch {
		case err != nil:
			return 0, "", fmt.Errorf("the response for %s is not as expected: %w", l.path, err)
		case s.asJSON:
			_, err = fmt.Fprintf(s.out, "%s\n", item)
		case s.quiet:
			_, err = fmt.Fprintln(s.out, l.id(row))
		default:
			*rows = append(*rows, row)
		}
	}
	return len(items), next, err
}

func (l list[T]) printRows(s *session, rows []T, more bool) error {
	if s.asJSON || s.quiet {
		return nil
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(s.errOut, l.none)
		return err
	}
	if err := table(s, l.columns, rows); err != nil {
		return err
	}
	if more {
		_, err := fmt.Fprintln(s.errOut, "There are more: --limit N shows N, --all shows all.")
		return err
	}
	return nil
}

// one prints a single resource: as JSON, its id, or its fields below each other.
func one[T any](s *session, raw json.RawMessage, id func(T) string, fields []column[T]) error {
	var value T
	if err := json.Unmarshal(raw, &value); err != nil {
		return fmt.Errorf("the response is not as expected: %w", err)
	}
	switch {
	case s.asJSON:
		return printJSON(s.out, raw)
	case s.quiet:
		_, err := fmt.Fprintln(s.out, id(value))
		return err
	}
	longest := 0
	for _, f := range fields {
		longest = max(longest, utf8.RuneCountInString(f.title))
	}
	for _, f := range fields {
		text := f.value(value)
		if text == "" {
			continue
		}
		if _, err := fmt.Fprintf(s.out, "%s  %s\n", pad(f.title, longest, false), oneLine(text)); err != nil {
			return err
		}
	}
	return nil
}
