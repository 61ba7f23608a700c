package operator

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

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/services/catalog"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// Services are the services that are asked, in the order of reports.
var Services = []string{catalog.Name, stock.Name, reservation.Name}

// ServiceKeyFile is the file in the data folder in which the one process keeps
// the service key that it made.
const ServiceKeyFile = "service.key"

// Target is the running system that an operator's command asks. Its zero value
// is completed by AddFlags.
type Target struct {
	command string            // in front of errors
	url     string            // of the one process; empty for separate services
	urls    map[string]string // of each service
	key     string            // service key
	files   *tlsfiles.Files   // nil: the machine's authorities, and no certificate
	timeout time.Duration     // of a request that reads everything
}

// AddFlags adds the flags that name the system. After they are parsed the caller
// calls locate, which completes the target from the environment.
func (t *Target) AddFlags(flags *flag.FlagSet) (locate func(context.Context) error) {
	t.command = flags.Name()
	flags.StringVar(&t.url, "url", "", "base `URL` of the one process (default "+defaultURL()+",\n"+
		"unless CATALOG_URL, STOCK_URL and RESERVATION_URL name separate services)")
	separate := map[string]*string{}
	for _, name := range Services {
		separate[name] = flags.String(name+"-url", "", "base `URL` of "+name+", when the services run by themselves")
	}
	flags.DurationVar(&t.timeout, "timeout", 10*time.Minute, "how long reading all of a service's database, or of the broker, may take")
	return func(ctx context.Context) error {
		if err := t.locate(separate); err != nil {
			return err
		}
		c, err := loadConfig(ctx)
		if err != nil {
			return err
		}
		if t.files, err = tlsfiles.Open(c.TLS, nil); err != nil {
			return err
		}
		t.key, err = c.key()
		return err
	}
}

// defaultURL is where the one process that has this environment listens for
// internal calls.
func defaultURL() string {
	scheme := "http"
	if os.Getenv("TLS_CERT_FILE") != "" {
		scheme = "https"
	}
	return scheme + "://localhost:" + cmp.Or(os.Getenv("INTERNAL_PORT"), os.Getenv("SERVER_PORT"), "8080")
}

// fromEnvironment takes the URLs of separate services from CATALOG_URL and the
// like, when neither flag nor, for all of them, variable says otherwise. Stock
// and reservation have such variables for the services that they ask, so one
// or two of them say nothing about where an operator's command should go.
func (t *Target) fromEnvironment(separate map[string]*string) {
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
func (t *Target) locate(separate map[string]*string) error {
	t.fromEnvironment(separate)
	if t.url == "" {
		t.url = defaultURL()
	}
	t.urls = map[string]string{}
	given := 0
	for _, name := range Services {
		t.urls[name] = t.url
		if *separate[name] != "" {
			t.urls[name] = *separate[name]
			given++
		}
	}
	switch given {
	case 0:
	case len(Services):
		t.url = ""
	default:
		return fmt.Errorf("%s: name all of -catalog-url, -stock-url and -reservation-url, or none", t.command)
	}
	for _, name := range Services {
		base := strings.TrimRight(t.urls[name], "/")
		if !process.IsHTTPURL(base) {
			return fmt.Errorf("%s: %q is not an http or https URL", t.command, t.urls[name])
		}
		t.urls[name] = base
	}
	t.url = strings.TrimRight(t.url, "/")
	return nil
}

// config has the place of the service key, and the certificates of a command for its
// connections.
type config struct {
	ServiceKey string          `env:"SERVICE_KEY"`
	DataDir    string          `env:"DATA_DIR, default=data"`
	TLS        tlsfiles.Config `env:", prefix=TLS_"`
}

// Validate implements process.Validator.
func (c config) Validate() []error { return c.TLS.Validate() }

// ErrNoKey is in the chain of the error of locate when there is no service key.
var ErrNoKey = errors.New("there is no service key; set SERVICE_KEY, or DATA_DIR to the data folder of the system")

// loadConfig reads the environment. The server's own certificate is not the
// command's: it may not even be readable to an operator.
func loadConfig(ctx context.Context) (c config, err error) {
	err = process.LoadFrom(ctx, withoutServer{envconfig.OsLookuper()}, "", &c)
	return c, err
}

// withoutServer leaves the variables of a server's own TLS files out.
type withoutServer struct{ envconfig.Lookuper }

// Lookup implements envconfig.Lookuper.
func (w withoutServer) Lookup(name string) (string, bool) {
	switch name {
	case "TLS_CERT_FILE", "TLS_KEY_FILE", "TLS_CLIENT_CA_FILE":
		return "", false
	}
	return w.Lookuper.Lookup(name)
}

// key returns the service key: the configured one, or the one that the process
// made in its data folder.
func (c config) key() (string, error) {
	if keys := httpapi.ServiceKeys(c.ServiceKey); len(keys) > 0 {
		return keys[0], nil
	}
	text, err := os.ReadFile(filepath.Join(c.DataDir, ServiceKeyFile))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	keys := httpapi.ServiceKeys(string(text))
	if len(keys) == 0 {
		return "", ErrNoKey
	}
	return keys[0], nil
}
