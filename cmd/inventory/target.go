package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"inventory.example/pkg/settings"
)

// target is the running system that an operator's command asks.
type target struct {
	command string            // in front of errors
	url     string            // of the one process; empty for separate services
	urls    map[string]string // of each service
	key     string            // service key
	timeout time.Duration     // of a request that reads everything
}

// addFlags adds the flags that say where the system is. After they are parsed
// the caller calls locate, which completes the target.
func (t *target) addFlags(flags *flag.FlagSet) (locate func(context.Context) error) {
	t.command = flags.Name()
	flags.StringVar(&t.url, "url", "", "base `URL` of the one process (default "+defaultURL()+",\n"+
		"unless CATALOG_URL, STOCK_URL and RESERVATION_URL name separate services)")
	separate := map[string]*string{}
	for _, name := range auditServices {
		separate[name] = flags.String(name+"-url", "", "base `URL` of "+name+", when the services run by themselves")
	}
	flags.DurationVar(&t.timeout, "timeout", 10*time.Minute, "how long reading all of a service's database, or of the broker, may take")
	return func(ctx context.Context) error {
		if err := t.locate(separate); err != nil {
			return err
		}
		var err error
		t.key, err = operatorKey(ctx)
		return err
	}
}

// defaultURL is where the one process listens that has this environment.
func defaultURL() string { return "http://localhost:" + cmp.Or(os.Getenv("SERVER_PORT"), "8080") }

// fromEnvironment takes the URLs of separate services from CATALOG_URL and the
// like, when neither flag nor, for all of them, variable says otherwise. Stock
// and reservation have such variables for the services that they ask, so one
// or two of them say nothing about where an operator's command should go.
func (t *target) fromEnvironment(separate map[string]*string) {
	found := map[string]string{}
	for name, flag := range separate {
		url := os.Getenv(strings.ToUpper(name) + "_URL")
		if t.url != "" || *flag != "" || url == "" {
			return
		}
		found[name] = url
	}
	for name, url := range found {
		*separate[name] = url
	}
}

// locate finds out where each service is.
func (t *target) locate(separate map[string]*string) error {
	t.fromEnvironment(separate)
	if t.url == "" {
		t.url = defaultURL()
	}
	t.urls = map[string]string{}
	given := 0
	for _, name := range auditServices {
		t.urls[name] = t.url
		if *separate[name] != "" {
			t.urls[name] = *separate[name]
			given++
		}
	}
	switch given {
	case 0:
	case len(auditServices):
		t.url = ""
	default:
		return fmt.Errorf("%s: name all of -catalog-url, -stock-url and -reservation-url, or none", t.command)
	}
	for _, name := range auditServices {
		base := strings.TrimRight(t.urls[name], "/")
		if !settings.IsHTTPURL(base) {
			return fmt.Errorf("%s: %q is no http or https URL", t.command, t.urls[name])
		}
		t.urls[name] = base
	}
	t.url = strings.TrimRight(t.url, "/")
	return nil
}

// operatorConfig is where a command finds the service key.
type operatorConfig struct {
	ServiceKey string `env:"SERVICE_KEY"`
	DataDir    string `env:"DATA_DIR, default=data"`
}

// Validate implements settings.Validator.
func (operatorConfig) Validate() []error { return nil }

var errNoKey = errors.New("there is no service key; set SERVICE_KEY, or DATA_DIR to the data folder of the system")

// operatorKey returns the service key: the configured one, or the one that the
// process made in its data folder.
func operatorKey(ctx context.Context) (string, error) {
	var c operatorConfig
	if err := settings.Load(ctx, "", &c); err != nil {
		return "", err
	}
	if c.ServiceKey != "" {
		return c.ServiceKey, nil
	}
	text, err := os.ReadFile(filepath.Join(c.DataDir, serviceKeyFile))
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoKey, err)
	}
	return strings.TrimSpace(string(text)), nil
}
