package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/bulk/importapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// countedLine is a line of a request: the counted units of a product.
type countedLine struct {
	ProductID httpapi.OptionalText `json:"product_id"`
	SKU       httpapi.OptionalText `json:"sku"`
	Counted   *int64               `json:"counted"`
}

func (l countedLine) counted() ledger.CountedProduct {
	return ledger.CountedProduct{ProductID: string(l.ProductID), SKU: string(l.SKU), Counted: l.Counted}
}

// countLinesRequest has lines, or is a line.
type countLinesRequest struct {
	Lines httpapi.List[countedLine] `json:"lines"`
	countedLine
}

var countColumns = []importapi.Column[countedLine]{
	{Name: "product_id", Set: func(to *countedLine, text string) error { to.ProductID = httpapi.OptionalText(text); return nil }},
	{Name: "sku", Set: func(to *countedLine, text string) error { to.SKU = httpapi.OptionalText(text); return nil }},
	{Name: "counted", Required: true, Set: func(to *countedLine, text string) (err error) {
		to.Counted, err = importapi.Int(text)
		return err
	}},
}

// countImporter passes the lines of a file to a count.
type countImporter struct {
	*ledger.Service
	id     string
	stores []string
}

// Import implements importapi.Importer.
func (i countImporter) Import(ctx context.Context, lines []bulk.Line[countedLine], commit bulk.Commit) error {
	batch := make([]bulk.Line[ledger.CountedProduct], len(lines))
	for at, l := range lines {
		batch[at] = bulk.Line[ledger.CountedProduct]{Number: l.Number, Value: l.Value.counted(), Err: l.Err}
	}
	return i.ImportCountLines(ctx, i.id, batch, i.stores, commit)
}

// setCountLines serves PUT /stock/counts/{id}/lines: JSON, all lines or none, or a file
// as an import takes it.
func (h handlers) setCountLines(c *gin.Context) error {
	mediaType, err := httpapi.MediaType(c)
	if err != nil {
		return err
	}
	isJSON := mediaType == "" || strings.HasPrefix(mediaType, "application/") &&
		(strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json"))
	if isJSON {
		return h.setLinesOfJSON(c)
	}
	stores := httpapi.CallerOf(c).Stores()
	if _, err := h.ledger.FindCount(c.Request.Context(), c.Param("id"), stores); err != nil {
		return err
	}
	err = importapi.Run(c, countColumns, countImporter{h.ledger, c.Param("id"), stores})
	if problem.CodeOf(err) == problem.UnsupportedMediaType {
		const all = "application/json, text/csv, application/x-ndjson"
		c.Header("Accept", all)
		return problem.New(problem.UnsupportedMediaType, "The Content-Type must be one of %s.", all)
	}
	return err
}

type countedAnswer struct {
	count
	Lines []countLine `json:"lines"`
}

func (h handlers) setLinesOfJSON(c *gin.Context) error {
	r, err := httpapi.Decode[countLinesRequest](c)
	if err != nil {
		return err
	}
	lines, err := r.counted()
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	stored, replayed, err := h.ledger.SetCountLines(c.Request.Context(), c.Param("id"), lines, httpapi.CallerOf(c).Stores(), once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.SetETag(c, stored.Version)
	httpapi.JSON(c, http.StatusOK, countedAnswer{renderCount(stored), renderCountLines(stored.StoreID, stored.Lines)})
	return nil
}

// counted returns the valid lines of the request.
func (r countLinesRequest) counted() ([]ledger.CountedProduct, error) {
	if r.Lines == nil {
		line := r.countedLine.counted()
		return []ledger.CountedProduct{line}, line.Validate()
	}
	if r.countedLine != (countedLine{}) {
		return nil, problem.Invalid("lines", "must not be given together with product_id, sku or counted")
	}
	lines := make([]ledger.CountedProduct, len(r.Lines))
	for i, l := range r.Lines {
		lines[i] = l.counted()
	}
	return lines, ledger.CheckCounted(lines)
}
