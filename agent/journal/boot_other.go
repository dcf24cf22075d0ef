//go:build !linux && !windows

package journal

import "time"

var born = time.Now()

// SinceBoot is the time since the program was started; here it may stand still while the PC sleeps.
func SinceBoot() time.Duration { return time.Since(born) }
