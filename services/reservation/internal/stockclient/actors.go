package stockclient

import (
	"errors"
	"slices"
	"strings"

	"inventory.example/pkg/problem"
)

// refusesActors reports whether stock refused a request because of its actors.
// A stock of the release before does not know them, and refuses every field
// that it does not know, before it does anything. The actors do not change the
// meaning of a request, so it is sent again without them; stock then takes
// reservation itself for the actor.
func refusesActors(err error) bool {
	var p *problem.Error
	return errors.As(err, &p) && p.Code == problem.ValidationError &&
		slices.ContainsFunc(p.Fields, func(f problem.Field) bool { return strings.HasSuffix(f.Field, ".actor") })
}
