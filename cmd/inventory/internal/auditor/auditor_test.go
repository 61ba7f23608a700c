package auditor

import (
	"io"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Run("refuses", testRunRefuses)
}

func testRunRefuses(t *testing.T) {
	t.Setenv("DATA_DIR", t.TempDir())
	for name, test := range map[string]struct {
		key  string
		args []string
		want string
	}{
		"arguments":       {"k", []string{"now"}, "audit takes no arguments, only flags"},
		"no URL":          {"k", []string{"-url", "localhost:8080"}, `audit: "localhost:8080" is not an http or https URL`},
		"some of three":   {"k", []string{"-stock-url", "http://localhost"}, "name all of -catalog-url, -stock-url and -reservation-url, or none"},
		"no key":          {"", nil, "there is no service key; set SERVICE_KEY"},
		"nobody there":    {"k", []string{"-url", "http://127.0.0.1:1/"}, "audit: catalog cannot be reached at http://127.0.0.1:1/internal/v1/audit/catalog: "},
		"nobody anywhere": {"k", []string{"-catalog-url", "http://127.0.0.1:2", "-stock-url", "http://127.0.0.1:3", "-reservation-url", "http://127.0.0.1:4"}, "http://127.0.0.1:2/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SERVICE_KEY", test.key)
			err := Run(t.Context(), test.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
