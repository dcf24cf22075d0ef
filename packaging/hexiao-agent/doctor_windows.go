package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"hexiao/agent/desk"
	"hexiao/drivers"
)

// systemChecks look at the system itself.
func (c *checkup) systemChecks() []check {
	return []check{{"system", quick, c.system}, {"program", quick, c.files}}
}

// What a till should have, as on Linux: with less it works, and swaps.
const (
	memoryEnough = 2 << 30 // Windows 10 takes half of it
	memorySpare  = 200 << 20
)

var globalMemoryStatus = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// memoryStatus is MEMORYSTATUSEX of sysinfoapi.h, in bytes.
type memoryStatus struct {
	size, load    uint32
	whole, free   uint64
	_, _, _, _, _ uint64
}

func (c *checkup) system(context.Context) (found []desk.Finding) {
	v := windows.RtlGetVersion()
	said := fmt.Sprintf("Windows %d.%d.%d, %s, CPU x %d", v.MajorVersion, v.MinorVersion, v.BuildNumber, runtime.GOARCH, runtime.NumCPU())
	if v.MajorVersion < 10 {
		found = append(found, worse("system", said+"：没有在这个系统上试过", said+": not tried on this system", "请用 Windows 10 或更新的系统", "use Windows 10 or later"))
	} else {
		found = append(found, well("system", said, said))
	}
	m := memoryStatus{}
	m.size = uint32(unsafe.Sizeof(m))
	if ok, _, _ := globalMemoryStatus.Call(uintptr(unsafe.Pointer(&m))); ok == 0 {
		return found
	}
	zh, en := fmt.Sprintf("内存 %d MiB，可用 %d MiB", m.whole>>20, m.free>>20), fmt.Sprintf("memory %d MiB, %d MiB free", m.whole>>20, m.free>>20)
	if m.whole < memoryEnough || m.free < memorySpare {
		return append(found, worse("memory", zh+"，偏少", en+", not much", "请关闭用不到的程序；不开收银窗口、改用浏览器里的收款页也能省内存", "close what is not needed; the plain page instead of the window saves some, too"))
	}
	return append(found, well("memory", zh, en))
}

// files looks for signs that an antivirus program took the programs away: the service's file is gone.
func (c *checkup) files(context.Context) []desk.Finding {
	s, done, err := theService(windows.SERVICE_QUERY_CONFIG)
	if err != nil {
		return nil // said by service
	}
	defer done()
	command, _, err := setUp(s)
	if err != nil {
		return nil
	}
	line, err := windows.DecomposeCommandLine(command)
	if err != nil || len(line) == 0 {
		return nil
	}
	if _, err := os.Stat(line[0]); errors.Is(err, os.ErrNotExist) {
		return []desk.Finding{bad("program", "服务的程序文件 "+line[0]+" 不见了", "the service's program file "+line[0]+" is gone",
			"多半被杀毒软件隔离：请在杀毒软件里恢复，把 C:\\Program Files\\hexiao 和 C:\\ProgramData\\hexiao 加入信任区，再执行 hexiao-agent service install",
			`an antivirus program has probably quarantined it: restore it there, have C:\Program Files\hexiao and C:\ProgramData\hexiao trusted, and run hexiao-agent service install`)}
	}
	return []desk.Finding{well("program", "服务的程序文件在："+line[0], "the service's program file is there: "+line[0])}
}

// deskChecks look at keyboard and input method.
func (c *checkup) deskChecks() []check {
	return []check{{"ime", quick, c.inputMethod}, {"session", quick, c.session}}
}

// inputMethod says how it is: which input method is on is each window's own on Windows, and another program cannot look.
func (c *checkup) inputMethod(context.Context) []desk.Finding {
	return []desk.Finding{well("ime", "输入法按窗口起作用，从外面看不到：收银窗口自己不用输入法，服务读的扫码枪不受影响；收银软件里请切到英文再扫",
		"an input method is each window's own and cannot be seen from outside: the till window uses none, and scanners that the agent reads are not touched; in the POS switch to English before scanning")}
}

// session looks whether what needs a person's session has one: a service hears no keyboard and cannot type.
func (c *checkup) session(ctx context.Context) []desk.Finding {
	needed := c.config.PassOn != nil && c.config.PassOn.To == typing
	for _, s := range c.config.Scanners {
		needed = needed || s.Kind == keyboardKind
	}
	if !needed || c.agent != nil && drivers.Interactive() {
		return nil
	}
	s, done, err := theService(windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return nil // started in another way
	}
	defer done()
	if now, err := s.Query(); err != nil || now.State != svc.Running {
		return nil
	}
	return []desk.Finding{bad("session", "设置里有键盘式扫码枪（rawinput）或替键盘打字（pass_on），而本程序作为 Windows 服务运行，听不到键盘，也不能打字",
		"the settings have a keyboard scanner (rawinput) or typing (pass_on), and as a Windows service the agent hears no keyboard and cannot type",
		"请把扫码枪设成串口或 HID POS 模式、把 pass_on 改成串口；或执行 hexiao-agent service stop，让收银员登录后运行 hexiao-agent run",
		"set the scanner to serial or HID POS mode and pass_on to a serial port; or run hexiao-agent service stop, and have hexiao-agent run started when the cashier logs in")}
}

// theService opens the service for looking, which takes no rights.
func theService(rights uint32) (*mgr.Service, func(), error) {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return nil, nil, err
	}
	name, err := windows.UTF16PtrFromString(serviceName)
	if err != nil {
		return nil, nil, errors.Join(err, windows.CloseServiceHandle(m))
	}
	h, err := windows.OpenService(m, name, rights)
	if err != nil {
		return nil, nil, errors.Join(err, windows.CloseServiceHandle(m))
	}
	return &mgr.Service{Name: serviceName, Handle: h}, func() {
		_ = windows.CloseServiceHandle(h)
		_ = windows.CloseServiceHandle(m)
	}, nil
}

// setUp is the service's command line and when it starts. mgr's own Config asks more, which Wine does not answer.
func setUp(s *mgr.Service) (command string, start uint32, err error) {
	room := make([]byte, 8<<10) // the most there can be
	config := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&room[0]))
	needed := uint32(len(room))
	if err := windows.QueryServiceConfig(s.Handle, config, needed, &needed); err != nil {
		return "", 0, err
	}
	return windows.UTF16PtrToString(config.BinaryPathName), config.StartType, nil
}

// service looks at how the agent is started.
func (c *checkup) service() []desk.Finding {
	const check = "service"
	s, done, err := theService(windows.SERVICE_QUERY_CONFIG | windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return []desk.Finding{worse(check, "没有装成 Windows 服务，开机不会自动运行", "there is no Windows service, and nothing starts with the PC",
			"请以管理员身份执行 hexiao-agent service install", "run hexiao-agent service install as administrator")}
	}
	if err != nil {
		return []desk.Finding{worse(check, "服务查不到："+err.Error(), "the service cannot be looked at: "+err.Error(), asWhom.Zh, asWhom.En)}
	}
	defer done()
	_, start, err := setUp(s)
	now, err2 := s.Query()
	switch {
	case err != nil || err2 != nil:
		err = errors.Join(err, err2)
		return []desk.Finding{worse(check, "服务查不到："+err.Error(), "the service cannot be looked at: "+err.Error(), asWhom.Zh, asWhom.En)}
	case start != mgr.StartAutomatic:
		return []desk.Finding{worse(check, "服务没有设成开机自动启动", "the service does not start with the PC", "请以管理员身份执行 hexiao-agent service install", "run hexiao-agent service install as administrator")}
	case now.State != svc.Running:
		return []desk.Finding{bad(check, "服务没有运行", "the service does not run", "请以管理员身份执行 "+howToStart, "run "+howToStart+" as administrator")}
	}
	return []desk.Finding{well(check, "服务在运行，开机自动启动", "the service runs, and starts with the PC")}
}

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

// mayOpen says yes: every account may open ports and scanners on Windows, and opening one to try would take it from whoever reads it.
func (c *checkup) mayOpen(string, bool) error { return nil }

// denied is not found out on Windows; see mayOpen.
func (c *checkup) denied(t target, path string) desk.Finding {
	return bad(t.check, "没有权限打开 "+path, "not permitted to open "+path, asWhom.Zh, asWhom.En)
}

// clockSynced: not known.
func clockSynced() (yes, known bool) { return false, false }

// packageChanges: there are no packages of ours.
func packageChanges(context.Context, string) ([]string, bool) { return nil, false }
