package sqlite

import "encoding/json"

// JSONList returns values as the JSON array that a query opens with
// json_each(?), so that one statement serves any number of values.
func JSONList(values []string) string {
	list, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(list)
}
