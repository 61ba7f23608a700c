package ledger

import "strings"

// nearestID returns the id among ids that takes the fewest changed, added and
// removed characters to become id, in any case; the first of several; empty when
// there are none.
func nearestID(id string, ids []string) (nearest string) {
	id = strings.ToLower(id)
	least := -1
	for _, other := range ids {
		if d := distance(id, strings.ToLower(other)); least < 0 || d < least {
			nearest, least = other, d
		}
	}
	return nearest
}

// distance is the Levenshtein distance, by bytes: ids are ASCII.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
