package problem

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of text that callers send. Each kind has one rule, which all fields
// of that kind share:
//
//   - Text: written by people in one line, such as a name or a customer.
//   - Lines: written by people in several lines, such as a description.
//   - Word: written and compared by programs, such as an id or a URL.
//   - SKU: typed, printed and compared by people.
//   - StoreID: see there.

// Text requires value to be one line of minRunes to maxRunes characters, of any
// script: with every space that Unicode has, joiners within words and emoji, and
// variation selectors, but without control characters, line breaks and other
// invisible characters. A value that is required must have a visible character.
func (c *Checks) Text(field, value string, minRunes, maxRunes int) {
	if c.length(field, value, minRunes, maxRunes) {
		c.Require(written(value, ""), field, "must not contain control or other unprintable characters")
		c.Require(minRunes == 0 || !blank(value), field, "must not be blank")
	}
}

// Lines is Text for a value that may have line feeds and tabs. UnixLines gives a
// value of a caller the line breaks that it takes.
func (c *Checks) Lines(field, value string, minRunes, maxRunes int) {
	if c.length(field, value, minRunes, maxRunes) {
		c.Require(written(value, "\n\t"), field, "must not contain control or other unprintable characters")
		c.Require(minRunes == 0 || !blank(value), field, "must not be blank")
	}
}

// UnixLines returns text with line feeds for its line breaks, which forms and
// files of Windows write as a carriage return and a line feed.
func UnixLines(text string) string {
	if !strings.Contains(text, "\r") {
		return text
	}
	return lineBreaks.Replace(text)
}

var lineBreaks = strings.NewReplacer("\r\n", "\n")

// Word requires value to be minRunes to maxRunes visible characters, without
// spaces.
func (c *Checks) Word(field, value string, minRunes, maxRunes int) {
	if c.length(field, value, minRunes, maxRunes) {
		c.Require(visible(value, ""), field, "must not contain control or other unprintable characters")
	}
}

// MaxSKU is the greatest length of a SKU, in characters.
const MaxSKU = 64

// SKU requires value to be a SKU in its normal form, see package sku: 1 to 64
// visible characters with spaces between them. The names "." and ".." cannot be
// the last part of a path and are refused.
func (c *Checks) SKU(field, value string) {
	if !c.length(field, value, 1, MaxSKU) {
		return
	}
	c.Require(visible(value, " "), field, "must not contain control or other unprintable characters")
	c.Require(strings.TrimSpace(value) == value, field, "must not begin or end with a space")
	c.Require(value != "." && value != "..", field, `must not be "." or ".."`)
}

// length requires a length in characters and reports whether value has it.
func (c *Checks) length(field, value string, minRunes, maxRunes int) bool {
	n := utf8.RuneCountInString(value)
	switch {
	case n == 0 && minRunes > 0:
		c.Require(false, field, "is required")
		return false
	case n < minRunes || n > maxRunes:
		c.Require(false, field, "must have %d to %d characters", minRunes, maxRunes)
		return false
	default:
		return true
	}
}

// written reports whether people write text. Characters that Unicode has not
// assigned yet count as written, because a phone may know emoji that this
// program does not.
func written(text, more string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	before := rune(-1)
	for _, r := range text {
		if !writtenAfter(before, r) && !strings.ContainsRune(more, r) {
			return false
		}
		before = r
	}
	return true
}

const (
	nonJoiner, joiner = '\u200c', '\u200d'
	blackFlag         = '\U0001f3f4' // tags after it name the flag of a region
)

func writtenAfter(before, r rune) bool {
	switch {
	case r >= ' ' && r <= '~':
		return true
	case r == nonJoiner, r == joiner:
		return unicode.In(before, unicode.L, unicode.M, unicode.N, unicode.S)
	case isTag(r):
		return before == blackFlag || isTag(before)
	default:
		return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) && !isNoncharacter(r)
	}
}

func isTag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

func isNoncharacter(r rune) bool { return r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef }

// blank reports whether nothing of text can be seen.
func blank(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) && !invisible(r) {
			return false
		}
	}
	return true
}

// visible reports whether all of text can be seen and told apart from text
// without it, but for the characters of more.
func visible(text, more string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if (!unicode.IsPrint(r) || r == ' ' || invisible(r)) && !strings.ContainsRune(more, r) {
			return false
		}
	}
	return true
}

// invisible reports whether r shows nothing by itself: joiners, zero-width and
// filler characters, variation selectors, tags, and the two symbols that are
// empty.
func invisible(r rune) bool {
	const brailleBlank, nullNotehead = '\u2800', '\U0001d159'
	return r > '~' && (r == brailleBlank || r == nullNotehead ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}
