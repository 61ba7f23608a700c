package postgrestest

import (
	"os/exec"
	"syscall"
)

// endWithUs makes the kernel end the server, and the server its children, when
// the tests die without cleaning up.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
}
