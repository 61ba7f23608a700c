package rest

import (
	"context"
	"net/http"
	"strconv"
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
	productName
	Counted *int64 `json:"counted"`
}

// counted returns the core's form of the line, which an error names as texts says.
func (l countedLine) counted(line string) (ledger.CountedProduct, error) {
	productID, sku, err := l.texts(line)
	return ledger.CountedProduct{ProductID: productID, SKU: sku, Counted: l.Counted}, err
}

// countLinesRequest has lines, or is a line.
type countLinesRequest struct {
	Lines httpapi.List[countedLine] `json:"lines"`
	countedLine
}

var countColumns = []importapi.Column[countedLine]{
	{Name: "product_id", Set: func(to *countedLine, text string) error { to.ProductID = &text; return nil }},
	{Name: "sku", Set: func(to *countedLine, text string) error { to.SKU = &text; return nil }},
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
		line, err := l.Value.counted("")
		if l.Err != nil {
			err = l.Err
		}
		batch[at] = bulk.Line[ledger.CountedProduct]{Number: l.Number, Value: line, Err: err}
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
		line, err := r.countedLine.counted("")
		if err == nil {
			err = line.Validate()
		}
		return []ledger.CountedProduct{line}, err
	}
	if r.countedLine != (countedLine{}) {
		return nil, problem.Invalid("lines", "must not be given together with product_id, sku or counted")
	}
	lines := make([]ledger.CountedProduct, len(r.Lines))
	for i, l := range r.Lines {
		var err error
		if lines[i], err = l.counted("lines." + strconv.Itoa(i) + "."); err != nil {
			return nil, err
		}
	}
	return lines, ledger.CheckCounted(lines)
}
