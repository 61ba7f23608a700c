package catalog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

// raw is a response whose price keeps its digits.
type raw struct {
	ID    string          `json:"id"`
	Price json.RawMessage `json:"price"`
}

func TestPrice(t *testing.T) {
	t.Run("is kept in its digits", testPriceIsKeptInItsDigits)
	t.Run("refuses", testPriceRefuses)
}

func testPriceIsKeptInItsDigits(t *testing.T) {
	s := openShop(t)
	sent := map[string]string{ // JSON value → digits
		`0`: "0", `0.00`: "0.00", `19.90`: "19.90", `19.9`: "19.9", `1.10`: "1.10", `0.1`: "0.1", `100`: "100",
		`0.000000000000000001`:               "0.000000000000000001",
		`900719925474099.3`:                  "900719925474099.3",
		`123456789012345.67890`:              "123456789012345.67890",
		`999999999999999.999999999999999999`: "999999999999999.999999999999999999",
		`"19.90"`:                            "19.90",
		`1e2`:                                "100", `1.25E7`: "12500000", `1.0E7`: "10000000",
		`1.50e+1`: "15.0", `12.5e-1`: "1.25", `1E-2`: "0.01", `5e-1`: "0.5",
		`0.` + strings.Repeat("0", 50) + `1e40`: "0.00000000001",
		`0.5e1`:                                 "5", `0.05e1`: "0.5", `7e0`: "7", `0e5`: "0", `0e400`: "0", `0.0E-2`: "0.000",
		`1e14`:                                 "100000000000000",
		`1e-18`:                                "0.000000000000000001",
		`1.23456789012345E8`:                   "123456789.012345",
		`null`:                                 "0",
		`"0.30000000000000004"`:                "0.30000000000000004",
		`"\u0031\u0039.5"`:                     "19.5",
		`"999999999999999.999999999999999999"`: "999999999999999.999999999999999999",
	}
	ids := map[string]string{}
	for value, digits := range sent {
		body := fmt.Sprintf(`{"sku":"P-%d","name":"Mug","price":%s}`, len(ids), value)
		created := httpapitest.Decode[raw](t, s.write("POST", "/api/v1/products", body), 201)
		ids[created.ID] = digits
		if string(created.Price) != digits {
			t.Errorf("%s is answered as %s", value, created.Price)
		}
		updated := httpapitest.Decode[raw](t, s.write("PUT", "/api/v1/products/"+created.ID, body), 200)
		if string(updated.Price) != digits {
			t.Errorf("%s is updated to %s", value, updated.Price)
		}
	}
	s.shut()
	s.open()
	for _, p := range httpapitest.Decode[struct{ Data []raw }](t, s.request("GET", "/api/v1/products?limit=100", ""), 200).Data {
		if string(p.Price) != ids[p.ID] {
			t.Errorf("%s is listed as %s", ids[p.ID], p.Price)
		}
	}
	for _, e := range s.events("?limit=100") {
		var payload raw
		if err := json.Unmarshal(e.Payload, &payload); err != nil || string(payload.Price) != ids[payload.ID] {
			t.Errorf("%s is published as %s: %v", ids[payload.ID], payload.Price, err)
		}
	}
}

func testPriceRefuses(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"P-0","name":"Mug","price":19.90}`)
	const (
		form     = "must be a decimal number such as 19.90"
		negative = "must not be negative"
		exponent = "must not have an exponent"
		tooLarge = "must have at most 15 digits before the point"
		tooFine  = "must have at most 18 digits after the point"
		zeros    = "must not begin with a needless 0"
	)
	for _, test := range []struct{ value, message string }{
		{`-1`, negative},
		{`-0`, negative},
		{`"-0.01"`, negative},
		{`-1e2`, negative},
		{`1.5e+300`, tooLarge},
		{`1e99999999999999999999`, tooLarge},
		{`1e-99999999999999999999`, tooFine},
		{`1e15`, tooLarge},
		{`1e-19`, tooFine},
		{`"1e2"`, exponent},
		{`1000000000000000`, tooLarge},
		{`"1000000000000000.0"`, tooLarge},
		{`0.0000000000000000001`, tooFine},
		{`"0.` + strings.Repeat("0", 100) + `"`, tooFine},
		{`"007"`, zeros},
		{`"00.5"`, zeros},
		{`""`, form},
		{`" 1"`, form},
		{`"+1"`, form},
		{`".5"`, form},
		{`"1."`, form},
		{`"1.2.3"`, form},
		{`"1,50"`, form},
		{`"1 000"`, form},
		{`"٣"`, form},
		{`"NaN"`, form},
		{`"Infinity"`, form},
		{`"free"`, form},
		{`true`, form},
		{`[1]`, form},
		{`{"amount":1}`, form},
	} {
		t.Run(test.value, func(t *testing.T) {
			body := `{"sku":"P-1","name":"Mug","price":` + test.value + `}`
			wantInvalid(t, s.write("POST", "/api/v1/products", body), "price", test.message)
			wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, body), "price", test.message)
		})
	}
}
