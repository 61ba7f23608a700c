package product

import (
	"encoding/json"
	"strconv"
	"strings"

	"inventory.example/pkg/problem"
)

// The maximum digits of a Price before and after its point.
const (
	MaxPriceDigits   = 15
	MaxPriceDecimals = 18
)

// Price is an exact decimal number of 0 or more, with the digits that the caller
// gave: 19.90 stays 19.90. It never passes through a binary float. The zero value
// is 0.
type Price struct{ text string }

// ParsePrice reads plain decimal notation: digits, and a point followed by digits.
// Signs, exponents and leading zeros are a ValidationError problem.
func ParsePrice(text string) (Price, error) {
	whole, decimals, pointed := strings.Cut(text, ".")
	switch {
	case strings.HasPrefix(text, "-"):
		return Price{}, problem.InvalidValue("must not be negative")
	case whole != "" && digits(whole[:1]) && strings.ContainsAny(text, "eE"):
		return Price{}, problem.InvalidValue("must not have an exponent")
	case !digits(whole), pointed && !digits(decimals):
		return Price{}, problem.InvalidValue("must be a decimal number such as 19.90")
	case len(whole) > 1 && whole[0] == '0':
		return Price{}, problem.InvalidValue("must not begin with a needless 0")
	case len(whole) > MaxPriceDigits:
		return Price{}, problem.InvalidValue("must have at most %d digits before the point", MaxPriceDigits)
	case len(decimals) > MaxPriceDecimals:
		return Price{}, problem.InvalidValue("must have at most %d digits after the point", MaxPriceDecimals)
	}
	if text == "0" {
		return Price{}, nil // so that equal digits are equal values
	}
	return Price{text}, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// plain returns a JSON number without its exponent: the same digits with the
// point where the exponent moves it, and without zeros that then lead. A number
// with a sign is returned unchanged.
func plain(number string) string {
	mantissa, exponent, found := strings.Cut(strings.ToLower(number), "e")
	whole, decimals, _ := strings.Cut(mantissa, ".")
	if !found || !digits(whole+decimals) {
		return number
	}
	// A longer shift leaves no valid Price except 0.
	most := MaxPriceDigits + MaxPriceDecimals + len(mantissa)
	shift, _ := strconv.Atoi(exponent) // out of its range it is the end of that
	shift = min(max(shift, -most), most)
	padded := strings.Repeat("0", max(0, -shift-len(whole)+1)) + whole + decimals + strings.Repeat("0", max(0, shift-len(decimals)))
	point := max(len(whole)+shift, 1)
	whole, decimals = padded[:point], padded[point:]
	whole = strings.TrimLeft(whole[:len(whole)-1], "0") + whole[len(whole)-1:]
	if decimals == "" {
		return whole
	}
	return whole + "." + decimals
}

// Equal reports whether both are the same amount: 19.90 equals 19.9.
func (p Price) Equal(other Price) bool { return p.amount() == other.amount() }

// amount returns the price without the zeros that end its decimals.
func (p Price) amount() string {
	whole, decimals, _ := strings.Cut(p.String(), ".")
	if decimals = strings.TrimRight(decimals, "0"); decimals == "" {
		return whole
	}
	return whole + "." + decimals
}

// String returns the price in plain decimal notation.
func (p Price) String() string {
	if p.text == "" {
		return "0"
	}
	return p.text
}

// Number returns the price as a JSON number with the same digits.
func (p Price) Number() json.Number { return json.Number(p.String()) }

// MarshalJSON implements json.Marshaler.
func (p Price) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON implements json.Unmarshaler. It takes a number, also one with an
// exponent, because some clients write large numbers that way (1.25E7), and a
// string in plain notation, for callers whose numbers are floats. null is 0.
func (p *Price) UnmarshalJSON(value []byte) error {
	text := string(value)
	switch value[0] {
	case 'n':
		text = "0"
	case '"':
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
	default:
		text = plain(text)
	}
	parsed, err := ParsePrice(text)
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
