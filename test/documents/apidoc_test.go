package documents_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"inventory.example/pkg/contract/apidoc"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// TestAPIDocument: the document of the whole system is that of its services.
func TestAPIDocument(t *testing.T) {
	merged, err := apidoc.Merge([][]byte{catalog.OpenAPI(), stock.OpenAPI(), reservation.OpenAPI(), notifier.OpenAPI()}, sets())
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, merged, "", " "); err != nil {
		t.Fatal(err)
	}
	want.WriteByte('\n')
	file := filepath.Join(root, "pkg/contract/apidoc/openapi.json")
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil { //nolint:gosec // a document of the project
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, want.Bytes()) {
		t.Error("pkg/contract/apidoc/openapi.json is not what the services' documents say: go test ./documents -update")
	}
}
