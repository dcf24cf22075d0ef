package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"hexiao/agent/desk"
)

// systemChecks look at the system itself.
func (c *checkup) systemChecks() []check {
	return []check{{"system", quick, c.system}, {"program", longer, c.files}, {"ntp", quick, c.ntp}, {"owner", quick, c.owners}}
}

// What a till should have, as a rule of thumb: system, POS, a browser or the window, and the agent with a journal of up to
// 256 MiB mapped. With less it works, and swaps.
const (
	memoryEnough = 1 << 30
	memorySpare  = 200 << 20
	filesEnough  = 512 // open at once: 32 event streams, their sockets, the journals and devices, and room
)

// tried are the systems (ID of os-release) on which the packages are at home.
var tried = []string{"debian", "ubuntu", "uos", "deepin", "kylin", "openkylin"}

func (c *checkup) system(context.Context) (found []desk.Finding) {
	release := c.release()
	name := or(release["PRETTY_NAME"], "Linux")
	var u unix.Utsname
	kernel := ""
	if unix.Uname(&u) == nil {
		kernel = unix.ByteSliceToString(u.Release[:])
	}
	said := fmt.Sprintf("%s, Linux %s, %s, CPU x %d", name, kernel, runtime.GOARCH, runtime.NumCPU())
	family := append(strings.Fields(release["ID_LIKE"]), release["ID"])
	if slices.ContainsFunc(family, func(id string) bool { return slices.Contains(tried, id) }) {
		found = append(found, well("system", said, said))
	} else {
		found = append(found, worse("system", said+"：没有在这个系统上试过", said+": not tried on this system", "推荐 Debian 12、统信或麒麟；服务本身是静态程序，多半也能用，请走一遍通道测试",
			"Debian 12, UOS or Kylin are better; the agent is a static program and will probably work, so go through the lane test"))
	}
	if f, ok := c.memory(); ok {
		found = append(found, f)
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Cur < filesEnough {
		found = append(found, worse("limits", fmt.Sprintf("最多只能打开 %d 个文件", limit.Cur), fmt.Sprintf("only %d files may be open at once", limit.Cur),
			"请提高 ulimit -n（服务：LimitNOFILE=1024）", "raise ulimit -n (of the service: LimitNOFILE=1024)"))
	}
	return found
}

// release reads os-release.
func (c *checkup) release() map[string]string {
	values := map[string]string{}
	raw, _ := os.ReadFile(filepath.Join(c.etcDir, "os-release"))
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.Trim(value, `"'`)
		}
	}
	return values
}

func (c *checkup) memory() (desk.Finding, bool) {
	raw, err := os.ReadFile(filepath.Join(c.procDir, "meminfo"))
	if err != nil {
		return desk.Finding{}, false
	}
	size := map[string]uint64{}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) >= 2 {
			kib, _ := strconv.ParseUint(f[1], 10, 64)
			size[strings.TrimSuffix(f[0], ":")] = kib << 10
		}
	}
	all, spare := size["MemTotal"], size["MemAvailable"]
	zh, en := fmt.Sprintf("内存 %d MiB，可用 %d MiB", all>>20, spare>>20), fmt.Sprintf("%d MiB of memory, %d MiB to spare", all>>20, spare>>20)
	if all < memoryEnough || spare < memorySpare {
		return worse("memory", zh+"，偏少", en+", not much", "请关掉不用的程序；只剩很少时不要开窗口，用浏览器打开收款页", "close what is not needed; with very little use the plain page in place of the window"), true
	}
	return well("memory", zh, en), true
}

// files looks whether the program is as it was installed: antivirus software likes to take away what it does not know.
func (c *checkup) files(ctx context.Context) []desk.Finding {
	const check = "program"
	nextZh, nextEn := "多半是杀毒软件隔离或磁盘出错：请在杀毒软件里恢复并加白名单，再重装软件包（apt-get install --reinstall hexiao-agent）",
		"probably antivirus quarantine or a disk error: restore it there and exempt it, then install the package again (apt-get install --reinstall hexiao-agent)"
	if self := c.self; self != "" {
		if _, err := os.Stat(self); errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(self, " (deleted)") {
			return []desk.Finding{bad(check, "程序文件 "+self+" 不见了", "the program file "+self+" is gone", nextZh, nextEn)}
		}
	}
	changed, known := c.packageChanges(ctx, c.unit)
	switch {
	case !known:
		return nil // not installed as a package
	case len(changed) > 0:
		list := strings.Join(changed, ", ")
		return []desk.Finding{bad(check, "软件包的文件缺失或被改："+list, "files of the package are missing or changed: "+list, nextZh, nextEn)}
	}
	return []desk.Finding{well(check, "软件包的文件完整", "the package's files are whole")}
}

// packageChanges has dpkg compare a package's files with what was installed; settings may differ.
func packageChanges(ctx context.Context, name string) (changed []string, known bool) {
	out, err := exec.CommandContext(ctx, "dpkg", "--verify", name).Output()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !(failed && len(out) > 0) {
		return nil, false // no dpkg, no such package
	}
	return changedFiles(string(out)), true
}

// changedFiles reads dpkg's list: nine signs of which ? means not looked at, or "missing"; "c" for a settings file; the path.
func changedFiles(list string) (changed []string) {
	for line := range strings.Lines(list) {
		f := strings.Fields(line)
		if len(f) < 2 || f[1] == "c" && f[0] != "missing" {
			continue
		}
		changed = append(changed, f[len(f)-1])
	}
	return changed
}

// ntp looks whether something keeps the clock right.
func (c *checkup) ntp(context.Context) []desk.Finding {
	yes, known := c.synced()
	switch {
	case !known:
		return nil
	case yes:
		return []desk.Finding{well("ntp", "系统时钟在自动对时", "the system's clock is synchronised")}
	}
	return []desk.Finding{worse("ntp", "系统时钟没有自动对时", "the system's clock is not synchronised", "请打开自动对时：timedatectl set-ntp true（没有这个服务的：apt-get install systemd-timesyncd）",
		"switch it on: timedatectl set-ntp true (where there is none: apt-get install systemd-timesyncd)")}
}

// clockSynced asks the kernel, or where the service may not, looks for the mark that systemd-timesyncd leaves.
func clockSynced() (yes, known bool) {
	state, err := unix.Adjtimex(new(unix.Timex))
	if err == nil {
		return state != unix.TIME_ERROR, true
	}
	_, err = os.Stat("/run/systemd/timesync/synchronized")
	return err == nil, err == nil
}

// service looks at how the agent is started.
func (c *checkup) service() []desk.Finding {
	const check = "service"
	if _, err := os.Stat(filepath.Join(c.runDir, "systemd/system")); err != nil {
		return nil // another way of starting services, which is not known here
	}
	unit := c.unit + ".service"
	for _, dir := range []string{"multi-user.target.wants", "default.target.wants", "graphical.target.wants"} {
		if _, err := os.Lstat(filepath.Join(c.etcDir, "systemd/system", dir, unit)); err == nil {
			return []desk.Finding{well(check, "服务开机自动启动", "the service starts with the PC")}
		}
	}
	return []desk.Finding{worse(check, "服务没有设成开机自动启动", "the service does not start with the PC", "请执行 systemctl enable --now "+c.unit, "run systemctl enable --now "+c.unit)}
}

// volumeOf asks the system about the disk of a folder. The numbers are statfs(2)'s f_type.
func volumeOf(dir string) (volume, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return volume{}, err
	}
	v := volume{free: s.Bavail * uint64(s.Bsize), files: s.Ffree, readOnly: s.Flags&unix.ST_RDONLY != 0}
	if s.Files == 0 {
		v.files = noLimit
	}
	switch uint32(s.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		v.kind, v.volatile = "tmpfs", true
	case unix.NFS_SUPER_MAGIC:
		v.kind, v.remote = "NFS", true
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		v.kind, v.remote = "SMB", true
	case unix.V9FS_MAGIC:
		v.kind, v.remote = "9p", true
	case unix.AFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC, unix.NCP_SUPER_MAGIC:
		v.kind, v.remote = "network", true
	}
	return v, nil
}

// meddlers are programs that open scanners behind everybody's back.
func (c *checkup) meddlers(setUp []target) []desk.Finding {
	serial := slices.ContainsFunc(setUp, func(t target) bool { return t.kind == "serial" })
	running := c.programs(modemManager)
	if !serial || len(running) == 0 || c.ruled() {
		return nil
	}
	name := running[0].String()
	return []desk.Finding{worse("modemmanager", name+" 在运行，会向新插的串口发 AT 命令，扰乱扫码枪", name+" runs; it sends AT commands to fresh serial ports and disturbs scanners", freeZh(running), freeEn(running))}
}

// ruled tells whether the package's udev rule is there, which keeps ModemManager from scanners.
func (c *checkup) ruled() bool {
	for _, dir := range []string{filepath.Join(c.etcDir, "udev/rules.d"), filepath.Join(c.rootDir, "usr/lib/udev/rules.d"), filepath.Join(c.rootDir, "lib/udev/rules.d")} {
		if _, err := os.Stat(filepath.Join(dir, "70-hexiao-scanner.rules")); err == nil {
			return true
		}
	}
	return false
}

// denied says that the agent's user may not open a device, and what gives it the right.
func (c *checkup) denied(t target, path string) desk.Finding {
	user, group, mode := c.account().name, groupOfFile(path), ""
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm().String()
	}
	if group == "" || group == "root" {
		return bad(t.check, fmt.Sprintf("服务的用户 %s 没有权限打开 %s（只属于 root，%s）", user, path, mode), fmt.Sprintf("the agent's user %s may not open %s (root's alone, %s)", user, path, mode),
			"请安装软件包自带的 udev 规则（70-hexiao-scanner.rules），再重插设备", "install the package's udev rule (70-hexiao-scanner.rules), then plug the device in again")
	}
	cure := fmt.Sprintf("usermod -aG %s %s && systemctl restart hexiao-agent", group, user)
	return bad(t.check, fmt.Sprintf("服务的用户 %s 没有权限打开 %s（属于组 %s，%s）", user, path, group, mode), fmt.Sprintf("the agent's user %s may not open %s (of group %s, %s)", user, path, group, mode),
		"请执行 "+cure, "run "+cure)
}
