package main

import (
	"context"

	"golang.org/x/sys/windows"

	"hexiao/agent/desk"
)

// systemChecks look at the system itself.
func (c *checkup) systemChecks() []check { return nil }

// deskChecks look at keyboard, input method and screen.
func (c *checkup) deskChecks() []check { return nil }

// service looks at how the agent is started.
func (c *checkup) service() []desk.Finding { return nil }

// meddlers are programs that open scanners behind everybody's back; none is known here.
func (c *checkup) meddlers([]target) []desk.Finding { return nil }

// volumeOf asks the system about the disk of a folder.
func volumeOf(dir string) (volume, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return volume{}, err
	}
	v := volume{files: noLimit}
	if err := windows.GetDiskFreeSpaceEx(name, &v.free, nil, nil); err != nil {
		return v, err
	}
	root := make([]uint16, windows.MAX_PATH)
	if windows.GetVolumePathName(name, &root[0], uint32(len(root))) == nil && windows.GetDriveType(&root[0]) == windows.DRIVE_REMOTE {
		v.kind, v.remote = "SMB", true
	}
	return v, nil
}

// mayOpen says yes: ports are no files on Windows, and whether one may be opened shows only when it is.
func (c *checkup) mayOpen(string, bool) error { return nil }

// denied is not found out on Windows; see mayOpen.
func (c *checkup) denied(t target, path string) desk.Finding {
	return bad(t.check, "没有权限打开 "+path, "not permitted to open "+path, "请用管理员运行服务", "run the service as an administrator")
}

// clockSynced: not known.
func clockSynced() (yes, known bool) { return false, false }

// packageChanges: there are no packages of ours.
func packageChanges(context.Context, string) ([]string, bool) { return nil, false }
