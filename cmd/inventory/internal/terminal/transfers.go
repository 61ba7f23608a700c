package terminal

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// transfer is a transfer as the API has it.
type transfer struct {
	ID          string         `json:"id"`
	FromStoreID string         `json:"from_store_id"`
	Supplier    string         `json:"supplier"`
	ToStoreID   string         `json:"to_store_id"`
	Status      string         `json:"status"`
	Reference   string         `json:"reference"`
	ExpectedAt  string         `json:"expected_at"`
	CreatedAt   string         `json:"created_at"`
	Actor       string         `json:"actor"`
	Version     int64          `json:"version"`
	Lines       []transferLine `json:"lines"`
}

type transferLine struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Shipped   int64  `json:"shipped"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
	OnTheWay  int64  `json:"on_the_way"`
}

// from is the source: a store, or a supplier.
func (t transfer) from() string { return cmp.Or(t.FromStoreID, t.Supplier) }

func (t transfer) onTheWay() string {
	var n int64
	for _, l := range t.Lines {
		n += l.OnTheWay
	}
	return number(n)
}

func (t transfer) lines() string {
	var list []string
	for _, l := range t.Lines {
		text := fmt.Sprintf("%d of %s", l.Quantity, l.ProductID)
		for _, part := range []struct {
			units int64
			name  string
		}{{l.OnTheWay, "on the way"}, {l.Received, "received"}, {l.Damaged, "of them damaged"}, {l.Lost, "lost"}} {
			if part.units > 0 {
				text += fmt.Sprintf(", %d %s", part.units, part.name)
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

var (
	transferFields = []column[transfer]{
		{title: "ID", value: transferKey},
		{title: "STATUS", value: func(t transfer) string { return t.Status }},
		{title: "FROM", value: transfer.from},
		{title: "TO", value: func(t transfer) string { return t.ToStoreID }},
		{title: "REFERENCE", value: func(t transfer) string { return t.Reference }},
		{title: "LINES", value: transfer.lines},
		{title: "EXPECTED", value: func(t transfer) string { return t.ExpectedAt }},
		{title: "CREATED", value: func(t transfer) string { return t.CreatedAt }},
		{title: "ACTOR", value: func(t transfer) string { return t.Actor }},
		{title: "VERSION", value: func(t transfer) string { return number(t.Version) }},
	}
	transferList = list[transfer]{
		path: "/transfers", items: "data", id: transferKey, none: "No transfer matches.",
		columns: []column[transfer]{
			{title: "ID", value: transferKey},
			{title: "STATUS", value: func(t transfer) string { return t.Status }},
			{title: "FROM", value: transfer.from, shrinks: true},
			{title: "TO", value: func(t transfer) string { return t.ToStoreID }, shrinks: true},
			{title: "ON THE WAY", value: transfer.onTheWay, right: true},
			{title: "REFERENCE", value: func(t transfer) string { return t.Reference }, shrinks: true},
			{title: "EXPECTED", value: func(t transfer) string { return t.ExpectedAt }, shrinks: true},
		},
	}
)

func transferKey(t transfer) string { return t.ID }

func transfersCommand(s *session) *cobra.Command {
	return group("transfers", "transfers and deliveries that are on the way for some time",
		listCommand(s, "list", "list transfers, the newest first", transferList,
			"store_id", "only from or to this `store`", "status", "`requested`, shipped, received or cancelled"),
		&cobra.Command{
			Use: "show ID", Short: "show a transfer", Args: exactly(1),
			RunE: func(command *cobra.Command, args []string) error {
				return read(command.Context(), s, "/transfers/"+segment(args[0]), nil, transferKey, transferFields)
			},
		},
		requestTransferCommand(s), transferAct(s, "ship", "the units leave the source"),
		receiveTransferCommand(s), transferAct(s, "cancel", "call a transfer off; shipped units go back"),
	)
}

// transferRequest is the body of a request for a transfer.
type transferRequest struct {
	ToStoreID   string        `json:"to_store_id"`
	FromStoreID string        `json:"from_store_id,omitempty"`
	Supplier    string        `json:"supplier,omitempty"`
	Reference   string        `json:"reference,omitempty"`
	ExpectedAt  string        `json:"expected_at,omitempty"`
	Lines       []lineRequest `json:"lines"`
}

func requestTransferCommand(s *session) *cobra.Command {
	var body transferRequest
	command := &cobra.Command{
		Use: "request STORE SKU=QUANTITY ...", Short: "request units for a store, from another one or from a supplier", Args: atLeast(2),
		Example: `  inventory transfers request BCN-001 CAF-ETH-250=12 --from MAD-001
  inventory transfers request MAD-001 TEA-SEN-100=50 --supplier "Tea & Co." --reference PO-17`,
		RunE: func(command *cobra.Command, args []string) error {
			body.ToStoreID = args[0]
			for _, text := range args[1:] {
				name, units, err := parseUnits(text)
				if err != nil {
					return err
				}
				l := lineRequest{SKU: name, Quantity: units}
				if isID(name) {
					l = lineRequest{ProductID: name, Quantity: units}
				}
				body.Lines = append(body.Lines, l)
			}
			if (body.FromStoreID == "") == (body.Supplier == "") {
				return usagef("a transfer is --from a store, or from a --supplier")
			}
			return change(command.Context(), s, call{method: http.MethodPost, path: "/transfers", body: body}, transferKey, transferFields)
		},
	}
	flags := command.Flags()
	flags.StringVar(&body.FromStoreID, "from", "", "the `store` that gives the units")
	flags.StringVar(&body.Supplier, "supplier", "", "`name` of the supplier that delivers them")
	flags.StringVar(&body.Reference, "reference", "", "`text` to find it by, such as the number of a delivery note")
	flags.StringVar(&body.ExpectedAt, "expected-at", "", "`time` of arrival, such as 2026-12-01T09:00:00Z")
	return command
}

// parseUnits reads SKU=QUANTITY or ID=QUANTITY.
func parseUnits(text string) (name string, units int64, err error) {
	equals := strings.LastIndexByte(text, '=')
	if equals < 1 {
		return "", 0, usagef("%q is not SKU=QUANTITY", text)
	}
	units, err = parseNumber("the quantity of "+text[:equals], text[equals+1:])
	return text[:equals], units, err
}

// transferAct returns a command that sends an act without details.
func transferAct(s *session, name, short string) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID", Short: short, Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error {
			return change(command.Context(), s, call{method: http.MethodPost, path: "/transfers/" + segment(args[0]) + "/" + name}, transferKey, transferFields)
		},
	}
}

// receiptLine is a line of a receipt.
type receiptLine struct {
	ProductID string `json:"product_id"`
	Received  int64  `json:"received,omitempty"`
	Damaged   int64  `json:"damaged,omitempty"`
	Lost      int64  `json:"lost,omitempty"`
}

func receiveTransferCommand(s *session) *cobra.Command {
	var damaged, lost []string
	var rest bool
	command := &cobra.Command{
		Use: "receive ID [SKU=RECEIVED ...]", Short: "the units arrive, some of them damaged, or are lost", Args: atLeast(1),
		Example: `  inventory transfers receive ID CAF-ETH-250=10 --damaged CAF-ETH-250=1 --lost CAF-ETH-250=2
  inventory transfers receive ID --rest`,
		RunE: func(command *cobra.Command, args []string) error {
			lines, err := s.receipt(command.Context(), args[0], rest, args[1:], damaged, lost)
			if err != nil {
				return err
			}
			request := call{method: http.MethodPost, path: "/transfers/" + segment(args[0]) + "/receive", body: map[string]any{"lines": lines}}
			return change(command.Context(), s, request, transferKey, transferFields)
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&damaged, "damaged", nil, "`SKU=UNITS` of the received ones that arrived damaged")
	flags.StringArrayVar(&lost, "lost", nil, "`SKU=UNITS` that will not arrive")
	flags.BoolVar(&rest, "rest", false, "receive all units that are on the way")
	return command
}

// receipt returns the lines of a receipt: the named units, or all that are on the
// way.
func (s *session) receipt(ctx context.Context, id string, rest bool, received, damaged, lost []string) (lines []*receiptLine, err error) {
	if rest == (len(received)+len(damaged)+len(lost) > 0) {
		return nil, usagef("receive needs units, or --rest")
	}
	if rest {
		var t transfer
		if err := s.client.get(ctx, "/transfers/"+segment(id), nil, &t); err != nil {
			return nil, err
		}
		for _, l := range t.Lines {
			if l.OnTheWay > 0 {
				lines = append(lines, &receiptLine{ProductID: l.ProductID, Received: l.OnTheWay})
			}
		}
		return lines, nil
	}
	products := map[string]*receiptLine{}
	for _, part := range []struct {
		texts []string
		set   func(l *receiptLine, units int64)
	}{
		{received, func(l *receiptLine, units int64) { l.Received = units }},
		{damaged, func(l *receiptLine, units int64) { l.Damaged = units }},
		{lost, func(l *receiptLine, units int64) { l.Lost = units }},
	} {
		for _, text := range part.texts {
			name, units, err := parseUnits(text)
			if err != nil {
				return nil, err
			}
			product, err := s.productID(ctx, name)
			if err != nil {
				return nil, err
			}
			if products[product] == nil {
				products[product] = &receiptLine{ProductID: product}
				lines = append(lines, products[product])
			}
			part.set(products[product], units)
		}
	}
	return lines, nil
}
