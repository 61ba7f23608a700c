package bulk_test

import (
	"testing"

	"inventory.example/pkg/bulk"
)

func TestWarnSKU(t *testing.T) {
	for _, sku := range []string{"1.23E+12", "1E+15", "9.99999999999999E+99", "1e12", "4.00638E12"} {
		if w := bulk.WarnSKU(sku); w == nil || w.Field != "sku" || w.Detail == "" {
			t.Errorf("%s: no warning, %+v", sku, w)
		}
	}
	for _, sku := range []string{"", "E12", "12E", "1.2", "1.E+12", "12E+3", "A1E+12", "1.23E-12", "1.23E+12X", "1.23E+1234", "CAF-ETH-250"} {
		if w := bulk.WarnSKU(sku); w != nil {
			t.Errorf("%s: %+v", sku, w)
		}
	}
}
