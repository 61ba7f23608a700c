//go:build linux || darwin

package sqlite

import "syscall"

// volume returns how many bytes this process may still write to the volume of
// a folder, and the volume's size.
func volume(folder string) (free, size uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	block := uint64(s.Bsize)
	return s.Bavail * block, s.Blocks * block, nil
}
