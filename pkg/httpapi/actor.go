package httpapi

import (
	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// actor returns the actor of the caller's changes. A service has none: its
// request names the actor of each change.
func actor(caller Caller) string {
	if caller.Name == internalCaller {
		return ""
	}
	return caller.Name
}

// QueryActor returns the query parameter actor, which selects changes by their
// actor; "" when it is not given.
func QueryActor(c *gin.Context) (string, error) {
	name, given, err := Query(c, "actor")
	if err != nil || !given {
		return "", err
	}
	var checks problem.Checks
	checks.Text("actor", name, 1, maxKeyName)
	return name, checks.Err()
}
