package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"inventory.example/pkg/problem"
)

func TestChecks_Err(t *testing.T) {
	var c problem.Checks
	if err := c.Err(); err != nil {
		t.Errorf("without a failure: %v", err)
	}
	c.Require(false, "sku", "is required")
	wantDetail(t, c.Err(), "In the request, sku is required.")
	c.Range("quantity", 0, 1, 9)
	c.StoreID("store_id", "")
	wantDetail(t, c.Err(), "In the request, sku is required; errors has 2 more.")
}

func TestInvalidValue(t *testing.T) {
	err := problem.InvalidValue("must have at most %d digits", 15)
	wantDetail(t, err, "The value must have at most 15 digits.")
	if message, found := problem.MessageOf(fmt.Errorf("read: %w", err)); !found || message != "must have at most 15 digits" {
		t.Errorf("got %q, %t", message, found)
	}
	for _, other := range []error{
		nil, errors.New("broken"), problem.Invalid("sku", "is required"), problem.New(problem.NotFound, "There is no product."),
	} {
		if message, found := problem.MessageOf(other); found {
			t.Errorf("%v has the message %q", other, message)
		}
	}
}

func wantDetail(t *testing.T, err error, want string) {
	t.Helper()
	var e *problem.Error
	if !errors.As(err, &e) || e.Code != problem.ValidationError || e.Detail != want {
		t.Errorf("got %v, want the detail %q", err, want)
	}
}
