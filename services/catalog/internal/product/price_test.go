package product_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"inventory.example/pkg/problem"
	"inventory.example/services/catalog/internal/product"
)

var plain = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,18})?$`)

func FuzzParsePrice(f *testing.F) {
	for _, seed := range []string{"0", "19.90", "-1", "1e5", "007", "0.5.5", ".", "", "999999999999999.999999999999999999", "1234567890123456"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := product.ParsePrice(text)
		if (err == nil) != plain.MatchString(text) {
			t.Fatalf("%q: error %v", text, err)
		}
		if err != nil {
			if problem.CodeOf(err) != problem.ValidationError {
				t.Errorf("%q: error %v", text, err)
			}
			return
		}
		if p.String() != text || p.Number().String() != text {
			t.Errorf("%q became %q", text, p)
		}
		// As the result of an idempotency key it is saved and read again.
		encoded, err := json.Marshal(p)
		if err != nil || string(encoded) != text {
			t.Errorf("%q is encoded as %q: %v", text, encoded, err)
		}
		var again product.Price
		if err := json.Unmarshal(encoded, &again); err != nil || again != p {
			t.Errorf("%q is decoded as %q: %v", encoded, again, err)
		}
	})
}

func TestPrice(t *testing.T) {
	t.Run("zero value", testPriceZeroValue)
}

func testPriceZeroValue(t *testing.T) {
	var p product.Price
	if p.String() != "0" || p.Number() != "0" {
		t.Errorf("zero price %q", p)
	}
}

func TestFold(t *testing.T) {
	for _, test := range []struct{ a, b string }{
		{"MUG", "mug"},
		{"ÄÖÜ", "äöü"},
		{"ΣΑΣ", "σας"},
		{"ЧАЙ", "чай"},
		{"\u212a", "k"}, // Kelvin sign
		{"ſ", "S"},      // long s
		{"Ǆ", "ǅ"},
		{"Ა", "ა"},
	} {
		if product.Fold(test.a) != product.Fold(test.b) {
			t.Errorf("%q and %q are folded to %q and %q", test.a, test.b, product.Fold(test.a), product.Fold(test.b))
		}
	}
	for _, test := range []struct{ a, b string }{{"a", "ä"}, {"i", "l"}, {"@", "`"}, {"[", "{"}} {
		if product.Fold(test.a) == product.Fold(test.b) {
			t.Errorf("%q and %q are folded to %q", test.a, test.b, product.Fold(test.a))
		}
	}
}
