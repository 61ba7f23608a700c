package terminal

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
)

const defaultURL = "http://localhost:8080"

// profile is a system, and the key to use there.
type profile struct {
	URL string `yaml:"url"`
	Key string `yaml:"key"`
}

// configuration is the file of profiles.
type configuration struct {
	Default  string             `yaml:"default"` // name of a profile
	Profiles map[string]profile `yaml:"profiles"`
}

// configurationFile is the path of the file of profiles, unless it is configured.
func configurationFile() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the configuration file: %w", err)
	}
	return filepath.Join(folder, "inventory", "config.yaml"), nil
}

// loadProfile returns the profile with a name; empty: the default one of the file,
// or none if no file was configured and there is none.
func loadProfile(path, name string) (profile, error) {
	required := path != "" || name != ""
	if path == "" {
		var err error
		if path, err = configurationFile(); err != nil && !required {
			return profile{}, nil // a machine without a home
		} else if err != nil {
			return profile{}, err
		}
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return profile{}, nil
	}
	if err != nil {
		return profile{}, fmt.Errorf("read the profiles: %w", err)
	}
	var c configuration
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return profile{}, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, false))
	}
	if name = cmp.Or(name, c.Default); name == "" {
		return profile{}, nil
	}
	p, found := c.Profiles[name]
	if !found {
		return profile{}, fmt.Errorf("%s has no profile %q", path, name)
	}
	return p, nil
}
