package main

import (
	"flag"
	"maps"
	"testing"
)

func TestTarget_locate(t *testing.T) {
	separate := map[string]string{"catalog": "http://c:1", "stock": "http://s:2", "reservation": "http://r:3"}
	one := func(url string) map[string]string {
		return map[string]string{"catalog": url, "stock": url, "reservation": url}
	}
	flags := []string{"-catalog-url", "http://c:1", "-stock-url", "http://s:2/", "-reservation-url", "http://r:3"}
	all := map[string]string{"CATALOG_URL": "http://c:1", "STOCK_URL": "http://s:2/", "RESERVATION_URL": "http://r:3"}
	for name, test := range map[string]struct {
		args        []string
		environment map[string]string
		want        map[string]string // nil: refused
	}{
		"nothing said":                 {want: one("http://localhost:8080")},
		"the port of the one process":  {environment: map[string]string{"SERVER_PORT": "9090"}, want: one("http://localhost:9090")},
		"the one process":              {args: []string{"-url", "http://o:4/"}, want: one("http://o:4")},
		"separate services":            {args: flags, want: separate},
		"some of them":                 {args: flags[:4]},
		"no URL":                       {args: []string{"-url", "here"}},
		"separate ones in environment": {environment: all, want: separate},
		"flag before environment":      {args: []string{"-url", "http://o:4"}, environment: all, want: one("http://o:4")},
		"flags before environment": {
			args: flags, environment: map[string]string{"CATALOG_URL": "http://x:1", "STOCK_URL": "http://x:2", "RESERVATION_URL": "http://x:3"},
			want: separate,
		},
		"what only services read": {
			environment: map[string]string{"CATALOG_URL": "http://c:1", "STOCK_URL": "http://s:2"},
			want:        one("http://localhost:8080"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SERVICE_KEY", "a key of sixteen")
			for _, variable := range []string{"SERVER_PORT", "CATALOG_URL", "STOCK_URL", "RESERVATION_URL"} {
				t.Setenv(variable, test.environment[variable])
			}
			var got target
			set := flag.NewFlagSet("audit", flag.ContinueOnError)
			locate := got.addFlags(set)
			if err := set.Parse(test.args); err != nil {
				t.Fatal(err)
			}
			err := locate(t.Context())
			if test.want == nil {
				if err == nil {
					t.Errorf("got %v", got.urls)
				}
				return
			}
			if err != nil || !maps.Equal(got.urls, test.want) {
				t.Errorf("got %v, %v; want %v", got.urls, err, test.want)
			}
		})
	}
}
