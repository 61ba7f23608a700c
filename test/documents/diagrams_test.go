package documents_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"inventory.example/pkg/contract/protocol"
)

// derived compares the part of docs/architecture.md with that name with text.
func derived(t *testing.T, name, text string) {
	t.Helper()
	derivedIn(t, "docs/architecture.md", name, text)
}

// derivedIn compares the part of a document with that name with text.
func derivedIn(t *testing.T, document, name, text string) {
	t.Helper()
	file := filepath.Join(root, document)
	whole := read(t, document)
	begin := "<!-- " + name + ": written by go test ./test/documents -update -->\n"
	end := "<!-- end of " + name + " -->\n"
	head, rest, found := strings.Cut(whole, begin)
	have, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no marks of %s", document, name)
	}
	if have == text {
		return
	}
	if !*update {
		t.Errorf("%s in %s does not match the code (go test ./test/documents -update):\n%s", name, document, firstDifference(have, text))
		return
	}
	if err := os.WriteFile(file, []byte(head+begin+text+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTutorial(t *testing.T) {
	t.Run("consumer", testTutorialConsumer)
}

// testTutorialConsumer: the tutorial shows the program that is tested.
func testTutorialConsumer(t *testing.T) {
	derivedIn(t, "docs/tutorials/consumer.md", "consumer", "\n```go\n"+read(t, "test/consumer/main.go")+"```\n\n")
}

const mermaid = "```mermaid\n"

func TestArchitecture(t *testing.T) {
	t.Run("states of a hold", testArchitectureStatesOfAHold)
	t.Run("states of a reservation", testArchitectureStatesOfAReservation)
	t.Run("imports", testArchitectureImports)
}

func testArchitectureStatesOfAHold(t *testing.T) {
	node := func(h protocol.Hold) string {
		if h == protocol.HoldAbsent {
			return "absent"
		}
		return string(h)
	}
	var text strings.Builder
	text.WriteString(mermaid + "stateDiagram-v2\n    [*] --> absent\n")
	for _, h := range []protocol.Hold{protocol.HoldAbsent, protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased} {
		next, grant := protocol.RequestHold(h)
		answer := map[protocol.Grant]string{
			protocol.GrantNew: "granted", protocol.GrantRepeated: "granted again", protocol.GrantSettled: "refused",
		}[grant]
		fmt.Fprintf(&text, "    %s --> %s: hold, %s\n", node(h), node(next), answer)
		for _, s := range []protocol.Settlement{protocol.Commit, protocol.Release} {
			next, effect := protocol.Settle(h, s)
			does := map[protocol.Effect]string{
				protocol.Applied: "applied", protocol.Repeated: "nothing changes", protocol.Tombstoned: "tombstone",
				protocol.Contradiction: "contradiction",
			}[effect]
			fmt.Fprintf(&text, "    %s --> %s: %s, %s\n", node(h), node(next), s, does)
		}
	}
	text.WriteString("```\n")
	derived(t, "hold", text.String())
}

func testArchitectureStatesOfAReservation(t *testing.T) {
	var text strings.Builder
	text.WriteString(mermaid + "stateDiagram-v2\n")
	for _, from := range []struct {
		what   string
		writes bool
		to     protocol.Status
	}{
		{"create, hold granted", protocol.Granted(false, protocol.Absent) == protocol.RecordInsert, protocol.Pending},
		{"repair, units are held", protocol.Repair(protocol.Absent, protocol.HoldHeld), protocol.Pending},
		{"walk, units are held", protocol.Walk(protocol.Absent) == protocol.WalkRepair, protocol.Pending},
		{"create, outcome unknown", protocol.TimedOut(protocol.Absent) == protocol.DecideAbort, protocol.Cancelled},
	} {
		if !from.writes {
			t.Fatalf("%s: writes no row that is %s", from.what, from.to)
		}
		fmt.Fprintf(&text, "    [*] --> %s: %s\n", from.to, from.what)
	}
	var ends []protocol.Status
	for _, s := range []protocol.Status{protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired} {
		if s.Settled() {
			ends = append(ends, s)
			fmt.Fprintf(&text, "    pending --> %s: then stock must %s\n", s, s.Settling())
		} else if s.Settling() != "" {
			t.Errorf("%s settles and is not settled", s)
		}
	}
	for _, s := range ends {
		fmt.Fprintf(&text, "    %s --> [*]\n", s)
	}
	text.WriteString("```\n")
	derived(t, "reservation", text.String())
}

// parts are the parts of a service, by the folder below it.
var parts = []struct{ name, title string }{
	{"root", "service root"},
	{"rest", "rest"},
	{"consumer", "consumer"},
	{"loops", "expiry, walk, page"},
	{"client", "clients"},
	{"core", "cores"},
	{"db", "db"},
}

// partOf returns the part that a folder of a service belongs to; empty for its
// commands and test packages.
func partOf(folder string) string {
	name, inner := strings.CutPrefix(folder, "internal/")
	name = strings.TrimPrefix(name, "console/")
	name, _, _ = strings.Cut(name, "/")
	switch {
	case folder == ".":
		return "root"
	case !inner, strings.HasSuffix(folder, "test"):
		return ""
	case name == "rest", name == "consumer":
		return name
	case strings.HasSuffix(name, "db"), strings.HasSuffix(name, "pg"), name == "seal": // seals values for the database
		return "db"
	case strings.HasSuffix(name, "client"), name == "upstream":
		return "client"
	case name == "expiry", name == "page", strings.HasPrefix(folder, "internal/walk"):
		return "loops"
	default:
		return "core"
	}
}

// testArchitectureImports derives the picture of the imports between the parts of
// a service, over all four services, and the table of their imports from pkg.
func testArchitectureImports(t *testing.T) {
	arrows := map[string]bool{}
	rooms := map[string]map[string]bool{}
	base := filepath.Join(root, "services")
	files := 0
	err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := filepath.Rel(base, path)
		if err != nil {
			return err
		}
		service, below, _ := strings.Cut(filepath.ToSlash(file), "/")
		part := partOf(filepath.ToSlash(filepath.Dir(below)))
		if part == "" {
			return nil
		}
		files++
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range source.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if room, isPkg := strings.CutPrefix(name, "inventory.example/pkg/"); isPkg {
				if rooms[room] == nil {
					rooms[room] = map[string]bool{}
				}
				rooms[room][part] = true
			} else if inner, isOwn := strings.CutPrefix(name, "inventory.example/services/"+service+"/"); isOwn {
				if to := partOf(inner); to != part {
					arrows["    "+part+" --> "+to+"\n"] = true
				}
			}
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Fatalf("%d files: %v", files, err)
	}
	derived(t, "imports", picture(arrows)+table(rooms))
}

// picture returns the flowchart of the parts.
func picture(arrows map[string]bool) string {
	var text strings.Builder
	text.WriteString(mermaid + "flowchart LR\n")
	for _, p := range parts {
		fmt.Fprintf(&text, "    %s[%s]\n", p.name, p.title)
	}
	for _, arrow := range slices.Sorted(maps.Keys(arrows)) {
		text.WriteString(arrow)
	}
	text.WriteString("```\n\n")
	return text.String()
}

// table returns which part uses which package of pkg.
func table(rooms map[string]map[string]bool) string {
	var text strings.Builder
	text.WriteString("| `pkg/` |")
	for _, p := range parts {
		text.WriteString(" " + p.title + " |")
	}
	text.WriteString("\n|" + strings.Repeat(" --- |", len(parts)+1) + "\n")
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		text.WriteString("| `" + room + "` |")
		for _, p := range parts {
			mark := " "
			if rooms[room][p.name] {
				mark = " × "
			}
			text.WriteString(mark + "|")
		}
		text.WriteString("\n")
	}
	return text.String()
}
