package backup

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/sqlite"
)

// restoreOptions say which backup is put back, and where.
type restoreOptions struct {
	from  string
	data  string
	only  string // one database; empty: all
	force bool
}

// Restore puts the databases of a backup where the one process, or the separate
// services, find them, and prints each step to out.
func Restore(ctx context.Context, args []string, out io.Writer) error {
	var o restoreOptions
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	flags.StringVar(&o.from, "from", "", "`FOLDER` of one backup")
	flags.StringVar(&o.data, "data", "", "`FOLDER` for the databases (default $DATA_DIR, or data)")
	flags.StringVar(&o.only, "only", "", "put back one `DATABASE`: where each separate service has a folder of its own, once for each of\n"+
		strings.Join(databases, ", "))
	flags.BoolVar(&o.force, "force", false, "move databases that are there into a folder beside them")
	if err := operator.NoArguments(flags, args); err != nil {
		return err
	}
	if o.from == "" {
		return errors.New("restore: say with -from which backup")
	}
	if o.only != "" && !slices.Contains(databases, o.only) {
		return fmt.Errorf("restore: there is no database %s, only %s", o.only, strings.Join(databases, ", "))
	}
	o.data = dataFolder(o.data)
	if err := o.run(ctx, out); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// run checks everything, then prepares all files, and only then touches existing
// files. The services are locked out until it ends.
func (o *restoreOptions) run(ctx context.Context, out io.Writer) (err error) {
	m, err := readManifest(o.from)
	if err != nil {
		return err
	}
	if err := o.narrow(&m); err != nil {
		return err
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	release, err := o.lockOut()
	defer release()
	if err != nil {
		return err
	}
	present, err := o.present()
	if err != nil {
		return err
	}
	if len(present) > 0 && !o.force {
		return fmt.Errorf("%s has databases already, such as %s; choose another folder with -data, or -force to move them away", o.data, present[0])
	}
	prepared, err := o.prepare(ctx, m)
	if err != nil {
		return errors.Join(err, removeAll(prepared))
	}
	if err := o.moveAway(present, out); err != nil {
		return errors.Join(err, removeAll(prepared))
	}
	for _, file := range prepared {
		if err := os.Rename(file, file[:len(file)-len(restoringSuffix)]); err != nil {
			return fmt.Errorf("%w; run it again, with -force", err)
		}
	}
	if err := syncDir(o.data); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%s is as the system was at %s. Start it, and check it with inventory audit.\n",
		o.data, m.TakenAt.UTC().Format(time.RFC3339))
	return nil
}

// narrow keeps in the manifest only the databases to restore.
func (o *restoreOptions) narrow(m *manifest) error {
	if o.only == "" {
		return nil
	}
	m.Databases = slices.DeleteFunc(m.Databases, func(d backedDatabase) bool { return d.Name != o.only })
	if len(m.Databases) == 0 {
		return fmt.Errorf("the backup has no database %s", o.only)
	}
	return nil
}

// names returns the databases that are, or could be, put back.
func (o *restoreOptions) names() []string {
	if o.only != "" {
		return []string{o.only}
	}
	return databases
}

// lockOut keeps the services from opening their databases. release is to be
// called also after an error.
func (o *restoreOptions) lockOut() (release func(), err error) {
	var claimed []func() error
	release = func() {
		for _, each := range claimed {
			_ = each() // ends with the process anyway
		}
	}
	for _, name := range o.names() {
		one, err := sqlite.Claim(filepath.Join(o.data, name+".db"))
		if err != nil {
			return release, err
		}
		claimed = append(claimed, one)
	}
	return release, nil
}

// present returns the existing files of databases. Those of the broker count too
// where the backup has none: they have events that the restored databases lack.
func (o *restoreOptions) present() (list []string, err error) {
	for _, name := range o.names() {
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			file := filepath.Join(o.data, name+".db"+suffix)
			switch _, err := os.Lstat(file); {
			case err == nil:
				list = append(list, file)
			case !errors.Is(err, fs.ErrNotExist):
				return nil, err
			}
		}
	}
	return list, nil
}

const restoringSuffix = ".restoring"

// prepare copies the databases beside their places, on disk and checked, and
// returns the files, also after an error.
func (o *restoreOptions) prepare(ctx context.Context, m manifest) (prepared []string, err error) {
	for _, d := range m.Databases {
		if err := ctx.Err(); err != nil {
			return prepared, err
		}
		file := filepath.Join(o.data, d.File+restoringSuffix)
		prepared = append(prepared, file)
		if err := copyFile(filepath.Join(o.from, d.File), file); err != nil {
			return prepared, err
		}
		// The copy is read, so that it equals the checked one.
		if err := d.check(file); err != nil {
			return prepared, err
		}
	}
	return prepared, nil
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = target.Chmod(0o600) // the file may be left from a restore that broke off
	if err == nil {
		_, err = io.Copy(target, source)
	}
	return errors.Join(err, target.Sync(), target.Close())
}

// moveAway keeps the databases that were there.
func (o *restoreOptions) moveAway(present []string, out io.Writer) error {
	if len(present) == 0 {
		return nil
	}
	dir := filepath.Join(o.data, "replaced-"+clock.System{}.Now().UTC().Format(backupTime))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for _, file := range present {
		if err := os.Rename(file, filepath.Join(dir, filepath.Base(file))); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(out, "The databases that were there are in %s.\n", dir)
	return syncDir(dir)
}

// removeAll removes files, some of which may not be there.
func removeAll(files []string) error {
	var errs []error
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
