//go:build !linux && !darwin

package sqlite

import "errors"

// volume is not supported on this system.
func volume(string) (free, size uint64, err error) { return 0, 0, errors.ErrUnsupported }
