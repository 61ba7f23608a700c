package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// Config is the configuration of the one process beyond the services' own variables.
type Config struct {
	// Port is where all services listen.
	Port int `env:"SERVER_PORT, default=8080"`
	// DataDir holds the databases and the service key.
	DataDir string `env:"DATA_DIR, default=data"`

	// Listen is the whole process's. "inventory run" listens on this machine
	// only, because its keys are well known.
	httpserver.Listen
}

// Validate returns everything that is wrong with c; nil when nothing is.
func (c Config) Validate() []error {
	var all []error
	if c.Port < 0 || c.Port > 65535 {
		all = append(all, errors.New("SERVER_PORT must be from 0 to 65535"))
	}
	if c.DataDir == "" {
		all = append(all, errors.New("DATA_DIR must be set"))
	}
	return append(all, c.Listen.Validate()...)
}

// scheme returns how a URL of the process begins.
func (c Config) scheme() string {
	if c.TLS.Server() {
		return "https://"
	}
	return "http://"
}

// configs are the configurations of all parts of the process.
type configs struct {
	process     Config
	broker      broker.Config
	catalog     catalog.Config
	stock       stock.Config
	reservation reservation.Config
	notifier    notifier.Config
}

// defaults has the values of variables that the environment does not set.
type defaults struct {
	values map[string]string
}

// Lookup implements envconfig.Lookuper. A secret that is in a file has no default:
// package process reads the file.
func (d defaults) Lookup(name string) (string, bool) {
	if v := os.Getenv(name); v != "" {
		return v, true
	}
	if os.Getenv(name+"_FILE") != "" {
		return "", false
	}
	v, ok := d.values[name]
	return v, ok
}

// keyToCome stands for the service key until the rest of the configuration is
// known to be right: nothing is written before.
const keyToCome = "made at the first start"

// loadConfigs reads the environment. In one process each service gets its own file
// below DATA_DIR, and the key between the services is generated when none is given.
// Development adds the published development keys.
func loadConfigs(ctx context.Context, development bool) (c configs, err error) {
	source := defaults{map[string]string{}}
	if development {
		source.values["DEVELOPMENT"] = "true"
		source.values["API_KEYS"] = httpapi.DevelopmentKeys
		source.values["LOG_FORMAT"] = "text"
		source.values["LISTEN_HOST"] = "127.0.0.1"
		source.values["WEBHOOK_ALLOW_PRIVATE"] = "true"
	}
	all := findings{}
	all.add(process.LoadFrom(ctx, source, "", &c.process))
	dir := c.process.DataDir
	for _, name := range []string{catalog.Name, stock.Name, reservation.Name, notifier.Name, "broker"} {
		source.values[strings.ToUpper(name)+"_SQLITE_PATH"] = filepath.Join(dir, name+".db")
	}
	source.values["SERVICE_KEY"] = keyToCome
	for _, part := range []struct {
		prefix string
		target process.Validator
	}{{"", &c.broker}, {"CATALOG_", &c.catalog}, {"STOCK_", &c.stock}, {"RESERVATION_", &c.reservation}, {"NOTIFIER_", &c.notifier}} {
		all.add(process.LoadFrom(ctx, source, part.prefix, part.target))
	}
	if err := all.err(); err != nil {
		return c, err
	}
	for _, common := range []*process.Settings{&c.catalog.Settings, &c.stock.Settings, &c.reservation.Settings, &c.notifier.Settings} {
		if common.ServiceKey != keyToCome {
			continue
		}
		if common.ServiceKey, err = serviceKey(dir); err != nil {
			return c, err
		}
		common.Files.ServiceKey = filepath.Join(dir, operator.ServiceKeyFile)
	}
	return c, nil
}

// findings are the lines of several errors, each once: all services report an error
// of a variable that they share.
type findings []string

func (f *findings) add(err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !slices.Contains(*f, line) {
			*f = append(*f, line)
		}
	}
}

func (f findings) err() error {
	if len(f) == 0 {
		return nil
	}
	return errors.New(strings.Join(f, "\n"))
}

var _ envconfig.Lookuper = defaults{}

// serviceKey returns the key in dir, and makes one the first time.
func serviceKey(dir string) (string, error) {
	path := filepath.Join(dir, operator.ServiceKeyFile)
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", dataDirError(dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", dataDirError(dir, err)
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails, see crypto/rand
	key := hex.EncodeToString(random)
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", dataDirError(dir, err)
	}
	return key, nil
}

func dataDirError(dir string, err error) error {
	return fmt.Errorf("the data folder %s cannot be used; choose another with DATA_DIR: %w", dir, err)
}
