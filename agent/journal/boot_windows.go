package journal

import (
	"time"

	"golang.org/x/sys/windows"
)

// SinceBoot is the time since the PC was started, sleep included (GetTickCount64). With a clock that stands still in
// sleep, a PC whose clock was put back by as long as it slept could not be told from one that did not sleep.
func SinceBoot() time.Duration { return windows.DurationSinceBoot() }
