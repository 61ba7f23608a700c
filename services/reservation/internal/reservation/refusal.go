package reservation

import (
	"fmt"
	"strings"

	"inventory.example/pkg/problem"
)

// insufficient returns the problem of an attempt for which too little is available:
// the numbers of the first short line, and all short lines.
func (a attempt) insufficient(answer HoldAnswer) error {
	first := answer.Short[0]
	refusal := problem.Of(problem.Insufficient(first.Available, first.Requested))
	if len(answer.Short) > 1 {
		refusal.Detail = fmt.Sprintf("Too little is available for %d lines. Of line %d, %d units are requested, %d are available.",
			len(answer.Short), first.Line, first.Requested, first.Available)
	}
	refusal.Members["lines"] = answer.Short
	return refusal
}

// noRow returns the problem of a line for which there is no stock row.
func (a attempt) noRow(line int) error {
	if a.asked == nil {
		return problem.New(problem.NotFound, "There is no stock of product %s in store %s.", a.draft.ProductID, a.draft.StoreID)
	}
	product, l := a.askedLine(line)
	refusal := problem.New(problem.NotFound, "There is no stock for line %d: of %s in store %s.", line, product, strings.Join(l.stores(), ", "))
	refusal.Members = map[string]any{"line": line}
	return refusal
}

// unknownStore returns the problem of a line whose store does not exist.
func (a attempt) unknownStore(answer HoldAnswer) error {
	detail := "and no other store is known"
	if answer.NearestStore != "" {
		detail = "the nearest id is " + answer.NearestStore
	}
	refusal := problem.New(problem.UnknownStore, "There is no store %s; %s.", answer.UnknownStore, detail)
	if a.asked != nil {
		refusal.Members = map[string]any{"line": answer.Line}
	}
	return refusal
}

// productDeleted returns the problem of a line whose product was deleted.
func (a attempt) productDeleted(line int) error {
	if a.asked == nil {
		return problem.New(problem.ProductDeleted, "Product %s was deleted: it takes no more reservations.", a.draft.ProductID)
	}
	product, _ := a.askedLine(line)
	refusal := problem.New(problem.ProductDeleted, "Line %d: %s was deleted, it takes no more reservations.", line, product)
	refusal.Members = map[string]any{"line": line}
	return refusal
}

// askedLine returns a line of the request and the words for its product.
func (a attempt) askedLine(line int) (product string, l RequestLine) {
	if l = a.asked.Lines[line]; l.SKU != "" {
		return "the product with SKU " + l.SKU, l
	}
	return "product " + l.ProductID, l
}
