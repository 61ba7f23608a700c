package terminal

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

// product is a product as the API has it.
type product struct {
	ID          string      `json:"id"`
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Price       json.Number `json:"price"`
	Version     int64       `json:"version"`
	CreatedAt   string      `json:"created_at"`
	UpdatedAt   string      `json:"updated_at"`
}

var (
	productColumns = []column[product]{
		{title: "SKU", value: func(p product) string { return p.SKU }, shrinks: true},
		{title: "NAME", value: func(p product) string { return p.Name }, shrinks: true},
		{title: "CATEGORY", value: func(p product) string { return p.Category }, shrinks: true},
		{title: "PRICE", value: func(p product) string { return p.Price.String() }, right: true},
	}
	productFields = append([]column[product]{{title: "ID", value: productKey}}, append(productColumns[:4:4],
		column[product]{title: "DESCRIPTION", value: func(p product) string { return p.Description }},
		column[product]{title: "VERSION", value: func(p product) string { return number(p.Version) }},
		column[product]{title: "UPDATED", value: func(p product) string { return p.UpdatedAt }},
	)...)
	productList = list[product]{
		path: "/products", items: "data", columns: productColumns, id: productKey, none: "No product matches.",
	}
)

func productKey(p product) string { return p.ID }

func productsCommand(s *session) *cobra.Command {
	return group("products", "list, show, create, change and delete products",
		listCommand(s, "list", "list products, the oldest first", productList,
			"q", "`text` in the name or the SKU", "category", "only products of this `category`"),
		&cobra.Command{
			Use: "show SKU|ID", Short: "show a product", Args: exactly(1),
			RunE: func(command *cobra.Command, args []string) error {
				path := "/products/sku/" + segment(args[0])
				if isID(args[0]) {
					path = "/products/" + segment(args[0])
				}
				return read(command.Context(), s, path, nil, productKey, productFields)
			},
		},
		createProductCommand(s), updateProductCommand(s),
		&cobra.Command{
			Use: "delete SKU|ID", Short: "delete a product; its stock stays for the audit", Args: exactly(1),
			RunE: func(command *cobra.Command, args []string) error {
				id, err := s.productID(command.Context(), args[0])
				if err != nil {
					return err
				}
				return s.client.do(command.Context(), call{method: http.MethodDelete, path: "/products/" + segment(id)}, nil)
			},
		},
	)
}

// productDetails are the flags of a product's details.
type productDetails struct {
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Category    string      `json:"category,omitempty"`
	Price       json.Number `json:"price,omitempty"`
}

func (d *productDetails) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&d.Name, "name", "", "`name` of the product")
	flags.StringVar(&d.Description, "description", "", "`text` for people")
	flags.StringVar(&d.Category, "category", "", "`name` of its category")
	flags.StringVar((*string)(&d.Price), "price", "", "`price`, such as 19.90")
}

func createProductCommand(s *session) *cobra.Command {
	var d productDetails
	command := &cobra.Command{
		Use: "create SKU --name NAME", Short: "create a product", Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error {
			d.SKU = args[0]
			return change(command.Context(), s, call{method: http.MethodPost, path: "/products", body: d}, productKey, productFields)
		},
	}
	d.addFlags(command)
	return command
}

func updateProductCommand(s *session) *cobra.Command {
	var d productDetails
	command := &cobra.Command{
		Use: "update SKU|ID", Short: "change the details that are given; the others stay", Args: exactly(1),
	}
	d.addFlags(command)
	command.Flags().StringVar(&d.SKU, "sku", "", "the new `SKU`")
	command.RunE = func(command *cobra.Command, args []string) error {
		id, err := s.productID(command.Context(), args[0])
		if err != nil {
			return err
		}
		var current product
		if err := s.client.get(command.Context(), "/products/"+segment(id), nil, &current); err != nil {
			return err
		}
		for name, field := range map[string]struct{ flag, now *string }{
			"sku": {&d.SKU, &current.SKU}, "name": {&d.Name, &current.Name}, "description": {&d.Description, &current.Description},
			"category": {&d.Category, &current.Category}, "price": {(*string)(&d.Price), (*string)(&current.Price)},
		} {
			if !command.Flags().Changed(name) {
				*field.flag = *field.now
			}
		}
		return change(command.Context(), s, call{
			method: http.MethodPut, path: "/products/" + segment(id), body: d,
			header: http.Header{"If-Match": {`"` + number(current.Version) + `"`}},
		}, productKey, productFields)
	}
	return command
}
