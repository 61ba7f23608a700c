package httpapi

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

var errFraction = errors.New("not a whole number")

// readWhole reads a whole number in any form of JSON: some writers of JSON have
// no integers, and JSON Schema calls 335.0 and 1e2 integers too.
func readWhole(d *jsontext.Decoder, target *int64) error {
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	*target, err = parseWhole(string(value))
	return err
}

// parseWhole returns the value of a JSON number. The error is errFraction for
// one that is not whole, strconv.ErrRange for one that does not fit into an
// int64.
func parseWhole(text string) (int64, error) {
	if !strings.ContainsAny(text, ".eE") {
		return parseDigits(text)
	}
	digits, isNegative := strings.CutPrefix(text, "-")
	digits, power, _ := strings.Cut(strings.ToLower(digits), "e")
	whole, fraction, _ := strings.Cut(digits, ".")
	significant := strings.TrimRight(whole+fraction, "0")
	if significant == "" {
		return 0, nil
	}
	exponent := 0
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil && strings.HasPrefix(power, "-") {
			return 0, errFraction
		} else if err != nil {
			return 0, strconv.ErrRange
		}
	}
	// The value is 0.significant times ten to the power of point.
	point := len(whole) + exponent
	const maxDigits = 19 // of an int64
	switch leading := len(significant) - len(strings.TrimLeft(significant, "0")); {
	case point < len(significant):
		return 0, errFraction
	case point-leading > maxDigits:
		return 0, strconv.ErrRange
	}
	significant += strings.Repeat("0", point-len(significant))
	if isNegative {
		significant = "-" + significant
	}
	return parseDigits(significant)
}

func parseDigits(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, strconv.ErrRange // a JSON number has digits only
	}
	return n, nil
}
