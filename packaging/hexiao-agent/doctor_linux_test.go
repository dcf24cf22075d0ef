package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/hub/voucher"
)

// nobody is a user who may nothing.
const nobody = 65534

// asRoot leaves out what only root can plant.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root can give files to another user")
	}
}

// TestTheDoctorLooksAtRightsWithTheAgentsEyes: root runs the doctor, another user the agent.
func TestTheDoctorLooksAtRightsWithTheAgentsEyes(t *testing.T) {
	asRoot(t)
	dir, _ := enrolled(t)
	path := filepath.Join(t.TempDir(), "scanner")
	newScanner(t, path)
	newScanner(t, path+"2")
	newScanner(t, path+"3")
	set := config{Scanners: []scanner{{Path: path}}, PassOn: &passOn{To: path + "2"}, Printer: &slipPrinter{To: path + "3"}}
	names(t, looked(t, dir, set, nil), "scanner", desk.Fine, "may open it|可以打开")
	for _, own := range []struct {
		file string
		gid  int
		mode fs.FileMode
	}{{path, 0, 0o600}, {path + "2", 20, 0o660}} {
		if err := os.Chown(own.file, 0, own.gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(own.file, own.mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(filepath.Join(dir, "device.key"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	found := looked(t, dir, set, nil)
	names(t, found, "scanner", desk.Bad, "nobody may not open, udev rule|nobody 没有权限, udev 规则")
	names(t, found, "pass_on", desk.Bad, "nobody may not open, usermod -aG dialout nobody|nobody 没有权限, usermod -aG dialout nobody")
	names(t, looked(t, dir, set, func(m *pc) {
		m.etcDir = t.TempDir()
		unit := filepath.Join(m.etcDir, "systemd/system/hexiao-agent.service")
		if err := os.MkdirAll(filepath.Dir(unit), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, unit, "[Service]\nSupplementaryGroups=dialout\n")
	}), "pass_on", desk.Fine, "may open it|可以打开")
}

// TestTheDoctorSeesFilesThatACommandLeft: root's command in the agent's folder, and the agent can no longer write.
func TestTheDoctorSeesFilesThatACommandLeft(t *testing.T) {
	asRoot(t)
	dir, _ := enrolled(t)
	if found := looked(t, dir, config{}, nil); slices.ContainsFunc(found, func(f desk.Finding) bool { return f.Check == "owner" }) {
		t.Error("files are called another's that are the agent's")
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	names(t, looked(t, dir, config{}, nil), "owner", desk.Bad, "device.key, of root, not of nobody, chown -R nobody|device.key, root, chown -R nobody")
}

// TestTheDoctorRunByAnotherUser runs it in a process of a user who may write nothing there and read no secret.
func TestTheDoctorRunByAnotherUser(t *testing.T) {
	asRoot(t)
	dir, _ := enrolled(t)
	for _, open := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "hexiao-agent.test")
	copyFile(t, os.Args[0], program, 0o755)
	child := exec.Command(program, "doctor", "--json", "--data", dir)
	child.Env = []string{"HEXIAO_AGENT_IS_TESTED=1", "LANG=en_US.UTF-8"}
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := child.Output()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != exitFailed {
		t.Fatalf("%v\n%s", err, out)
	}
	var found []desk.Finding
	for line := range strings.Lines(string(out)) {
		var f desk.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		found = append(found, f)
	}
	names(t, found, "folder", desk.Bad, "cannot be written, as root|写不进去, root")
	names(t, found, "identity", desk.Bad, "not permitted, as root|没有权限, root")
}

func copyFile(t *testing.T, from, to string, mode fs.FileMode) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, raw, mode); err != nil {
		t.Fatal(err)
	}
}

// stranger is a process of a given name that is no child of ours, and has files open.
func stranger(t *testing.T, name string, holding ...string) (pid int) {
	t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), name)
	copyFile(t, sleep, program, 0o755)
	script := `"$0" 600 & echo $!`
	for i, file := range holding {
		script = fmt.Sprintf("exec %d<>'%s'; ", i+3, file) + script
	}
	shell := exec.Command("sh", "-c", script, program)
	out, err := shell.StdoutPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	shell.Process.Wait() // the pipe is still open in the stranger, so Cmd.Wait would wait for him
	for nameOfProcess(pid) == "sh" {
		runtime.Gosched()
	}
	return pid
}

func nameOfProcess(pid int) string { return thisPC(nothing).nameOf(pid) }

func TestTheDoctorNamesWhoHoldsAPort(t *testing.T) {
	dir, _ := enrolled(t)
	path := filepath.Join(t.TempDir(), "scanner")
	newScanner(t, path)
	set := config{Scanners: []scanner{{Path: path}}}
	bare := func(m *pc) { m.rootDir, m.etcDir = t.TempDir(), t.TempDir() }
	names(t, looked(t, dir, set, bare), "scanner", desk.Fine, "may open it|可以打开")

	manager := stranger(t, modemManager)
	names(t, looked(t, dir, set, bare), "modemmanager", desk.Worse, fmt.Sprintf("ModemManager (pid %d), AT commands, systemctl disable --now ModemManager|AT 命令, systemctl disable", manager))
	ruled := looked(t, dir, set, func(m *pc) {
		bare(m)
		rule := filepath.Join(m.rootDir, "usr/lib/udev/rules.d/70-hexiao-scanner.rules")
		if err := os.MkdirAll(filepath.Dir(rule), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, rule, "")
	})
	if slices.ContainsFunc(ruled, func(f desk.Finding) bool { return f.Check == "modemmanager" }) {
		t.Error("ModemManager is blamed though the rule is there")
	}
	if none := looked(t, dir, config{}, bare); slices.ContainsFunc(none, func(f desk.Finding) bool { return f.Check == "modemmanager" }) {
		t.Error("ModemManager is blamed though there is no serial scanner")
	}

	stranger(t, "hexiao-agent", path) // which reads it for us
	names(t, looked(t, dir, set, bare), "scanner", desk.Fine, "may open it|可以打开")
	pos := stranger(t, "pos-software", path)
	names(t, looked(t, dir, set, bare), "scanner", desk.Bad, fmt.Sprintf("held by another program: pos-software (pid %d), close that program, [pass_on]|占用：pos-software (pid %d), 关闭这个程序", pos, pos))
	syscall.Kill(pos, syscall.SIGKILL)
	manager = stranger(t, modemManager, path)
	names(t, looked(t, dir, set, bare), "scanner", desk.Bad, fmt.Sprintf("ModemManager (pid %d), systemctl disable --now ModemManager|ModemManager (pid %d), systemctl disable", manager, manager))
}

// TestADeviceThatTheAgentCannotOpen: the agent says that it is not connected, and it is there all the same.
func TestADeviceThatTheAgentCannotOpen(t *testing.T) {
	asRoot(t)
	path := filepath.Join(t.TempDir(), "scanner")
	newScanner(t, path)
	view := &desk.View{Scanners: []desk.Scanner{{Name: path, Problem: voucher.Text{Zh: "正被占用", En: "in use"}}}}
	at := target{"scanner", "serial", path, path}
	looking := func(m pc) []desk.Finding {
		return []desk.Finding{newCheckup(&program{data: t.TempDir()}, m, config{}, nil).device(t.Context(), at, view)}
	}
	names(t, looking(thisPC(nothing)), "scanner", desk.Bad, "in use, unplug it, systemctl restart|正被占用, 拔下重插, systemctl restart")
	names(t, looking(pcWith(func(m *pc) { m.procDir = t.TempDir() })), "scanner", desk.Bad, "in use, another program holds it, sudo hexiao-agent doctor|正被占用, sudo hexiao-agent doctor")
}

func TestTheDoctorSeesAnInputMethod(t *testing.T) {
	dir, _ := enrolled(t)
	set := config{Scanners: []scanner{{Path: "/dev/nothing-there"}}}
	names(t, looked(t, dir, config{}, nil), "ime", desk.Fine, "no input method|没有输入法")
	hidden := looked(t, dir, config{}, func(m *pc) { m.procDir = tree(t, map[string]string{"self/comm": "hexiao-agent"}) })
	names(t, hidden, "ime", desk.Fine, "cannot see other programs, sudo hexiao-agent doctor|看不到别的程序, sudo hexiao-agent doctor")
	pid := stranger(t, "fcitx5")
	names(t, looked(t, dir, config{}, nil), "ime", desk.Worse, fmt.Sprintf("fcitx5 (pid %d), eats letters, XMODIFIERS=@im=none, wizard|fcitx5 (pid %d), 吃掉, 切到英文", pid, pid))
	names(t, looked(t, dir, set, nil), "ime", desk.Fine, "not touched|不受影响")
	t.Setenv("XMODIFIERS", "@im=none") // which the window then has
	stranger(t, windowProgram)
	names(t, looked(t, dir, config{}, nil), "ime", desk.Fine, "does not use it|不用它")
}

// tree makes files below a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, name), text)
	}
	return root
}

func TestTheDoctorLooksAtTheMachine(t *testing.T) {
	dir, _ := enrolled(t)
	for _, c := range []struct {
		name  string
		plant func(*pc)
		check string
		state string
		words string
	}{
		{"Caps Lock", func(m *pc) { m.sysDir = tree(t, map[string]string{"class/leds/input3::capslock/brightness": "1\n"}) }, "capslock", desk.Worse, "Caps Lock is on, press|大写锁定, 按一下"},
		{"no Caps Lock", func(m *pc) { m.sysDir = tree(t, map[string]string{"class/leds/input3::capslock/brightness": "0\n"}) }, "capslock", desk.Fine, "off|没开"},
		{"no library to draw with", func(m *pc) { m.rootDir = t.TempDir() }, "window", desk.Worse, "libGL.so.1, apt-get install libgl1, browser|libGL.so.1, apt-get install libgl1, 浏览器"},
		{"no graphics card", func(m *pc) {
			m.sysDir, m.rootDir = t.TempDir(), tree(t, map[string]string{"usr/lib/x86_64-linux-gnu/libGL.so.1": ""})
		}, "window", desk.Worse, "llvmpipe, driver|llvmpipe, 显卡驱动"},
		{"a graphics card", func(m *pc) {
			m.rootDir = tree(t, map[string]string{"usr/lib/libGL.so.1": ""})
			m.sysDir = tree(t, map[string]string{"bus/i915/x": "", "class/drm/card0/device/x": ""})
			if err := os.Symlink(filepath.Join(m.sysDir, "bus/i915"), filepath.Join(m.sysDir, "class/drm/card0/device/driver")); err != nil {
				t.Fatal(err)
			}
		}, "window", desk.Fine, "i915|i915"},
		{"no time synchronisation", func(m *pc) { m.synced = func() (bool, bool) { return false, true } }, "ntp", desk.Worse, "not synchronised, timedatectl set-ntp true|没有自动对时, timedatectl"},
		{"a service that does not start", func(m *pc) { m.runDir, m.etcDir = tree(t, map[string]string{"systemd/system/x": ""}), t.TempDir() }, "service", desk.Worse, "does not start with the PC, systemctl enable --now hexiao-agent|开机, systemctl enable"},
		{"a service that starts", func(m *pc) {
			m.runDir = tree(t, map[string]string{"systemd/system/x": ""})
			m.etcDir = tree(t, map[string]string{"systemd/system/multi-user.target.wants/hexiao-agent.service": ""})
		}, "service", desk.Fine, "starts with the PC|自动启动"},
		{"a system nobody tried", func(m *pc) {
			m.etcDir = tree(t, map[string]string{"os-release": "ID=slackware\nPRETTY_NAME=\"Slackware 15\"\n"})
		}, "system", desk.Worse, "Slackware 15, not tried, lane test|Slackware 15, 没有在这个系统上试过"},
		{"a system of the family", func(m *pc) { m.etcDir = tree(t, map[string]string{"os-release": "ID=uos\nPRETTY_NAME=\"UOS 20\"\n"}) }, "system", desk.Fine, "UOS 20|UOS 20"},
		{"little memory", func(m *pc) {
			m.procDir = tree(t, map[string]string{"meminfo": "MemTotal: 524288 kB\nMemAvailable: 90000 kB\n"})
		}, "memory", desk.Worse, "512 MiB, 87 MiB, plain page|512 MiB, 收款页"},
		{"a program that antivirus took", func(m *pc) {
			m.packageChanges = func(context.Context, string) ([]string, bool) { return []string{"/usr/bin/hexiao-agent"}, true }
		}, "program", desk.Bad, "/usr/bin/hexiao-agent, quarantine, apt-get install --reinstall|/usr/bin/hexiao-agent, 隔离, 重装"},
		{"a package that is whole", func(m *pc) { m.packageChanges = func(context.Context, string) ([]string, bool) { return nil, true } }, "program", desk.Fine, "whole|完整"},
	} {
		t.Run(c.name, func(t *testing.T) { names(t, looked(t, dir, config{}, c.plant), c.check, c.state, c.words) })
	}
}

func TestDpkgsListIsRead(t *testing.T) {
	got := changedFiles("missing     /usr/bin/hexiao-agent\n??5?????? c /etc/hexiao-agent/agent.toml\n??5??????   /usr/lib/udev/rules.d/70-hexiao-scanner.rules\nmissing   c /etc/gone\n")
	want := []string{"/usr/bin/hexiao-agent", "/usr/lib/udev/rules.d/70-hexiao-scanner.rules", "/etc/gone"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if _, known := packageChanges(t.Context(), "no-such-package-anywhere"); known {
		t.Error("a package that is not there is known")
	}
}

// TestTheDoctorLooksAtTheDisk plants a full, a read-only and an inode-less disk in memory.
func TestTheDoctorLooksAtTheDisk(t *testing.T) {
	asRoot(t)
	dir, _ := enrolled(t)
	mount := func(t *testing.T, options string, flags uintptr) string {
		t.Helper()
		at := t.TempDir()
		if err := syscall.Mount("tmpfs", at, "tmpfs", 0, options); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("mount a small disk: %v", err)
			}
			t.Skipf("SKIPPED: a small disk cannot be mounted here (%v)", err)
		}
		t.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
		for _, name := range []string{"identity.json", "device.key"} {
			copyFile(t, filepath.Join(dir, name), filepath.Join(at, name), 0o600)
		}
		if flags != 0 {
			if err := syscall.Mount("tmpfs", at, "tmpfs", syscall.MS_REMOUNT|flags, options); err != nil {
				t.Fatal(err)
			}
		}
		return at
	}
	found := looked(t, mount(t, "size=4m", 0), config{}, nil)
	names(t, found, "disk", desk.Bad, "MiB are free, too little, free some|MiB, 不够, 清理磁盘")
	names(t, found, "filesystem", desk.Bad, "in memory (tmpfs), power cut, --data|内存盘, 断电, --data")
	found = looked(t, mount(t, "size=64m", syscall.MS_RDONLY), config{}, nil)
	names(t, found, "filesystem", desk.Bad, "read-only, fsck|只读, fsck")
	names(t, found, "folder", desk.Bad, "cannot be written|写不进去")
	names(t, looked(t, mount(t, "size=64m,nr_inodes=20", 0), config{}, nil), "disk", desk.Bad, "no inodes left, small files|inode, 小文件")
	names(t, looked(t, mount(t, "size=64m", 0), config{}, nil), "disk", desk.Worse, "not much|偏少")

	full := mount(t, "size=4m", 0)
	ballast := filepath.Join(full, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600); err == nil {
		t.Fatal("8 MiB fit into 4")
	}
	names(t, looked(t, full, config{}, nil), "disk", desk.Bad, "0 MiB are free, too little|0 MiB, 不够")
}

func TestTheDoctorLooksAtTyping(t *testing.T) {
	dir, _ := enrolled(t)
	found := looked(t, dir, config{PassOn: &passOn{To: "type"}}, nil)
	if _, err := os.Stat("/dev/uinput"); err == nil {
		names(t, found, "uinput", desk.Fine, "/dev/uinput|/dev/uinput") // root may
		return
	}
	names(t, found, "uinput", desk.Bad, "no /dev/uinput, modprobe uinput|没有 /dev/uinput, modprobe uinput")
}

// TestTheMakersAreThoseOfTheUdevRules: the package gives their devices to the agent, and the doctor must know the same.
func TestTheMakersAreThoseOfTheUdevRules(t *testing.T) {
	rules := read(t, "70-hexiao-scanner.rules")
	line := regexp.MustCompile(`ATTRS\{idVendor\}=="([0-9a-f|]+)"`).FindStringSubmatch(rules)
	if line == nil || !slices.Equal(strings.Split(strings.ToUpper(line[1]), "|"), scannerMakers) {
		t.Errorf("the rules have %v, we %v", line, scannerMakers)
	}
	if madeForCodes(drivers.Plugged{USB: drivers.USB{Vendor: "0403"}}) || !madeForCodes(drivers.Plugged{USB: drivers.USB{Vendor: "0C2E"}}) {
		t.Error("makers are not told apart")
	}
}

// TestAnAgentThatMayNotWriteItsFileSaysSo: nothing changes, and the sentence names the file.
func TestAnAgentThatMayNotWriteItsFileSaysSo(t *testing.T) {
	b := &bench{service: &service{program: &program{data: "/nowhere"}}}
	for _, err := range []error{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, &fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}} {
		e := b.unwritten(err)
		if e.Status != 500 || !hasAll(e.Text.En, "may not write, /nowhere/agent.toml, as root") || !hasAll(e.Text.Zh, "没有权限, /nowhere/agent.toml, root") {
			t.Errorf("%v", e.Text)
		}
	}
	if e := b.unwritten(&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}); e.Status != 507 || !hasAll(e.Text.En, "disk is full") {
		t.Errorf("%v", e.Text)
	}
	if e := b.unwritten(io.ErrShortWrite); e.Status != 500 || !hasAll(e.Text.En, "/nowhere/agent.toml, short write") {
		t.Errorf("%v", e.Text)
	}
}

func TestTheDoctorTellsAFileFromADevice(t *testing.T) {
	dir, _ := enrolled(t)
	file := filepath.Join(t.TempDir(), "ttyUSB0")
	write(t, file, "HX1")
	for _, path := range []string{file, t.TempDir()} {
		names(t, looked(t, dir, config{Scanners: []scanner{{Path: path}}}, nil), "scanner", desk.Bad, path+", no device, agent.toml|"+path+", 不是设备, agent.toml")
		names(t, looked(t, dir, config{Display: &display{From: path}}, nil), "display", desk.Bad, path+", no device, agent.toml|"+path+", 不是设备, agent.toml")
	}
}

// TestTheDoctorsCommandFindsTheAgentsSettings: those of the package lie in /etc, and not in the data folder.
func TestTheDoctorsCommandFindsTheAgentsSettings(t *testing.T) {
	const file = "/etc/hexiao-agent/agent.toml"
	blind := pcWith(func(m *pc) { m.procDir = tree(t, map[string]string{"self/comm": "hexiao-agent"}) })
	p := &program{data: "/var/lib/hexiao-agent"}
	words := "sudo hexiao-agent doctor --data /var/lib/hexiao-agent --config " + file
	of := newCheckup(p, blind, config{}, &service{program: p, flags: settings{file: file}})
	names(t, of.inputMethod(t.Context()), "ime", desk.Fine, words+" in a terminal|"+words)
}
