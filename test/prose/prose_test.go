package main

import (
	"bytes"
	"strings"
	"testing"
)

// samples has, for each rule, a text that it catches and one that it lets through.
var samples = map[string]struct{ bad, good string }{
	"what":       {"What was acknowledged is there after a restart.", "Every acknowledged write survives a restart. What now?"},
	"who":        {"Who waits longest gets it.", "The caller who waits longest is served first."},
	"tell":       {"The group is told of the event.", "The group is notified; the two are told apart by their ids."},
	"stand":      {"How times stand in events.", "The time format of events; X stands for any event."},
	"behind":     {"Event 3 waits behind event 2.", "Event 3 is queued after event 2; the service runs behind a proxy."},
	"nobody":     {"Nobody reads it.", "No caller reads it."},
	"is no":      {"A file that is no backup.", "A file that is not a backup; there is no backup any more."},
	"make":       {"It makes a row for each product.", "It creates a row for each product, which makes the row available."},
	"meanwhile":  {"The copies are of one moment.", "The copies are one consistent snapshot."},
	"so it does": {"It has to go on, so it does.", "It has to go on, so it does not return."},
	"answer":     {"Stock's answer is cached.", "Stock's response is cached."},
	"hold":       {"A test holds the table against the code.", "A test compares the table with the code; stock has a hold."},
	"settle":     {"It settles the delivery.", "It settles the hold."},
	"turn":       {"The member waits for its turn.", "The member waits for the lease, which in turn expires."},
	"letter":     {"The letter is replayed.", "The dead letter is replayed; an id has letters and digits."},
	"beat":       {"The beat renews the lease.", "The heartbeat renews the lease."},
	"store":      {"An event store.", "A store in Madrid; a stored event."},
}

func TestRules(t *testing.T) {
	for _, rule := range textRules {
		t.Run(rule.name, func(t *testing.T) {
			sample, ok := samples[rule.name]
			if !ok {
				t.Fatal("no samples")
			}
			if len(rule.find(sample.bad)) == 0 {
				t.Errorf("lets %q through", sample.bad)
			}
			if found := rule.find(sample.good); len(found) > 0 {
				t.Errorf("refuses %q for %q", sample.good, found[0].words)
			}
		})
	}
}

func TestCheckName(t *testing.T) {
	for _, test := range []struct {
		name name
		bad  bool
	}{
		{name{words: "take"}, true},
		{name{words: "takeBatch"}, false},
		{name{words: "TestService_refuses_a_short_line", test: true}, true},
		{name{words: "TestService_Hold", test: true}, false},
	} {
		if _, bad := checkName(test.name); bad != test.bad {
			t.Errorf("%s: refused: %t", test.name.words, bad)
		}
	}
}

// TestTextsOf has a habit in each kind of prose, and in code, which is none.
func TestTextsOf(t *testing.T) {
	for _, test := range []struct {
		name, path, content string
		lines               []int // of the findings of one rule
	}{
		{"comment over two lines", "a.go", "package a\n\n// A waits for no\n// one.\nvar A int\n", []int{3}},
		{"code in a comment", "a.go", "package a\n\n// A\n//\n//\tnobody()\nvar A int\n", nil},
		{"message", "a.go", "package a\n\nvar a = \"the lock that nobody has\"\n", []int{3}},
		{"tag", "a.go", "package a\n\ntype a struct{ B int `a:\"the lock that nobody has\"` }\n", nil},
		{"statement", "a.go", "package a\n\nconst a = `SELECT id FROM a WHERE b = 'nobody'`\n", nil},
		{"name of a subtest", "a_test.go", "package a\n\nfunc f() { t.Run(\"is read by nobody\", nil) }\n", []int{3}},
		{"paragraph", "a.md", "A\n\nb no\none `nobody`.\n", []int{3}},
		{"cell", "a.md", "| a | nobody |\n", []int{1}},
		{"fenced code", "a.md", "```\nnobody\n```\n", nil},
		{"description", "a.yaml", "# Nobody.\ndescription: >\n  a\n  nobody\nname: nobody\n", []int{1, 3}},
		{"script", "a", "#!/bin/sh\nnobody # for nobody\n", []int{2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			texts, _, ok, err := textsOf(test.path, []byte(test.content))
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			var lines []int
			for _, text := range texts {
				for _, rule := range textRules {
					if rule.name == "nobody" {
						for _, m := range rule.find(text.words) {
							lines = append(lines, text.line(m.place))
						}
					}
				}
			}
			if len(lines) != len(test.lines) {
				t.Fatalf("found in lines %v, not %v", lines, test.lines)
			}
			for i := range lines {
				if lines[i] != test.lines[i] {
					t.Errorf("found in line %d, not %d", lines[i], test.lines[i])
				}
			}
		})
	}
}

// TestRepository checks the prose of the whole repository.
func TestRepository(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, nil); err != nil {
		t.Errorf("%v\n%s", err, strings.TrimSpace(out.String()))
	}
}
