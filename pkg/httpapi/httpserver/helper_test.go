package httpserver_test

import (
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/httpapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mustNew returns an engine to serve.
func mustNew(t testing.TB, o httpapi.Options) *httpapi.API {
	t.Helper()
	a, err := httpapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
