package problem_test

import (
	"errors"
	"fmt"

	"inventory.example/pkg/problem"
)

// The caller sees everything that is wrong with a request at once.
func ExampleChecks() {
	var checks problem.Checks
	checks.StoreID("store_id", "-MAD")
	checks.Range("quantity", 0, 1, 1000)
	err := checks.Err()
	var p *problem.Error
	if errors.As(err, &p) {
		fmt.Println(p.Code)
		for _, f := range p.Fields {
			fmt.Println(f.Field, f.Message)
		}
	}
	// Output:
	// VALIDATION_ERROR
	// store_id must be 1 to 64 of letters, digits, '.', '_' and '-', starting with a letter or digit
	// quantity must be from 1 to 1000
}

// The code of an error survives the errors that wrap it; an error without one
// is Internal, and its text is never shown.
func ExampleCodeOf() {
	err := fmt.Errorf("create: %w", problem.Insufficient(3, 5))
	fmt.Println(problem.CodeOf(err))
	fmt.Println(problem.CodeOf(errors.New("disk failure at sector 7")))
	// Output:
	// INSUFFICIENT_STOCK
	// INTERNAL_ERROR
}
