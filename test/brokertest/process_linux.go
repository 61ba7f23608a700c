package brokertest

import (
	"os/exec"
	"syscall"
)

// endWithUs makes the kernel kill the program when the tests die without
// cleaning up.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
