package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"hexiao/agent/desk"
	"hexiao/drivers"
)

// account is whom the agent runs as.
type account struct {
	name   string
	uid    uint32
	groups []uint32
}

// account finds whom the agent runs as: this process, one that runs, or else the owner of its secret key, in the groups that
// the service gives him.
func (c *checkup) account() account {
	if c.agent != nil {
		return ownAccount()
	}
	info, err := os.Stat(filepath.Join(c.data, "device.key"))
	if err != nil {
		return ownAccount()
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ownAccount()
	}
	for _, h := range c.programs(c.unit) {
		if a, ok := c.accountOf(h.pid); ok && a.uid == stat.Uid {
			return a
		}
	}
	return c.accountFor(stat.Uid, stat.Gid)
}

func ownAccount() account {
	a := account{uid: uint32(os.Geteuid()), groups: []uint32{uint32(os.Getegid())}}
	groups, _ := os.Getgroups()
	for _, g := range groups {
		a.groups = append(a.groups, uint32(g))
	}
	a.name = userName(a.uid)
	return a
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// accountOf reads whom a process runs as.
func (m pc) accountOf(pid int) (a account, ok bool) {
	raw, err := os.ReadFile(filepath.Join(m.procDir, strconv.Itoa(pid), "status"))
	if err != nil {
		return a, false
	}
	for line := range strings.Lines(string(raw)) {
		key, values, _ := strings.Cut(line, ":")
		var ids []uint32
		for _, f := range strings.Fields(values) {
			id, _ := strconv.ParseUint(f, 10, 32)
			ids = append(ids, uint32(id))
		}
		switch {
		case key == "Uid" && len(ids) > 1:
			a.uid, ok = ids[1], true // the effective one
		case key == "Gid" && len(ids) > 1:
			a.groups = append(a.groups, ids[1])
		case key == "Groups":
			a.groups = append(a.groups, ids...)
		}
	}
	a.name = userName(a.uid)
	return a, ok
}

// accountFor is a user in the groups that the system and the service give him.
func (m pc) accountFor(uid, gid uint32) account {
	a := account{name: userName(uid), uid: uid, groups: []uint32{gid}}
	if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
		ids, _ := u.GroupIds()
		for _, id := range ids {
			n, _ := strconv.ParseUint(id, 10, 32)
			a.groups = append(a.groups, uint32(n))
		}
	}
	for _, name := range m.serviceGroups() {
		if g, err := user.LookupGroup(name); err == nil {
			n, _ := strconv.ParseUint(g.Gid, 10, 32)
			a.groups = append(a.groups, uint32(n))
		}
	}
	return a
}

// serviceGroups reads SupplementaryGroups= of the agent's unit.
func (m pc) serviceGroups() (names []string) {
	for _, dir := range []string{filepath.Join(m.etcDir, "systemd/system"), filepath.Join(m.rootDir, "usr/lib/systemd/system"), filepath.Join(m.rootDir, "lib/systemd/system")} {
		raw, err := os.ReadFile(filepath.Join(dir, m.unit+".service"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			if groups, ok := strings.CutPrefix(line, "SupplementaryGroups="); ok {
				names = append(names, strings.Fields(groups)...)
			}
		}
		return names
	}
	return nil
}

// mayOpen tells whether the agent's user may open a device, without opening it: by the file's mode, or where he is this
// user by the system, which knows of access lists, too. Errors wrap fs.ErrNotExist and fs.ErrPermission, or are errNoDevice.
func (c *checkup) mayOpen(path string, write bool) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeCharDevice == 0:
		return errNoDevice(path)
	}
	wanted := fs.FileMode(unix.R_OK)
	if write {
		wanted |= unix.W_OK
	}
	a := c.account()
	if a.uid == uint32(os.Getuid()) {
		if err := unix.Access(path, uint32(wanted)); err != nil {
			return &fs.PathError{Op: "access", Path: path, Err: err}
		}
		return nil
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && a.uid != 0 && !a.may(info.Mode().Perm(), stat.Uid, stat.Gid, wanted) {
		return &fs.PathError{Op: "access", Path: path, Err: fs.ErrPermission}
	}
	return nil
}

// errNoDevice: a folder, or a file that somebody wrote where the device was not plugged in (echo > /dev/ttyUSB0). Every
// mode lets us open it, and no driver takes it.
func errNoDevice(path string) error {
	return drivers.NewProblem("failed", path, "%s 不是设备，是普通文件或目录", "%s is no device but a plain file or a folder")
}

// may applies a file's mode as the kernel does: the first class that fits decides.
func (a account) may(mode fs.FileMode, uid, gid uint32, wanted fs.FileMode) bool {
	switch {
	case a.uid == uid:
		mode >>= 6
	case slices.Contains(a.groups, gid):
		mode >>= 3
	}
	return mode&wanted == wanted
}

// groupOfFile names the group of a device's file; empty when it is not known.
func groupOfFile(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Gid), 10)
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}

// owners looks for files in the data folder that are not its owner's: a command that an administrator gave as root has left
// them, and the agent cannot write them.
func (c *checkup) owners(context.Context) []desk.Finding {
	of := func(path string) (uint32, bool) {
		info, err := os.Lstat(path)
		if err != nil {
			return 0, false
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		return stat.Uid, ok && info.Mode()&fs.ModeSymlink == 0
	}
	owner, ok := of(c.data)
	entries, err := os.ReadDir(c.data)
	if !ok || err != nil {
		return nil // said by another check
	}
	for _, e := range entries {
		uid, ok := of(filepath.Join(c.data, e.Name()))
		if !ok || uid == owner || owner == 0 || strings.HasPrefix(e.Name(), ".") { // files that begin so are being written
			continue
		}
		path, theirs, his := filepath.Join(c.data, e.Name()), userName(uid), userName(owner)
		return []desk.Finding{bad("owner", fmt.Sprintf("%s 属于 %s，不属于 %s，服务写不进去", path, theirs, his), fmt.Sprintf("%s is of %s, not of %s, and the agent cannot write it", path, theirs, his),
			fmt.Sprintf("请执行 chown -R %s %s，再重启服务；以后命令请用 %s 执行", his, c.data, his), fmt.Sprintf("run chown -R %s %s and restart the agent; run commands as %s from now on", his, c.data, his))}
	}
	return nil
}
