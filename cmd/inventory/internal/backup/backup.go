// Package backup is "inventory backup" and "inventory restore": it copies the
// databases of a system as one consistent snapshot, and puts them back.
package backup

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/process"
	"inventory.example/pkg/sqlite"
)

// options are the databases to back up, and the target.
type options struct {
	to      string
	files   map[string]string // of each database, by its name
	keep    int               // newest backups; 0: all
	metrics string            // file for Prometheus; empty: none
}

// Run copies the databases of a system, which may be running, and prints the content
// of the backup to out.
func Run(ctx context.Context, args []string, out io.Writer) error {
	o := options{files: map[string]string{}}
	flags := flag.NewFlagSet("backup", flag.ContinueOnError)
	flags.StringVar(&o.to, "to", "", "`FOLDER` that gets a folder for this backup")
	data := flags.String("data", "", "`FOLDER` with the databases of the one process (default $DATA_DIR, or data)")
	flags.Func("db", "a database of separate services as `NAME=FILE`; once for each of\n"+strings.Join(databases, ", "), o.addFile)
	flags.IntVar(&o.keep, "keep", 0, "delete all but the newest `N` backups after this one; 0 keeps all")
	flags.StringVar(&o.metrics, "metrics", "", "write the time of the last backup to this `FILE`, for the textfile collector\nof Prometheus' node_exporter")
	if err := operator.NoArguments(flags, args); err != nil {
		return err
	}
	if err := o.complete(*data); err != nil {
		return err
	}
	if err := o.run(ctx, out); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// addFile takes a NAME=FILE.
func (o *options) addFile(text string) error {
	name, file, found := strings.Cut(text, "=")
	switch {
	case !found || file == "":
		return errors.New("want NAME=FILE")
	case !slices.Contains(databases, name):
		return fmt.Errorf("there is no database %s, only %s", name, strings.Join(databases, ", "))
	case o.files[name] != "":
		return fmt.Errorf("%s is there twice", name)
	}
	o.files[name] = file
	return nil
}

// complete checks the options and finds the databases of the one process.
func (o *options) complete(data string) error {
	switch {
	case o.to == "":
		return errors.New("backup: say with -to where to")
	case o.keep < 0:
		return errors.New("backup: -keep must be 0 or more")
	case data != "" && len(o.files) > 0:
		return errors.New("backup: say either -data or -db")
	case len(o.files) > 0:
		return nil
	}
	if os.Getenv("DATABASE_URL") != "" {
		return errors.New("backup: DATABASE_URL is set: PostgreSQL keeps these databases, and its own tools back them up")
	}
	data = dataFolder(data)
	for _, name := range databases {
		file := filepath.Join(data, name+".db")
		if _, err := os.Stat(file); name == brokerDatabase && errors.Is(err, fs.ErrNotExist) {
			continue // the broker is another program
		}
		o.files[name] = file
	}
	return nil
}

// dataFolder returns the folder with the databases of the one process.
func dataFolder(flag string) string {
	for _, dir := range []string{flag, os.Getenv("DATA_DIR")} {
		if dir != "" {
			return dir
		}
	}
	return "data"
}

func (o *options) run(ctx context.Context, out io.Writer) error {
	if err := os.MkdirAll(o.to, 0o700); err != nil {
		return err
	}
	release, err := sqlite.Claim(filepath.Join(o.to, "backup"))
	if err != nil {
		return fmt.Errorf("another backup is running in %s: %w", o.to, err)
	}
	defer func() { _ = release() }() // ends with the process anyway
	if err := removePartial(o.to); err != nil {
		return err
	}
	partial, err := os.MkdirTemp(o.to, partialPrefix)
	if err != nil {
		return err
	}
	m, err := o.copyDatabases(ctx, partial)
	if err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	dir := filepath.Join(o.to, backupPrefix+m.TakenAt.Format(backupTime))
	if err := errors.Join(syncDir(partial), os.Rename(partial, dir), syncDir(o.to)); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	_, _ = fmt.Fprintf(out, "%s\n", dir)
	for _, d := range m.Databases {
		_, _ = fmt.Fprintf(out, "  %-12s %10d bytes  sha256 %s\n", d.Name, d.SizeBytes, d.SHA256)
	}
	if err := o.writeMetrics(m); err != nil {
		return err
	}
	return o.forget(filepath.Base(dir), out)
}

// copyDatabases puts verified copies of the databases, one consistent snapshot, into
// dir, and the manifest.
func (o *options) copyDatabases(ctx context.Context, dir string) (m manifest, err error) {
	var names, files []string
	for _, name := range databases {
		if file := o.files[name]; file != "" {
			names, files = append(names, name), append(files, file)
		}
	}
	cut, err := sqlite.OpenCut(ctx, files...)
	if err != nil {
		return m, err
	}
	m = manifest{Format: manifestFormat, TakenAt: cut.At.UTC(), Version: process.Version()}
	for i, name := range names {
		if err := cut.Copy(ctx, i, filepath.Join(dir, name+".db")); err != nil {
			return m, errors.Join(err, cut.Close())
		}
	}
	// Reading the copies takes longer; changes during that time need not wait in the
	// write-ahead logs.
	if err := cut.Close(); err != nil {
		return m, err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		d := backedDatabase{Name: name, File: name + ".db"}
		verified, err := sqlite.Verify(filepath.Join(dir, d.File))
		if err != nil {
			return m, err
		}
		d.Schema = verified.Schema
		if d.SizeBytes, d.SHA256, err = digestFile(filepath.Join(dir, d.File)); err != nil {
			return m, err
		}
		m.Databases = append(m.Databases, d)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, writeFile(filepath.Join(dir, manifestFile), append(text, '\n'), 0o600)
}

// removePartial removes the remains of interrupted backups.
func removePartial(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, partialPrefix+"*"))
	if err != nil {
		return err
	}
	for _, partial := range left {
		if err := os.RemoveAll(partial); err != nil {
			return err
		}
	}
	return nil
}

// forget deletes all but the newest backups. The one that was just made is among
// these, also if the clock was set back since the others were.
func (o *options) forget(made string, out io.Writer) error {
	others := slices.DeleteFunc(backupsIn(o.to), func(name string) bool { return name == made })
	if o.keep == 0 || len(others) < o.keep {
		return nil
	}
	for _, name := range others[:len(others)-o.keep+1] {
		dir := filepath.Join(o.to, name)
		// Without its manifest it is not a backup, should this be interrupted.
		if err := errors.Join(os.Remove(filepath.Join(dir, manifestFile)), os.RemoveAll(dir)); err != nil {
			return fmt.Errorf("delete an old backup: %w", err)
		}
		_, _ = fmt.Fprintf(out, "deleted %s\n", dir)
	}
	return nil
}

// writeMetrics writes the metrics of a complete backup.
func (o *options) writeMetrics(m manifest) error {
	if o.metrics == "" {
		return nil
	}
	var bytes int64
	for _, d := range m.Databases {
		bytes += d.SizeBytes
	}
	text := fmt.Sprintf(`# HELP inventory_backup_last_success_timestamp_seconds When the last backup was taken that is complete and verified, in Unix time.
# TYPE inventory_backup_last_success_timestamp_seconds gauge
inventory_backup_last_success_timestamp_seconds %.3f
# HELP inventory_backup_last_size_bytes How large that backup is.
# TYPE inventory_backup_last_size_bytes gauge
inventory_backup_last_size_bytes %d
`, float64(m.TakenAt.UnixMilli())/1000, bytes)
	if err := writeFile(o.metrics, []byte(text), 0o644); err != nil {
		return fmt.Errorf("the backup is complete, its metrics are not: %w", err)
	}
	return nil
}
