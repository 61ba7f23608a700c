package process

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/telemetry"
)

// Files are the files that the keys were read from; empty when the variables
// contain the keys themselves.
type Files struct {
	APIKeys    string
	ServiceKey string
}

// readInterval is the time between two readings of the files of keys.
const readInterval = 3 * time.Second

// Access is the access to a service: the keys, hosts and proxies that it
// accepts. Its keys follow their files while Run runs.
type Access struct {
	Credentials *httpapi.Credentials
	Proxies     httpserver.Proxies
	Hosts       *httpapi.Hosts // nil outside development: all

	clock    clock.Clock
	logger   *slog.Logger
	files    []*keyFile
	unusable atomic.Int64 // files
}

// keyFile is a file whose keys are in use.
type keyFile struct {
	variable string // whose value is the path
	path     string
	use      func(text string) error // error: text cannot be used, and nothing changes

	seen    [sha256.Size]byte // of the text that was used or refused last
	failure string            // that was logged last; empty: the text is used
}

// OpenAccess returns the Access that c describes. No API key may have one of the
// reserved names.
func (c Settings) OpenAccess(clock clock.Clock, logger *slog.Logger, reserved ...string) (*Access, error) {
	keys, err := httpapi.ParseKeys(c.APIKeys, reserved...)
	if err != nil {
		return nil, fmt.Errorf("API_KEYS: %w", err)
	}
	a := &Access{Credentials: httpapi.NewCredentials(keys, c.ServiceKey), clock: clock, logger: logger}
	if a.Proxies, err = httpserver.ParseProxies(c.TrustedProxies); err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	if c.Development {
		if a.Hosts, err = httpapi.ParseHosts(c.AllowedHosts); err != nil {
			return nil, fmt.Errorf("ALLOWED_HOSTS: %w", err)
		}
	}
	if published := cmp.Or(c.PublishedAddress, c.Host); keys.HasDevelopmentKeys() && !isLoopback(published) {
		logger.Warn("the development keys, which are public, open this service to every machine that reaches it",
			slog.String("listen_host", c.Host))
	}
	a.follow("API_KEYS", c.Files.APIKeys, c.APIKeys, func(text string) error {
		next, errs := c.checkAPIKeys(text, reserved)
		if len(errs) > 0 {
			return errors.Join(errs...)
		}
		a.Credentials.SetKeys(next)
		return nil
	})
	a.follow("SERVICE_KEY", c.Files.ServiceKey, c.ServiceKey, func(text string) error {
		if err := checkServiceKeys(text); err != nil {
			return err
		}
		a.Credentials.SetServiceKeys(text)
		return nil
	})
	return a, nil
}

// follow adds a file, whose current text is in use.
func (a *Access) follow(variable, path, text string, use func(text string) error) {
	if path != "" {
		a.files = append(a.files, &keyFile{variable: variable, path: path, use: use, seen: sha256.Sum256([]byte(strings.TrimSpace(text)))})
	}
}

// Run reads the files of keys again, every few seconds, until ctx ends.
func (a *Access) Run(ctx context.Context) error {
	if len(a.files) == 0 {
		<-ctx.Done()
		return nil
	}
	for clock.Sleep(ctx, a.clock, readInterval) == nil {
		a.read(ctx)
	}
	return nil
}

// read applies the changes of the files. A file that cannot be used is logged
// once, and the previous keys stay in use.
func (a *Access) read(ctx context.Context) {
	unusable := int64(0)
	for _, f := range a.files {
		changed, err := f.read()
		switch {
		case err != nil:
			unusable++
			if f.failure != err.Error() {
				f.failure = err.Error()
				a.logger.ErrorContext(ctx, "file of keys cannot be used; the previous keys stay in use",
					slog.String("variable", f.variable), slog.String("err", err.Error()))
			}
		case changed:
			f.failure = ""
			a.logger.InfoContext(ctx, "keys read again", slog.String("variable", f.variable))
		default:
			f.failure = ""
		}
	}
	a.unusable.Store(unusable)
}

// read reads the file. If its text has changed, read puts the text into use and
// returns true.
func (f *keyFile) read() (changed bool, err error) {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return false, err
	}
	trimmed := strings.TrimSpace(string(text))
	digest := sha256.Sum256([]byte(trimmed))
	if digest == f.seen {
		return false, nil
	}
	if err := f.use(trimmed); err != nil {
		return false, err
	}
	f.seen = digest
	return true, nil
}

// RegisterMetrics registers how many files of keys cannot be used.
func (a *Access) RegisterMetrics(registerer prometheus.Registerer) error {
	return telemetry.RegisterGauge(registerer, "inventory_unusable_key_files",
		"Files of API keys or service keys whose current content cannot be used; the previous keys stay in use.",
		func(context.Context) (float64, error) { return float64(a.unusable.Load()), nil })
}

// checkAPIKeys returns the keys in text, or all errors in them.
func (c Settings) checkAPIKeys(text string, reserved []string) (*httpapi.Keys, []error) {
	keys, err := httpapi.ParseKeys(text, reserved...)
	switch {
	case err != nil:
		return nil, []error{fmt.Errorf("API_KEYS: %w", err)}
	case c.Development:
		if keys.HasDevelopmentKeys() && c.PublishedAddress != "" && !isLoopback(c.PublishedAddress) {
			return nil, []error{fmt.Errorf("API_KEYS must not contain the development keys, which are public, when PUBLISHED_ADDRESS (%s) is not a loopback "+
				"address; use other keys, or publish on 127.0.0.1", c.PublishedAddress)}
		}
		return keys, nil
	}
	var all []error
	if keys.Empty() {
		all = append(all, errors.New("API_KEYS must be set outside development (or set DEVELOPMENT=true)"))
	}
	if keys.HasDevelopmentKeys() {
		all = append(all, errors.New("API_KEYS must not contain the development keys (or set DEVELOPMENT=true)"))
	} else {
		for _, err := range keys.CheckLength() {
			all = append(all, fmt.Errorf("API_KEYS: %w", err))
		}
	}
	return keys, all
}

func isLoopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkServiceKeys returns an error unless text holds service keys, each of them
// long enough.
func checkServiceKeys(text string) error {
	keys := httpapi.ServiceKeys(text)
	if len(keys) > maxServiceKeys {
		return fmt.Errorf("SERVICE_KEY must contain at most %d keys, each on a line of its own", maxServiceKeys)
	}
	short := func(key string) bool { return len(key) < httpapi.MinKeyBytes }
	if len(keys) == 0 || slices.ContainsFunc(keys, short) {
		return fmt.Errorf("SERVICE_KEY must have at least %d characters, the same for all services", httpapi.MinKeyBytes)
	}
	return nil
}

// maxServiceKeys bounds the service keys that are accepted at once: each costs a
// comparison in every call between the services.
const maxServiceKeys = 8
