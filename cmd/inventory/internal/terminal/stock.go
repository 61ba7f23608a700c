package terminal

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// stockRow is a row of stock as the API has it.
type stockRow struct {
	ProductID    string `json:"product_id"`
	StoreID      string `json:"store_id"`
	ProductSKU   string `json:"product_sku"`
	ProductName  string `json:"product_name"`
	Quantity     int64  `json:"quantity"`
	Reserved     int64  `json:"reserved"`
	Available    int64  `json:"available"`
	Incoming     int64  `json:"incoming"`
	ReorderPoint *int64 `json:"reorder_point"`
	ReorderQty   *int64 `json:"reorder_qty"`
	Version      int64  `json:"version"`
	UpdatedAt    string `json:"updated_at"`
}

// movement is an entry of the ledger.
type movement struct {
	CreatedAt string `json:"created_at"`
	Kind      string `json:"kind"`
	Change    int64  `json:"change"`
	Quantity  int64  `json:"quantity"` // after it
	Reason    string `json:"reason"`
	Actor     string `json:"actor"`
}

var (
	stockColumns = []column[stockRow]{
		{title: "SKU", value: func(r stockRow) string { return cmp.Or(r.ProductSKU, r.ProductID) }, shrinks: true},
		{title: "NAME", value: func(r stockRow) string { return r.ProductName }, shrinks: true},
		{title: "STORE", value: func(r stockRow) string { return r.StoreID }, shrinks: true},
		{title: "QUANTITY", value: func(r stockRow) string { return number(r.Quantity) }, right: true},
		{title: "RESERVED", value: func(r stockRow) string { return number(r.Reserved) }, right: true},
		{title: "AVAILABLE", value: func(r stockRow) string { return number(r.Available) }, right: true},
	}
	stockFields = append(append([]column[stockRow]{{title: "PRODUCT", value: func(r stockRow) string { return r.ProductID }}}, stockColumns...),
		column[stockRow]{title: "REORDER POINT", value: func(r stockRow) string { return optionalNumber(r.ReorderPoint) }},
		column[stockRow]{title: "REORDER QUANTITY", value: func(r stockRow) string { return optionalNumber(r.ReorderQty) }},
		column[stockRow]{title: "VERSION", value: func(r stockRow) string { return number(r.Version) }},
		column[stockRow]{title: "UPDATED", value: func(r stockRow) string { return r.UpdatedAt }},
	)
	movementColumns = []column[movement]{
		{title: "TIME", value: func(m movement) string { return m.CreatedAt }},
		{title: "KIND", value: func(m movement) string { return m.Kind }},
		{title: "CHANGE", value: func(m movement) string { return signed(m.Change) }, right: true},
		{title: "QUANTITY", value: func(m movement) string { return number(m.Quantity) }, right: true},
		{title: "ACTOR", value: func(m movement) string { return m.Actor }, shrinks: true},
		{title: "REASON", value: func(m movement) string { return m.Reason }, shrinks: true},
	}
)

func rowKey(r stockRow) string { return r.ProductID + " " + r.StoreID }

func stockCommand(s *session) *cobra.Command {
	rows := list[stockRow]{path: "/stock", items: "data", columns: stockColumns, id: rowKey, none: "No stock matches."}
	return group("stock", "list, show, count and move stock",
		listCommand(s, "list", "list stock, also of all stores", rows,
			"store_id", "only this `store`", "sku", "only the product with this `SKU`", "q", "`text` in the product's name or SKU",
			"state", "only rows that are `low`, out or ok", "sort", "`available`, -available, sku, name or updated_at"),
		rowCommand(s, "show SKU|ID STORE", "show a row of stock", 2, func(ctx context.Context, path string, _ []string) error {
			return read(ctx, s, path, nil, rowKey, stockFields)
		}),
		lowCommand(s), createRowCommand(s), setCommand(s), adjustCommand(s), moveCommand(s), movementsCommand(s),
	)
}

// rowCommand returns a command about a row: its product, its store, and other
// arguments.
func rowCommand(s *session, use, short string, args int, run func(ctx context.Context, path string, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: exactly(args),
		RunE: func(command *cobra.Command, args []string) error {
			id, err := s.productID(command.Context(), args[0])
			if err != nil {
				return err
			}
			return run(command.Context(), "/stock/"+segment(id)+"/"+segment(args[1]), args[2:])
		},
	}
}

func lowCommand(s *session) *cobra.Command {
	low := list[stockRow]{path: "/stock/low-stock", items: "items", columns: stockColumns, id: rowKey, none: "Nothing is low."}
	return listCommand(s, "low", "list rows at or below their reorder point, or a threshold", low,
		"store_id", "only this `store`", "threshold", "`N` available units or fewer instead of the reorder point")
}

func createRowCommand(s *session) *cobra.Command {
	var reorderPoint, reorderQty int64
	command := &cobra.Command{
		Use: "create SKU|ID STORE QUANTITY", Short: "begin to stock a product in a store", Args: exactly(3),
	}
	command.Flags().Int64Var(&reorderPoint, "reorder-point", 0, "report low stock at `N` available units or fewer")
	command.Flags().Int64Var(&reorderQty, "reorder-qty", 0, "order `N` units then")
	command.RunE = func(command *cobra.Command, args []string) error {
		quantity, err := parseNumber("QUANTITY", args[2])
		if err != nil {
			return err
		}
		id, err := s.productID(command.Context(), args[0])
		if err != nil {
			return err
		}
		body := map[string]any{"product_id": id, "store_id": args[1], "initial_quantity": quantity}
		for name, value := range map[string]int64{"reorder-point": reorderPoint, "reorder-qty": reorderQty} {
			if command.Flags().Changed(name) {
				body[strings.ReplaceAll(name, "-", "_")] = value
			}
		}
		return change(command.Context(), s, call{method: http.MethodPost, path: "/stock", body: body}, rowKey, stockFields)
	}
	return command
}

func setCommand(s *session) *cobra.Command {
	return bookCommand(s, "set SKU|ID STORE QUANTITY", "set the total quantity, as it was counted", func(path string) (call, string) {
		return call{method: http.MethodPut, path: path}, "quantity"
	})
}

func adjustCommand(s *session) *cobra.Command {
	return bookCommand(s, "adjust SKU|ID STORE CHANGE", "add units, or take them away: adjust CAF-ETH-250 MAD-001 -- -3", func(path string) (call, string) {
		return call{method: http.MethodPost, path: path + "/adjust"}, "adjustment"
	})
}

// bookCommand returns a command that books a number of units, its last argument, in
// the field of the request.
func bookCommand(s *session, use, short string, requestOf func(path string) (request call, field string)) *cobra.Command {
	var reason string
	command := rowCommand(s, use, short, 3, func(ctx context.Context, path string, args []string) error {
		request, field := requestOf(path)
		units, err := parseNumber(use[strings.LastIndexByte(use, ' ')+1:], args[0])
		if err != nil {
			return err
		}
		request.body = withReason(reason, field, units)
		return change(ctx, s, request, rowKey, stockFields)
	})
	command.Flags().StringVar(&reason, "reason", "", "`text` for the ledger")
	return command
}

func withReason(reason, field string, value int64) map[string]any {
	body := map[string]any{field: value}
	if reason != "" {
		body["reason"] = reason
	}
	return body
}

// moved is the result of a transfer at once.
type moved struct {
	From stockRow `json:"from"`
	To   stockRow `json:"to"`
}

func moveCommand(s *session) *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "move SKU|ID FROM TO QUANTITY", Short: "move units from one store to another at once", Args: exactly(4),
	}
	command.Flags().StringVar(&reason, "reason", "", "`text` for the ledger")
	command.RunE = func(command *cobra.Command, args []string) error {
		quantity, err := parseNumber("QUANTITY", args[3])
		if err != nil {
			return err
		}
		id, err := s.productID(command.Context(), args[0])
		if err != nil {
			return err
		}
		body := withReason(reason, "quantity", quantity)
		body["product_id"], body["from_store_id"], body["to_store_id"] = id, args[1], args[2]
		return change(command.Context(), s, call{method: http.MethodPost, path: "/stock/transfer", body: body},
			func(m moved) string { return rowKey(m.From) + "\n" + rowKey(m.To) }, []column[moved]{
				{title: args[1], value: func(m moved) string { return number(m.From.Quantity) + " left" }},
				{title: args[2], value: func(m moved) string { return number(m.To.Quantity) + " now" }},
			})
	}
	return command
}

func movementsCommand(s *session) *cobra.Command {
	var p paging
	command := &cobra.Command{
		Use: "movements SKU|ID STORE", Short: "show the ledger of a row, the newest entries first", Args: exactly(2),
	}
	p.addFlags(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		limit, err := p.rows()
		if err != nil {
			return err
		}
		id, err := s.productID(command.Context(), args[0])
		if err != nil {
			return err
		}
		ledger := list[movement]{
			path: "/stock/" + segment(id) + "/" + segment(args[1]) + "/movements", items: "movements", columns: movementColumns,
			id: func(m movement) string { return m.CreatedAt }, none: "The ledger is empty.",
		}
		return show(command.Context(), s, ledger, url.Values{}, limit)
	}
	return command
}
