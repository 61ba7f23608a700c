package backup

import (
	"io"
	"strings"
	"testing"
)

// TestRun_postgres: files that an installation had before it moved to PostgreSQL are
// not taken for its databases.
func TestRun_postgres(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://localhost/inventory")
	err := Run(t.Context(), []string{"-to", t.TempDir(), "-data", t.TempDir()}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "PostgreSQL") {
		t.Errorf("error %v", err)
	}
}
