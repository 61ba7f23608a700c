// Package sku says which SKUs are one: a label printer, a keyboard and a file
// may write the same characters with different bytes.
package sku

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normal returns the form in which a SKU is kept and looked for: Unicode
// normalization form C.
func Normal(sku string) string { return norm.NFC.String(sku) }

// Fold returns text in a form in which characters that differ only in case or
// normal form are the same, in any script: texts are compared by comparing their
// folded forms. Lower case alone is not enough: Σ has two (Unicode, simple case
// folding).
func Fold(text string) string { return norm.NFC.String(strings.Map(fold, norm.NFC.String(text))) }

func fold(r rune) rune {
	if r <= unicode.MaxASCII {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	// The runes that differ only in case form a ring; the least represents all.
	// A Latin letter replaces signs such as the Kelvin sign.
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}
