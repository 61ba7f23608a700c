package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"inventory.example/pkg/process"
)

// shell runs commands of people against a system of its own.
type shell struct{ t *testing.T }

func openShell(t *testing.T) shell {
	t.Helper()
	server := httptest.NewServer(openFront(t, map[string]string{"API_KEYS": frontKey + ":Shop"}))
	t.Cleanup(server.Close)
	t.Setenv("INVENTORY_URL", server.URL)
	t.Setenv("INVENTORY_KEY", frontKey)
	t.Setenv("INVENTORY_CONFIG", "")
	t.Setenv("INVENTORY_PROFILE", "")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	return shell{t}
}

// run runs a command and returns its output, its notes, and its error.
func (s shell) run(args ...string) (out, notes string, err error) {
	s.t.Helper()
	var printed, noted bytes.Buffer
	root := program()
	root.SetArgs(args)
	root.SetOut(&printed)
	root.SetErr(&noted)
	err = root.ExecuteContext(s.t.Context())
	return printed.String(), noted.String(), err
}

func (s shell) must(args ...string) string {
	s.t.Helper()
	out, _, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("inventory %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// wantError requires a command to fail with an exit code and a text.
func (s shell) wantError(code int, text string, args ...string) {
	s.t.Helper()
	_, _, err := s.run(args...)
	got := 1
	if coder := process.ExitCoder(nil); errors.As(err, &coder) {
		got = coder.ExitCode()
	}
	if err == nil || got != code || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
		s.t.Errorf("inventory %s: exit code %d, %v; want %d and %q in one line", strings.Join(args, " "), got, err, code, text)
	}
}

func (s shell) wantOutput(want string, args ...string) {
	s.t.Helper()
	if got := s.must(args...); got != want {
		s.t.Errorf("inventory %s printed\n%swant\n%s", strings.Join(args, " "), got, want)
	}
}

// TestTerminal is a day of a store at the terminal.
func TestTerminal(t *testing.T) {
	s := openShell(t)
	file := filepath.Join(t.TempDir(), "products.csv")
	if err := os.WriteFile(file, []byte("sku,name,price,category\nMUG,Blue mug,14.50,mugs\nTEA,Sencha,9,tea\nBAD,,1,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, notes, err := s.run("import", "products", file)
	if err == nil || !strings.Contains(notes, "line 4: ") {
		t.Errorf("the line that fails: %q, %v", notes, err)
	}
	s.wantOutput("2 lines: 0 created, 0 updated, 2 unchanged, 0 failed\n", "import", "products", rewrite(t, file, "MUG,", "TEA,"))
	s.wantOutput("SKU  NAME      CATEGORY  PRICE\nMUG  Blue mug  mugs      14.50\nTEA  Sencha    tea           9\n", "products", "list")
	s.wantOutput("SKU  NAME    CATEGORY  PRICE\nTEA  Sencha  tea           9\n", "products", "list", "--q", "sench")
	s.must("products", "update", "TEA", "--price", "10")
	s.must("stock", "create", "TEA", "MAD-001", "12", "--reorder-point", "5")
	s.must("stock", "adjust", "TEA", "MAD-001", "--", "-3")
	s.must("stock", "move", "TEA", "MAD-001", "BCN-001", "4")
	movements := s.must("stock", "movements", "TEA", "MAD-001")
	if changes := regexp.MustCompile(`[+-]\d+ `).FindAllString(movements, -1); strings.Join(changes, "") != "-4 -3 +12 " {
		t.Errorf("the ledger is\n%s", movements)
	}
	s.wantOutput("SKU  NAME    STORE    QUANTITY  RESERVED  AVAILABLE\nTEA  Sencha  BCN-001         4         0          4\nTEA  Sencha  MAD-001         5         0          5\n",
		"stock", "low", "--threshold", "5")
	if _, notes, _ := s.run("products", "list", "--limit", "1"); !strings.Contains(notes, "--all") {
		t.Errorf("a list that goes on says %q", notes)
	}
	if out := s.must("products", "list", "--all", "--limit", "1", "-q"); strings.Count(out, "\n") != 2 {
		t.Errorf("all ids are %q", out)
	}
	var p struct{ Price json.Number }
	if err := json.Unmarshal([]byte(s.must("products", "show", "TEA", "--json")), &p); err != nil || p.Price != "10" {
		t.Errorf("the price is %s, %v", p.Price, err)
	}
	s.must("products", "delete", "MUG")
	s.wantError(3, "no product with this SKU", "products", "show", "MUG")
}

// TestTerminal_transfers: units travel from one store to another, and files leave and
// come back.
func TestTerminal_transfers(t *testing.T) {
	s := openShell(t)
	s.must("products", "create", "TEA", "--name", "Sencha")
	s.must("stock", "create", "TEA", "MAD-001", "12")
	id := strings.TrimSpace(s.must("transfers", "request", "BCN-001", "TEA=8", "--from", "MAD-001", "--reference", "truck-7", "-q"))
	s.must("transfers", "ship", id)
	if out := s.must("transfers", "list", "--store-id", "BCN-001"); !strings.Contains(out, "shipped") || !strings.Contains(out, "truck-7") {
		t.Errorf("the list is\n%s", out)
	}
	s.must("transfers", "receive", id, "TEA=3", "--damaged", "TEA=1", "--lost", "TEA=2")
	s.must("transfers", "receive", id, "--rest")
	if out := s.must("transfers", "show", id); !strings.Contains(out, "received") || !strings.Contains(out, "6 received, 1 of them damaged, 2 lost") {
		t.Errorf("the transfer is\n%s", out)
	}
	s.wantError(3, "cannot be cancelled", "transfers", "cancel", id)
	s.wantError(2, "--supplier", "transfers", "request", "BCN-001", "TEA=8")
	s.wantError(2, "SKU=QUANTITY", "transfers", "request", "BCN-001", "TEA", "--supplier", "Tea & Co.")
	s.wantError(2, "--rest", "transfers", "receive", id)

	file := filepath.Join(t.TempDir(), "stock.csv")
	s.must("export", "stock", file)
	s.wantOutput("2 lines: 0 created, 0 updated, 2 unchanged, 0 failed\n", "import", "stock", file)
	if out := s.must("export", "movements", "--store-id", "MAD-001", "--json"); strings.Count(out, "\n") != 2 || !strings.HasPrefix(out, "{") {
		t.Errorf("the ledger as NDJSON is\n%s", out)
	}
	if out := s.must("export", "products"); !strings.Contains(out, "TEA,Sencha") {
		t.Errorf("the products are\n%s", out)
	}
	s.wantError(2, "no such file or directory", "export", "stock", filepath.Join(t.TempDir(), "none", "stock.csv"))
	s.wantError(3, "must be", "export", "reservations", "--status", "sold")
}

// TestTerminal_counts: units are counted while others are sold.
func TestTerminal_counts(t *testing.T) {
	s := openShell(t)
	for _, sku := range []string{"TEA", "MUG"} {
		s.must("products", "create", sku, "--name", sku)
		s.must("stock", "create", sku, "MAD-001", "10")
	}
	s.must("reserve", "MUG@MAD-001=8", "--customer", "ada")
	id := strings.TrimSpace(s.must("counts", "open", "MAD-001", "--reference", "november", "-q"))
	s.must("counts", "add", id, "TEA=9", "MUG=8")
	file := filepath.Join(t.TempDir(), "counted.csv")
	if err := os.WriteFile(file, []byte("sku,counted\nMUG,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must("counts", "import", id, file)
	s.wantOutput("SKU  NAME  COUNTED  QUANTITY  DIFFERENCE  STATE    FAILURE\n"+
		"TEA  TEA         9        10          -1  counted\nMUG  MUG         3        10          -7  counted\n",
		"counts", "show", id)
	s.must("stock", "adjust", "TEA", "MAD-001", "--", "-2")
	_, notes, err := s.run("counts", "apply", id)
	if err == nil || !strings.Contains(err.Error(), "1 of 2 lines failed") || !strings.Contains(notes, "MUG: ") || !strings.Contains(notes, "Reservations: ") {
		t.Errorf("an apply with a line that fails: %q, %v", notes, err)
	}
	if out := s.must("stock", "show", "TEA", "MAD-001"); !regexp.MustCompile(`(?m)^QUANTITY +7$`).MatchString(out) {
		t.Errorf("after the apply the row is\n%s", out)
	}
	if out := s.must("counts", "list", "--status", "applied"); !strings.Contains(out, "november") {
		t.Errorf("the list is\n%s", out)
	}
	s.wantError(3, "applied", "counts", "discard", id)
	s.wantError(2, "SKU=QUANTITY", "counts", "add", id, "TEA")
}

// TestTerminal_import: the modes, a check without changes, and all lines that fail.
func TestTerminal_import(t *testing.T) {
	s := openShell(t)
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	products := write("products.csv", "sku;name;price\nMUG; Blue mug ;14.50\n1.5E+12;Tea;9\n")
	out, notes, err := s.run("import", "products", products, "--dry-run")
	if err != nil || out != "2 lines: 2 created, 0 updated, 0 unchanged, 0 failed; nothing was changed\n" || !strings.Contains(notes, "line 3: The SKU 1.5E+12 ") {
		t.Errorf("%q %q, %v", out, notes, err)
	}
	s.wantOutput("2 lines: 2 created, 0 updated, 0 unchanged, 0 failed\n", "import", "products", products)
	prices := write("prices.ndjson", `{"sku":"MUG","price":15}`+"\n"+`{"sku":"MUG","price":15.0}`+"\n")
	s.wantOutput("2 lines: 0 created, 1 updated, 1 unchanged, 0 failed\n", "import", "products", prices, "--mode", "update")
	s.wantOutput("1 lines: 1 created, 0 updated, 0 unchanged, 0 failed\n", "import", "stock", write("a.csv", "sku,store_id,quantity\nMUG,MAD-001,5\n"))
	delta := write("delta.csv", "sku,store_id,quantity\nMUG,MAD-001,-2\n"+strings.Repeat("MUG,MAD-001,-9\n", 150))
	out, notes, err = s.run("import", "stock", delta, "--mode", "adjust", "--all-errors")
	if err == nil || out != "151 lines: 0 created, 1 updated, 0 unchanged, 150 failed\n" || strings.Count(notes, "9 units are requested, 3 are available.\n") != 150 {
		t.Errorf("%q, %d lines of notes, %v", out, strings.Count(notes, "\n"), err)
	}
	out, _, _ = s.run("import", "stock", delta, "--mode", "adjust", "--all-errors", "--dry-run", "--json")
	if lines := strings.Split(out, "\n"); len(lines) != 152 || !strings.Contains(lines[150], `"dry_run":true`) || !json.Valid([]byte(lines[0])) {
		t.Errorf("as JSON: %d lines, %q", len(lines), lines[len(lines)-2:])
	}
	s.wantOutput("SKU  NAME      STORE    QUANTITY  RESERVED  AVAILABLE\nMUG  Blue mug  MAD-001         3         0          3\n", "stock", "list")
	s.wantError(3, "mode must be create or update or upsert", "import", "products", products, "--mode", "set")
	s.wantError(3, "150 of 151 lines failed; nothing was changed", "import", "stock", delta, "--mode", "adjust", "--dry-run", "--all-errors")
}

// rewrite returns a copy of the file with the lines that begin with one of the
// prefixes, and its header.
func rewrite(t *testing.T, file string, prefixes ...string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	kept := lines[0]
	for _, line := range lines[1:] {
		for _, prefix := range prefixes {
			if strings.HasPrefix(line, prefix) {
				kept += line
			}
		}
	}
	copied := filepath.Join(t.TempDir(), "again.csv")
	if err := os.WriteFile(copied, []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// TestTerminal_errors: each error is one line, with the exit code of its kind.
func TestTerminal_errors(t *testing.T) {
	s := openShell(t)
	s.wantError(2, `unknown command "stcok"`, "stcok")
	s.wantError(2, `unknown command "lsit"`, "products", "lsit")
	s.wantError(2, "unknown flag", "products", "list", "--colour")
	s.wantError(2, "usage: inventory stock show", "stock", "show", "TEA")
	s.wantError(2, "must be a whole number", "stock", "create", "TEA", "MAD-001", "many")
	s.wantError(2, "SKU@STORE=QUANTITY", "reserve", "TEA", "--customer", "ada")
	s.wantError(2, "--limit", "products", "list", "--limit", "0")
	s.wantError(2, "not an http or https URL", "products", "list", "--url", "localhost:8080")
	s.wantError(2, "no such file", "import", "stock", "missing.csv")
	s.wantError(3, "API key", "alerts", "--key", "wrong")
	s.wantError(3, "no product with this SKU", "stock", "show", "NONE", "MAD-001")
	s.wantError(4, "cannot be reached", "alerts", "--url", "http://127.0.0.1:1")
}

// TestTerminal_profiles: flags win over variables, and these over the profile.
func TestTerminal_profiles(t *testing.T) {
	s := openShell(t)
	url := os.Getenv("INVENTORY_URL")
	write := func(text string) {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("INVENTORY_CONFIG", file)
	}
	write("default: shop\nprofiles:\n  shop: {url: " + url + ", key: " + frontKey + "}\n  other: {url: " + url + ", key: wrong}\n")
	t.Setenv("INVENTORY_URL", "")
	t.Setenv("INVENTORY_KEY", "")
	s.must("alerts")
	s.wantError(3, "API key", "alerts", "--profile", "other")
	s.must("alerts", "--profile", "other", "--key", frontKey)
	t.Setenv("INVENTORY_PROFILE", "other")
	s.wantError(3, "API key", "alerts")
	t.Setenv("INVENTORY_KEY", frontKey)
	s.must("alerts")
	s.wantError(2, `has no profile "none"`, "alerts", "--profile", "none")
	write("profile: shop\n")
	s.wantError(2, "unknown field", "alerts")
}

// TestTerminal_document: docs/cli.md names each command.
func TestTerminal_document(t *testing.T) {
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			check(below)
		}
		if !c.HasSubCommands() && c.IsAvailableCommand() && !strings.Contains(string(text), "`"+c.CommandPath()) {
			t.Errorf("docs/cli.md does not name %q", c.CommandPath())
		}
	}
	for _, c := range program().Commands() {
		if c.GroupID == "people" {
			check(c)
		}
	}
}

// TestTerminal_watch: an event appears while the command runs, which ends with its
// context.
func TestTerminal_watch(t *testing.T) {
	running := runSystem(t, "embedded")
	t.Setenv("INVENTORY_URL", running.url)
	t.Setenv("INVENTORY_KEY", demoKey)
	s := shell{t}
	ctx, stop := context.WithCancel(t.Context())
	lines := make(chan string, 16)
	ended := make(chan error, 1)
	go func() {
		root := program()
		root.SetArgs([]string{"watch", "--event", "product.created"})
		root.SetOut(lineWriter(lines))
		ended <- root.ExecuteContext(ctx)
	}()
	// The stream shows events from its beginning on, so products are created until
	// one is shown.
	shown := ""
	for i := 0; shown == ""; i++ {
		s.must("products", "create", fmt.Sprintf("P-%d", i), "--name", "Product")
		select {
		case shown = <-lines:
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(10 * time.Millisecond): // the next product
		}
	}
	if !strings.Contains(shown, "product.created") {
		t.Errorf("shows %q", shown)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// lineWriter passes on the lines that fit.
type lineWriter chan string

func (w lineWriter) Write(b []byte) (int, error) {
	select {
	case w <- string(b):
	default:
	}
	return len(b), nil
}
