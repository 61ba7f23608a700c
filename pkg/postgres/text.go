package postgres

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// A text of PostgreSQL has neither U+0000 nor bytes that are not UTF-8. The path of a
// request may have either, so keys are looked at before they are sent: the server would
// refuse the statement, and with it the reads of all changes of a group.

// isText reports whether PostgreSQL can have a text. No record has any other.
func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// areTexts reports whether all texts among the arguments of a statement can be sent.
func areTexts(args []any) bool {
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			if !isText(v) {
				return false
			}
		case []string:
			for _, text := range v {
				if !isText(text) {
					return false
				}
			}
		}
	}
	return true
}

// refusesText reports whether the server refused a statement because of a text that it
// cannot have.
func refusesText(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "22021" || e.Code == "22P05") // character_not_in_repertoire, untranslatable_character
}

// withTexts returns the arguments for keys, without the keys that no record has.
func withTexts[K any](keys []K, arguments func([]K) []any) ([]K, []any) {
	args := arguments(keys)
	if areTexts(args) {
		return keys, args
	}
	var kept []K
	for _, key := range keys {
		if areTexts(arguments([]K{key})) {
			kept = append(kept, key)
		}
	}
	return kept, arguments(kept)
}
