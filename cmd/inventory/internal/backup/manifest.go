package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// databases are all that a system has. That of the broker is there with the
// embedded one only.
var databases = []string{catalog.Name, stock.Name, reservation.Name, notifier.Name, brokerDatabase}

const (
	brokerDatabase = "broker"
	manifestFile   = "manifest.json"
	manifestFormat = 1
)

// manifest describes a backup.
type manifest struct {
	Format    int              `json:"format"`
	TakenAt   time.Time        `json:"taken_at"` // all databases are as they were then
	Version   string           `json:"version"`  // of the program that took it
	Databases []backedDatabase `json:"databases"`
}

type backedDatabase struct {
	Name      string           `json:"name"`
	File      string           `json:"file"` // beside the manifest
	SizeBytes int64            `json:"size_bytes"`
	SHA256    string           `json:"sha256"`
	Schema    map[string]int64 `json:"schema"` // versions of its components
}

// readManifest reads the manifest of the backup in dir, and refuses one that
// names anything but the databases.
func readManifest(dir string) (m manifest, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		if list := backupsIn(dir); len(list) > 0 {
			return m, fmt.Errorf("%s holds backups and is none; the newest is %s", dir, filepath.Join(dir, list[len(list)-1]))
		}
		return m, fmt.Errorf("%s is not a backup: it has no %s", dir, manifestFile)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read %s: %w", filepath.Join(dir, manifestFile), err)
	}
	if m.Format != manifestFormat {
		return m, fmt.Errorf("the backup in %s has format %d, this program reads %d", dir, m.Format, manifestFormat)
	}
	if len(m.Databases) == 0 {
		return m, fmt.Errorf("the backup in %s has no databases", dir)
	}
	for i, d := range m.Databases {
		twice := slices.ContainsFunc(m.Databases[:i], func(other backedDatabase) bool { return other.Name == d.Name })
		if !slices.Contains(databases, d.Name) || d.File != d.Name+".db" || twice {
			return m, fmt.Errorf("the manifest in %s names a database %q in file %q", dir, d.Name, d.File)
		}
	}
	return m, nil
}

// check compares the copy of a database with the manifest.
func (d backedDatabase) check(path string) error {
	size, sum, err := digestFile(path)
	switch {
	case err != nil:
		return err
	case size != d.SizeBytes || sum != d.SHA256:
		return fmt.Errorf("%s differs from the backup: %d bytes with SHA-256 %s, the manifest says %d with %s",
			path, size, sum, d.SizeBytes, d.SHA256)
	}
	return nil
}

func digestFile(path string) (size int64, sum string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	hash := sha256.New()
	size, err = io.Copy(hash, file)
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// The folder of a backup is named by the time at which it was taken, so that
// names sort by time. Until it is complete its name has another beginning.
const (
	backupPrefix  = "inventory-"
	partialPrefix = ".partial-"
	backupTime    = "20060102T150405.000Z"
)

// backupsIn returns the names of the complete backups in dir, oldest first.
func backupsIn(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		stamp, found := strings.CutPrefix(e.Name(), backupPrefix)
		if _, err := time.Parse(backupTime, stamp); !found || err != nil || !e.IsDir() {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, e.Name(), manifestFile)); err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// writeFile writes a file that is on disk, whole, once its name is.
func writeFile(path string, text []byte, mode fs.FileMode) error {
	partial, err := os.CreateTemp(filepath.Dir(path), ".partial-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(partial, bytes.NewReader(text))
	err = errors.Join(err, partial.Chmod(mode), partial.Sync(), partial.Close())
	if err == nil {
		err = os.Rename(partial.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir puts the names in a folder on disk.
func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
