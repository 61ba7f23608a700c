package terminal

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// reservation is a reservation as the API has it.
type reservation struct {
	ID         string `json:"id"`
	CustomerID string `json:"customer_id"`
	Reference  string `json:"reference"`
	Status     string `json:"status"`
	ExpiresAt  string `json:"expires_at"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
	Actor      string `json:"actor"`
	Version    int64  `json:"version"`
	Lines      []struct {
		ProductID string `json:"product_id"`
		StoreID   string `json:"store_id"`
		Quantity  int64  `json:"quantity"`
		Requested int64  `json:"requested"`
		Confirmed int64  `json:"confirmed"`
		Released  int64  `json:"released"`
		Returned  int64  `json:"returned"`
	} `json:"lines"`
}

// units returns the granted units of all lines.
func (r reservation) units() (n int64) {
	for _, l := range r.Lines {
		n += l.Quantity
	}
	return n
}

func (r reservation) stores() string {
	var list []string
	for _, l := range r.Lines {
		if len(list) == 0 || list[len(list)-1] != l.StoreID {
			list = append(list, l.StoreID)
		}
	}
	return strings.Join(list, " ")
}

func (r reservation) lines() string {
	var list []string
	for _, l := range r.Lines {
		text := fmt.Sprintf("%d of %s in %s", l.Quantity, l.ProductID, l.StoreID)
		for _, part := range []struct {
			units int64
			name  string
		}{{l.Confirmed, "confirmed"}, {l.Released, "released"}, {l.Returned, "returned"}} {
			if part.units > 0 {
				text += fmt.Sprintf(", %d %s", part.units, part.name)
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

var (
	reservationFields = []column[reservation]{
		{title: "ID", value: reservationKey},
		{title: "STATUS", value: func(r reservation) string { return r.Status }},
		{title: "CUSTOMER", value: func(r reservation) string { return r.CustomerID }},
		{title: "REFERENCE", value: func(r reservation) string { return r.Reference }},
		{title: "LINES", value: reservation.lines},
		{title: "EXPIRES", value: func(r reservation) string { return r.ExpiresAt }},
		{title: "CREATED", value: func(r reservation) string { return r.CreatedAt }},
		{title: "ACTOR", value: func(r reservation) string { return r.Actor }},
		{title: "VERSION", value: func(r reservation) string { return number(r.Version) }},
	}
	reservationList = list[reservation]{
		path: "/reservations", items: "data", id: reservationKey, none: "No reservation matches.",
		columns: []column[reservation]{
			{title: "ID", value: reservationKey},
			{title: "STATUS", value: func(r reservation) string { return r.Status }},
			{title: "STORES", value: reservation.stores, shrinks: true},
			{title: "UNITS", value: func(r reservation) string { return number(r.units()) }, right: true},
			{title: "CUSTOMER", value: func(r reservation) string { return r.CustomerID }, shrinks: true},
			{title: "REFERENCE", value: func(r reservation) string { return r.Reference }, shrinks: true},
			{title: "EXPIRES", value: func(r reservation) string { return r.ExpiresAt }, shrinks: true},
		},
	}
)

func reservationKey(r reservation) string { return r.ID }

// lineRequest is a line of a request.
type lineRequest struct {
	ProductID string   `json:"product_id,omitempty"`
	SKU       string   `json:"sku,omitempty"`
	StoreID   string   `json:"store_id,omitempty"`
	Stores    []string `json:"stores,omitempty"`
	Quantity  int64    `json:"quantity"`
}

// parseLine reads SKU@STORE=QUANTITY or ID@STORE=QUANTITY. Several stores, with
// commas between them, are a ranking.
func parseLine(text string) (l lineRequest, err error) {
	at, equals := strings.LastIndexByte(text, '@'), strings.LastIndexByte(text, '=')
	if at < 1 || equals < at+2 {
		return l, usagef("%q is not SKU@STORE=QUANTITY", text)
	}
	name, stores := text[:at], strings.Split(text[at+1:equals], ",")
	if l.Quantity, err = parseNumber("the quantity of "+name, text[equals+1:]); err != nil {
		return l, err
	}
	if isID(name) {
		l.ProductID = name
	} else {
		l.SKU = name
	}
	if len(stores) == 1 {
		l.StoreID = stores[0]
	} else {
		l.Stores = stores
	}
	return l, nil
}

func parseLines(texts []string) (lines []lineRequest, err error) {
	for _, text := range texts {
		l, err := parseLine(text)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// reserveRequest is the body of a create.
type reserveRequest struct {
	CustomerID string        `json:"customer_id"`
	Reference  string        `json:"reference,omitempty"`
	TTLSeconds int64         `json:"ttl_seconds,omitempty"`
	OnShortage string        `json:"on_shortage,omitempty"`
	Sourcing   string        `json:"sourcing,omitempty"`
	Lines      []lineRequest `json:"lines"`
}

func reserveCommand(s *session) *cobra.Command {
	var body reserveRequest
	var ttl time.Duration
	command := &cobra.Command{
		Use:   "reserve SKU@STORE=QUANTITY ...",
		Short: "reserve units of one or several products, as one reservation",
		Example: `  inventory reserve CAF-ETH-250@MAD-001=2 --customer ada
  inventory reserve CAF-ETH-250@MAD-001,BCN-001=3 GRI-HAN-STD@BCN-001=1 --customer ada --reference order-1001`,
		Args: atLeast(1),
		RunE: func(command *cobra.Command, args []string) (err error) {
			if body.Lines, err = parseLines(args); err != nil {
				return err
			}
			body.TTLSeconds = int64(ttl / time.Second)
			return change(command.Context(), s, call{method: http.MethodPost, path: "/reservations", body: body}, reservationKey, reservationFields)
		},
	}
	flags := command.Flags()
	flags.StringVar(&body.CustomerID, "customer", "", "`id` of the customer")
	flags.StringVar(&body.Reference, "reference", "", "`text` to find it by, such as an order number")
	flags.DurationVar(&ttl, "ttl", 0, "how `long` the units stay reserved, such as 15m (default 10m)")
	flags.StringVar(&body.OnShortage, "on-shortage", "", "`reject` (default), or partial: grant the units that there are")
	flags.StringVar(&body.Sourcing, "sourcing", "", "`ranked` (default), single_store or fewest_stores, for lines with several stores")
	return command
}

func reservationsCommand(s *session) *cobra.Command {
	return group("reservations", "find, confirm, cancel, extend and return reservations",
		listCommand(s, "list", "list reservations, the newest first", reservationList,
			"status", "`pending`, confirmed, cancelled or expired", "customer_id", "only of this `customer`",
			"reference", "only with this `reference`", "product_id", "only of the product with this `id`",
			"store_id", "only in this `store`", "from", "created at this `time` or later", "to", "created before this `time`"),
		reservationCommand("show ID", "show a reservation", func(ctx context.Context, path string, _ []string) error {
			return read(ctx, s, path, nil, reservationKey, reservationFields)
		}),
		confirmCommand(s), cancelCommand(s), extendCommand(s), returnCommand(s),
	)
}

// reservationCommand returns a command about a reservation, and lines of it.
func reservationCommand(use, short string, run func(ctx context.Context, path string, lines []string) error) *cobra.Command {
	args := exactly(1)
	if strings.Contains(use, "...") {
		args = atLeast(1)
	}
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(command *cobra.Command, args []string) error {
			return run(command.Context(), "/reservations/"+segment(args[0]), args[1:])
		},
	}
}

// unitsOf reads lines of a reservation: its rows are named by the ids of products.
func (s *session) unitsOf(ctx context.Context, texts []string) ([]lineRequest, error) {
	lines, err := parseLines(texts)
	for i := range lines {
		if err == nil && lines[i].SKU != "" {
			lines[i].ProductID, err = s.productID(ctx, lines[i].SKU)
			lines[i].SKU = ""
		}
	}
	return lines, err
}

// act sends an act on a reservation and prints the reservation.
func (s *session) act(ctx context.Context, path, name string, body map[string]any, lines []string) error {
	units, err := s.unitsOf(ctx, lines)
	if err != nil {
		return err
	}
	if len(units) > 0 {
		body["lines"] = units
	}
	request := call{method: http.MethodPost, path: path + "/" + name}
	if len(body) > 0 {
		request.body = body
	}
	return change(ctx, s, request, reservationKey, reservationFields)
}

func confirmCommand(s *session) *cobra.Command {
	var keep bool
	command := reservationCommand("confirm ID [SKU@STORE=QUANTITY ...]", "sell all units that are held, or some of them",
		func(ctx context.Context, path string, lines []string) error {
			body := map[string]any{}
			if keep {
				body["remainder"] = "keep"
			}
			if keep && len(lines) == 0 {
				return usagef("--keep needs the units to sell")
			}
			return s.act(ctx, path, "confirm", body, lines)
		})
	command.Flags().BoolVar(&keep, "keep", false, "keep the other units held, instead of giving them back")
	return command
}

func cancelCommand(s *session) *cobra.Command {
	var reason string
	command := reservationCommand("cancel ID [SKU@STORE=QUANTITY ...]", "give back all units that are held, or some of them",
		func(ctx context.Context, path string, lines []string) error {
			body := map[string]any{}
			if reason != "" {
				body["reason"] = reason
			}
			return s.act(ctx, path, "cancel", body, lines)
		})
	command.Flags().StringVar(&reason, "reason", "", "`text` for the record")
	return command
}

func extendCommand(s *session) *cobra.Command {
	var ttl time.Duration
	command := reservationCommand("extend ID --ttl TIME", "keep the units reserved for longer, from now on",
		func(ctx context.Context, path string, _ []string) error {
			return s.act(ctx, path, "extend", map[string]any{"ttl_seconds": int64(ttl / time.Second)}, nil)
		})
	command.Flags().DurationVar(&ttl, "ttl", 0, "how `long`, such as 15m")
	return command
}

func returnCommand(s *session) *cobra.Command {
	var reason, to string
	var discard bool
	command := reservationCommand("return ID SKU@STORE=QUANTITY ...", "take back units that were sold",
		func(ctx context.Context, path string, lines []string) error {
			if len(lines) == 0 {
				return usagef("return needs the units to take back")
			}
			body := map[string]any{"restock": !discard}
			for field, text := range map[string]string{"reason": reason, "to_store_id": to} {
				if text != "" {
					body[field] = text
				}
			}
			return s.act(ctx, path, "return", body, lines)
		})
	command.Flags().StringVar(&reason, "reason", "", "`text` for the record")
	command.Flags().StringVar(&to, "to-store", "", "the `store` that takes them, instead of the one that sold them")
	command.Flags().BoolVar(&discard, "discard", false, "record the return only: the units are not sold again")
	return command
}
