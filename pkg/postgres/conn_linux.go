package postgres

import "syscall"

// tcpUserTimeout is TCP_USER_TIMEOUT of Linux: for how many milliseconds
// sent bytes may stay unacknowledged. Package syscall lacks it.
const tcpUserTimeout = 0x12

// limitUnacknowledged makes a connection fail when its peer has not acknowledged
// anything for peerTimeout.
func limitUnacknowledged(network, _ string, raw syscall.RawConn) (err error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil
	}
	controlErr := raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(peerTimeout.Milliseconds()))
	})
	if controlErr != nil {
		return controlErr
	}
	return err
}
