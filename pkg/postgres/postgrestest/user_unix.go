//go:build unix

package postgrestest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// serverUser returns the user whom the servers run as: PostgreSQL refuses to run
// as root.
func serverUser() (uid, gid uint32, err error) {
	if os.Geteuid() != 0 {
		return uint32(os.Geteuid()), uint32(os.Getegid()), nil //nolint:gosec // they are not negative on Unix
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		u, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return 0, 0, err
		}
		g, err := strconv.ParseUint(found.Gid, 10, 32)
		return uint32(u), uint32(g), err
	}
	return 0, 0, errors.New("PostgreSQL does not run as root, and this machine has no user 'postgres'")
}

// actAs makes the program run as that user.
func actAs(cmd *exec.Cmd, uid, gid uint32) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
}
