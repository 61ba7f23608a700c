package process

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/telemetry/tracing"
)

// Settings are the settings of every service. They are embedded in the
// services' Config.
type Settings struct {
	// Development allows the well-known development keys.
	Development bool `env:"DEVELOPMENT, default=false"`
	// APIKeys are the keys of callers: key:name[:scope],… where scope is *
	// (default), read, or store ids joined by |.
	APIKeys string `env:"API_KEYS"`
	// ServiceKey is the key that services send to each other on internal paths;
	// or several keys, one a line: the first is sent and each is accepted.
	ServiceKey string `env:"SERVICE_KEY"`
	// Files are the files of both; LoadFrom sets them.
	Files Files
	// AllowedHosts are further hosts under which the service may be called in
	// development.
	AllowedHosts string `env:"ALLOWED_HOSTS"`
	// PublishedAddress is the address where a proxy in front publishes the
	// service, when that is known.
	PublishedAddress string `env:"PUBLISHED_ADDRESS"`
	// TrustedProxies are the proxies whose X-Forwarded-For is believed:
	// addresses, networks, or the word private.
	TrustedProxies string `env:"TRUSTED_PROXIES"`
	// InstanceID tells instances apart in logs and health; default: host name.
	InstanceID string `env:"INSTANCE_ID"`
	// LogLevel is debug, info, warn or error; LogFormat json or text.
	LogLevel  string `env:"LOG_LEVEL, default=info"`
	LogFormat string `env:"LOG_FORMAT, default=json"`
	// ShutdownTimeout bounds an orderly stop.
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT, default=15s"`
	// Synchronous is SQLite's: FULL survives a power cut, NORMAL may lose the
	// last commits then (never on a mere crash).
	Synchronous string `env:"SQLITE_SYNCHRONOUS, default=FULL"`
	// DatabaseURL is the address of a PostgreSQL database, in which each service has
	// a schema with its name; not set: SQLite. It may contain a password.
	DatabaseURL string `env:"DATABASE_URL"`

	httpserver.Listen
	httpapi.Limits
	Tracing tracing.Config
}

// Secrets are the variables that may instead name a file: API_KEYS_FILE.
var Secrets = []string{"API_KEYS", "SERVICE_KEY", "REDIS_PASSWORD", "REDIS_SENTINEL_PASSWORD", "KAFKA_PASSWORD", "DATABASE_URL", "SECRETS_KEY", "OTEL_EXPORTER_OTLP_HEADERS"}

// Validate returns everything that is wrong with c; nil when nothing is. No API
// key may have one of the reserved names.
func (c Settings) Validate(reserved ...string) []error {
	var all []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	_, wrong := c.checkAPIKeys(c.APIKeys, reserved)
	all = append(all, wrong...)
	if err := checkServiceKeys(c.ServiceKey); err != nil {
		all = append(all, err)
	}
	if _, err := httpapi.ParseHosts(c.AllowedHosts); err != nil {
		all = append(all, fmt.Errorf("ALLOWED_HOSTS: %w", err))
	}
	if _, err := httpserver.ParseProxies(c.TrustedProxies); err != nil {
		all = append(all, fmt.Errorf("TRUSTED_PROXIES: %w", err))
	}
	require(slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel), "LOG_LEVEL must be debug, info, warn or error")
	require(slices.Contains([]string{"json", "text"}, c.LogFormat), "LOG_FORMAT must be json or text")
	require(c.ShutdownTimeout > 0, "SHUTDOWN_TIMEOUT must be positive")
	require(slices.Contains([]string{"FULL", "NORMAL", "EXTRA"}, c.Synchronous), "SQLITE_SYNCHRONOUS must be FULL, NORMAL or EXTRA")
	require(c.DatabaseURL == "" || strings.HasPrefix(c.DatabaseURL, "postgres://") || strings.HasPrefix(c.DatabaseURL, "postgresql://"),
		"DATABASE_URL must begin with postgres:// or postgresql://") // without the text: it may contain a password
	all = append(all, c.Tracing.Validate()...)
	all = append(all, c.Listen.Validate()...)
	return append(all, c.Limits.Validate()...)
}

// ValidateService is Validate for a service with a port and a database of its own.
func (c Settings) ValidateService(port int, sqlitePath string, reserved ...string) []error {
	all := c.Validate(reserved...)
	if port < 0 || port > 65535 {
		all = append(all, errors.New("SERVER_PORT must be from 0 to 65535"))
	}
	if sqlitePath == "" {
		all = append(all, errors.New("SQLITE_PATH must be set"))
	}
	return all
}

func (c *Settings) keepFiles(files map[string]string) {
	c.Files = Files{APIKeys: files["API_KEYS"], ServiceKey: files["SERVICE_KEY"]}
}

// Instance returns InstanceID, or the host's name.
func (c Settings) Instance() string {
	if c.InstanceID != "" {
		return c.InstanceID
	}
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

// Validator is a configuration that can report all its errors at once.
type Validator interface {
	Validate() []error
}

// IsHTTPURL reports whether text is the URL of a server, as the variables that
// end in _URL are.
func IsHTTPURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// Load fills each target, a pointer to a struct with env tags, from the
// process's environment, validates them, and returns all failures in one error.
// A variable with the prefix, such as STOCK_SQLITE_PATH, wins over the plain
// one. A secret may be in a file: the variable with _FILE at its end has the
// path. An empty variable counts as not set.
func Load(ctx context.Context, prefix string, targets ...Validator) error {
	return LoadFrom(ctx, envconfig.OsLookuper(), prefix, targets...)
}

// LoadFrom is Load from another source of variables.
func LoadFrom(ctx context.Context, source envconfig.Lookuper, prefix string, targets ...Validator) error {
	l := &lookuper{source: source, prefix: prefix, unusable: map[string]bool{}, files: map[string]string{}}
	var all []error
	for _, target := range targets {
		all = append(all, l.fill(ctx, target)...)
		if t, keeps := target.(interface{ keepFiles(files map[string]string) }); keeps {
			t.keepFiles(l.files)
		}
		all = append(all, target.Validate()...)
	}
	if all = append(all, l.errs...); len(all) > 0 {
		return fmt.Errorf("the configuration is not usable:\n%w", errors.Join(all...))
	}
	return nil
}

type lookuper struct {
	source   envconfig.Lookuper
	prefix   string
	last     string          // the variable that the last Lookup found; empty for none
	unusable map[string]bool // variables that were reported and count as not set
	errs     []error         // of files

	files map[string]string // of the secrets that were read from files
}

// fill fills target and returns an error for each variable that cannot be read.
// envconfig stops at the first one, so fill calls it again without that
// variable.
func (l *lookuper) fill(ctx context.Context, target Validator) (all []error) {
	for {
		err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: target, Lookuper: l})
		if err == nil {
			return all
		}
		if l.last == "" { // not the fault of a variable
			return append(all, err)
		}
		// The innermost error has the reason; the errors around it name fields.
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			err = inner
		}
		all = append(all, fmt.Errorf("%s cannot be read: %w", l.last, err))
		l.unusable[l.last] = true
	}
}

// Lookup implements envconfig.Lookuper.
func (l *lookuper) Lookup(key string) (value string, found bool) {
	l.last = ""
	delete(l.files, key)
	for _, name := range []string{l.prefix + key, key} {
		if v, ok := l.source.Lookup(name); ok && v != "" && !l.unusable[name] {
			l.last = name
			return v, true
		}
		if !slices.Contains(Secrets, key) {
			continue
		}
		name += "_FILE"
		path, ok := l.source.Lookup(name)
		switch {
		case !ok || path == "":
			continue
		case l.unusable[name]:
			return "", false
		}
		text, err := os.ReadFile(path)
		if err != nil {
			l.errs = append(l.errs, fmt.Errorf("%s: %w", name, err))
			l.unusable[name] = true
			return "", false
		}
		l.files[key] = path
		return strings.TrimSpace(string(text)), true
	}
	return "", false
}
