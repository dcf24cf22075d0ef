package drivers

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// GroupOf names the group that the device file belongs to, for whoever may not open it; the usual one when the file is root's alone, or gone.
func GroupOf(path, usual string) string {
	info, err := os.Stat(path)
	if err != nil {
		return usual
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Gid == 0 {
		return usual
	}
	group, err := user.LookupGroupId(strconv.FormatUint(uint64(stat.Gid), 10))
	if err != nil {
		return usual
	}
	return group.Name
}
