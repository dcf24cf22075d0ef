package audit_test

import "syscall"

// memory is a disk in memory with room for a book of a million redemptions and some changed files of it; empty, which is
// the folder for temporary files, where there is none.
func memory() string {
	const at, room = "/dev/shm", 3 << 30
	var disk syscall.Statfs_t
	if syscall.Statfs(at, &disk) != nil || disk.Bavail*uint64(disk.Bsize) < room {
		return ""
	}
	return at
}
