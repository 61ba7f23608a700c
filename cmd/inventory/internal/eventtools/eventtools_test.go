package eventtools

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/events/brokerapi"
)

func TestRun(t *testing.T) {
	t.Run("helps", testRunHelps)
	t.Run("refuses", testRunRefuses)
}

func testRunHelps(t *testing.T) {
	for _, args := range []string{"help", "-h", "--help", "dlq -h", "dlq --help", "dlq help"} {
		if err := Run(t.Context(), strings.Fields(args), io.Discard); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
	for _, args := range []string{"tail -h", "dlq discard -h"} {
		if err := Run(t.Context(), strings.Fields(args), io.Discard); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func testRunRefuses(t *testing.T) {
	t.Setenv("DATA_DIR", t.TempDir())
	server := httptest.NewServer(nil)
	server.Close() // nothing listens there
	for _, test := range []struct{ args, want string }{
		{"", "usage: inventory events COMMAND"},
		{"dlq", `unknown command "events dlq"`},
		{"dlq drop", `unknown command "events dlq drop"`},
		{"tail now", "events tail takes no arguments, only flags"},
		{"tail -type stock.sold", `"stock.sold" is unknown; there are product.created, `},
		{"tail -url ftp://x", `events tail: "ftp://x" is not an http or https URL`},
		{"tail -url " + server.URL, "events tail: catalog cannot be reached at " + server.URL + brokerapi.TailPath},
		{"pending -stock-url http://x", "events pending: name all of -catalog-url, -stock-url and -reservation-url, or none"},
		{"pending -url " + server.URL, "events pending: not everything could be asked"},
		{"dlq list -json x", "events dlq list takes no arguments"},
		{"dlq show", "events dlq show: name one dead letter"},
		{"dlq show 1 2", "events dlq show: name one dead letter"},
		{"dlq replay", "events dlq replay: name dead letters by their ids, or all with -all"},
		{"dlq replay 1 -all", "events dlq replay: name dead letters by their ids, or all with -all"},
		{"dlq discard", "events dlq discard: name dead letters by their ids, or all with -all"},
		{"dlq discard -all=false", "events dlq discard: name dead letters by their ids, or all with -all"},
		{"dlq discard 1 -all", "events dlq discard: name dead letters by their ids, or all with -all"},
		{"dlq discard -every", "flag provided but not defined: -every"},
		{"dlq discard 1 -url " + server.URL, "events dlq discard: catalog cannot be reached at "},
		{"replay", "events replay: say with -from which events, or -missing"},
		{"replay -from yesterday", "is neither a time as 2026-01-31T12:00:00Z nor a seq of 1 or more"},
		{"replay -from 0", "nor a seq of 1 or more"},
		{"replay -from -1", "nor a seq of 1 or more"},
		{"replay -from 99999999999999999999", "nor a seq of 1 or more"},
		{"replay -from 5", "each service counts seqs by itself"},
		{"replay -from 5 -service stock,catalog", "each service counts seqs by itself"},
		{"replay -from 5 -until 4 -service stock", "-until is before -from"},
		{"replay -from 2026-01-31T12:00:00Z -until 2026-01-31T12:00:00+01:00", "-until is before -from"},
		{"replay -missing -to stock", "leave out -to"},
		{"replay -missing -service billing", `"billing" is unknown; there are catalog, stock, reservation`},
		{"replay -missing -url " + server.URL, "events replay: catalog cannot be reached at "},
	} {
		t.Run(test.args, func(t *testing.T) {
			t.Setenv("SERVICE_KEY", "k")
			err := Run(t.Context(), strings.Fields(test.args), io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	t.Setenv("SERVICE_KEY", "")
	if err := Run(t.Context(), []string{"tail"}, io.Discard); !errors.Is(err, operator.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain ñ 你":         "plain ñ 你",
		"a\tb\r\n\x00":      `a\u0009b\u000d\u000a\u0000`,
		"\u009b31m\u2028":   `\u009b31m\u2028`,
		"\U000e0001":        `\udb40\udc01`,
		string([]byte{255}): "\ufffd",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	const odd = "\"\u009b\U000e0001\u202e\""
	var a, b string
	if json.Unmarshal([]byte(odd), &a) != nil || json.Unmarshal([]byte(printable(odd)), &b) != nil || a != b {
		t.Errorf("%q is another JSON text than %q", printable(odd), odd)
	}
	if got := fmt.Sprint(dashed(""), dashed("x")); got != "-x" {
		t.Error(got)
	}
}
