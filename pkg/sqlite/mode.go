package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// A database has content that no other user of the machine may read, such as
// customers and the secrets of webhooks. SQLite gives the files beside a
// database the mode of the database.
const (
	fileMode   = 0o600
	folderMode = 0o700 // of a folder that does not exist yet; others keep their mode
)

// protect creates the database file if it is missing, and removes the access of
// other users from the files that exist. A file of another user, which this one
// may use and not change, keeps its mode; the log reports that.
func protect(ctx context.Context, o Options) error {
	path := o.Path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the other files are beside the target
	}
	// A file that exists is not opened: closing it would release the locks that
	// another connection of this process has on it.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err == nil {
		err = file.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create it: %w", err)
	}
	for _, file := range []string{path, path + "-wal", path + "-shm", path + "-journal", o.Path + ".lock"} {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&^fileMode == 0 {
			continue // the error of opening it has the reason
		}
		if err := os.Chmod(file, info.Mode().Perm()&fileMode); err != nil {
			o.Logger.WarnContext(ctx, "other users may read a database file, and its mode cannot be changed", slog.Any("err", err))
		}
	}
	return nil
}
