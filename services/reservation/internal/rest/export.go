package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk/exportapi"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/reservation/internal/reservation"
)

// reservationTable has a CSV record for each line of a reservation.
var reservationTable = exportapi.Table[reservation.Reservation]{
	Name: "reservations",
	Columns: []string{
		"id", "customer_id", "reference", "status", "product_id", "store_id", "quantity", "requested", "confirmed", "released", "returned",
		"actor", "expires_at", "created_at", "updated_at", "version",
	},
	Records: func(r reservation.Reservation) [][]string {
		shown := render(r)
		records := make([][]string, len(shown.Lines))
		for i, l := range shown.Lines {
			records[i] = []string{
				shown.ID, shown.CustomerID, r.Reference, shown.Status, l.ProductID, l.StoreID, exportapi.Whole(l.Quantity), exportapi.Whole(l.Requested),
				exportapi.Whole(l.Confirmed), exportapi.Whole(l.Released), exportapi.Whole(l.Returned), shown.Actor, clock.Text(r.ExpiresAt), clock.Text(r.CreatedAt),
				clock.Text(r.UpdatedAt), exportapi.Whole(r.Version),
			}
		}
		return records
	},
	Document: func(r reservation.Reservation) any { return render(r) },
}

// exportReservations serves GET /reservations/export.
func (h handlers) exportReservations(c *gin.Context) error {
	err := httpapi.KnownQuery(c, "customer_id", "reference", "status", "product_id", "store_id", "from", "to", "format")
	if err != nil {
		return err
	}
	f, err := searchFilter(c)
	if err != nil {
		return err
	}
	return exportapi.Run(c, reservationTable, func(ctx context.Context, page paging.Page) (paging.List[reservation.Reservation], error) {
		return h.service.Search(ctx, f, page)
	})
}
