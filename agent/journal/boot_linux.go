package journal

import (
	"time"

	"golang.org/x/sys/unix"
)

// SinceBoot is the time since the PC was started, sleep included. With a clock that stands still in sleep, as Go's own
// does on Linux, a PC whose clock was put back by as long as it slept could not be told from one that did not sleep.
func SinceBoot() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		panic(err) // since Linux 2.6.39 there is no reason to refuse it
	}
	return time.Duration(now.Nano())
}
