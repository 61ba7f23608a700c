//go:build !linux

package system_test

import "testing"

// TestDiskFull is in disk_linux_test.go.
func TestDiskFull(t *testing.T) {
	notRun(t, "filling the disk of a running process needs Linux")
}
