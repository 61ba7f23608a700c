package bulk

import "strings"

// Cell returns text as a CSV cell that no spreadsheet takes for a formula: an
// apostrophe comes before a text that begins like one. Numbers stay as they are.
func Cell(text string) string {
	if isFormula(strings.TrimLeft(text, "'")) && !isNumber(text) {
		return "'" + text
	}
	return text
}

// Text returns the text of a CSV cell: the inverse of Cell.
func Text(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && isFormula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return cell
}

func isFormula(text string) bool {
	return text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0]))
}

// isNumber reports whether text is a negative whole number.
func isNumber(text string) bool {
	digits, negative := strings.CutPrefix(text, "-")
	return negative && digits != "" && strings.Trim(digits, "0123456789") == ""
}
