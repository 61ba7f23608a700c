// Package sku says which SKUs are one: a label printer, a keyboard and a file
// may write the same characters with different bytes.
package sku

import "golang.org/x/text/unicode/norm"

// Normal returns the form in which a SKU is kept and looked for: Unicode
// normalization form C.
func Normal(sku string) string { return norm.NFC.String(sku) }
