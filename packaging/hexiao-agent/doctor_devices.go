package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/printer"
	"hexiao/hub/voucher"
)

// target is one device as the settings name it.
type target struct {
	check string // what people know it as: "scanner", "printer", ...
	kind  string // as in kindOfDevice
	name  string
	path  string
}

// targets are all devices that are set up.
func (c config) targets() (all []target) {
	for _, s := range c.Scanners {
		all = append(all, target{"scanner", s.Kind, s.Name, s.Path})
	}
	if d := c.Display; d != nil {
		all = append(all, target{desk.DisplayDevice, "serial", d.From, d.From})
		if d.To != "" {
			all = append(all, target{desk.DisplayDevice, "serial", d.To, d.To})
		}
	}
	if p := c.PassOn; p != nil && p.To != typing {
		all = append(all, target{desk.PassOnDevice, "serial", p.To, p.To})
	}
	if p := c.Printer; p != nil {
		kind := "serial"
		if strings.HasPrefix(p.To, "/dev/usb/") {
			kind = desk.PrinterDevice
		}
		all = append(all, target{desk.PrinterDevice, kind, p.To, p.To})
	}
	return all
}

// devices looks at each device that is set up: how the running agent says that it stands, and whether it is there, may be
// opened by the agent's user and is held by nobody else. Nothing is opened: that would take it from whoever reads it.
func (c *checkup) devices(ctx context.Context) (found []desk.Finding) {
	view := c.till(ctx).view
	setUp := c.config.targets()
	for _, t := range setUp {
		found = append(found, c.device(ctx, t, view))
	}
	more := unlisted(setUp, view)
	found = append(found, more...)
	if len(c.config.Scanners) == 0 && len(more) == 0 {
		found = append(found, worse("scanner", "没有设置扫码枪（只能在窗口里扫）", "no scanner is set up (scanning into the window works)",
			"请在设置向导里选扫码枪，或在 agent.toml 里写 [[scanner]]", "choose one in the set-up wizard, or write a [[scanner]] into agent.toml"))
	}
	return append(append(found, c.notSetUp()...), c.meddlers(setUp)...)
}

// unlisted are scanners and devices that the running agent has and these settings lack: it was started with other ones, or
// they have no path, like the keyboard that types for the POS.
func unlisted(setUp []target, view *desk.View) (found []desk.Finding) {
	if view == nil {
		return nil
	}
	for _, s := range view.Scanners {
		listed := slices.ContainsFunc(setUp, func(t target) bool { return t.check == "scanner" && t.name == s.Name })
		if !listed {
			found = append(found, asSaid("scanner", s.Name, s.Connected, s.Problem,
				"这把枪是服务启动时指定的；请用同样的 --scanner 或 --config 再查一次，看是哪里不对", "the agent was started with this one: check again with the same --scanner or --config to see what is wrong with it"))
		}
	}
	for _, d := range view.Devices {
		listed := slices.ContainsFunc(setUp, func(t target) bool { return t.check == d.Kind && (t.name == d.Name || d.Kind != desk.DisplayDevice) })
		if !listed {
			found = append(found, asSaid(d.Kind, d.Name, d.Connected, d.Problem, "请按上面说的处理；设置改过的，请重启服务（"+howToRestart+"）",
				"do what it says; if the settings were changed, restart the agent ("+howToRestart+")"))
		}
	}
	return found
}

// asSaid is a finding that is the running agent's own word.
func asSaid(check, name string, connected bool, problem voucher.Text, nextZh, nextEn string) desk.Finding {
	if connected {
		return well(check, name+" 已连接", name+" is connected")
	}
	return bad(check, or(problem.Zh, name+" 未连接"), or(problem.En, name+" is not connected"), nextZh, nextEn)
}

// device is one of them.
func (c *checkup) device(ctx context.Context, t target, view *desk.View) desk.Finding {
	if strings.HasPrefix(t.path, "tcp:") {
		return c.overNetwork(ctx, t, view)
	}
	path, err := c.where(t)
	if err == nil {
		err = c.mayOpen(path, t.kind == "serial" || t.kind == "camera" || t.kind == desk.PrinterDevice) // hidpos writes to some models only, and reads the others without
	}
	if err != nil {
		return c.deviceProblem(t, path, err)
	}
	others := c.others(path)
	said, connected, known := sayOf(t, view)
	if len(others) > 0 {
		names := strings.Join(namesOf(others), "、")
		en := strings.Join(namesOf(others), ", ")
		return bad(t.check, fmt.Sprintf("%s（%s）被别的程序占用：%s", t.name, path, names), fmt.Sprintf("%s (%s) is held by another program: %s", t.name, path, en),
			freeZh(others), freeEn(others))
	}
	switch {
	case known && connected:
		return well(t.check, t.name+" 已连接", t.name+" is connected")
	case known && !c.seesHolders():
		return bad(t.check, or(said.Zh, t.name+" 未连接"), or(said.En, t.name+" is not connected"),
			"设备在，权限也对：请拔下重插；要看是不是被别的程序占用，请在终端执行 "+c.asRoot(),
			"it is there and may be opened: unplug it and plug it in again; to see whether another program holds it, run "+c.asRoot()+" in a terminal")
	case known:
		return bad(t.check, or(said.Zh, t.name+" 未连接"), or(said.En, t.name+" is not connected"),
			"设备在，权限也对：请拔下重插；仍不行请重启服务（"+howToRestart+"）", "it is there and may be opened: unplug it and plug it in again; if that does not help restart the agent ("+howToRestart+")")
	case view == nil && t.check == desk.PrinterDevice:
		return c.askPrinter(ctx, t)
	case view != nil && t.check == "scanner":
		return worse(t.check, t.name+" 在，但运行中的服务还没有用它", t.name+" is there, but the running agent does not use it yet", "请重启服务（"+howToRestart+"）", "restart the agent ("+howToRestart+")")
	}
	return well(t.check, fmt.Sprintf("%s 在（%s），服务可以打开", t.name, path), fmt.Sprintf("%s is there (%s) and the agent may open it", t.name, path))
}

// sayOf is what a running agent says of a device.
func sayOf(t target, view *desk.View) (problem voucher.Text, connected, known bool) {
	if view == nil {
		return problem, false, false
	}
	for _, s := range view.Scanners {
		if t.check == "scanner" && s.Name == t.name {
			return s.Problem, s.Connected, true
		}
	}
	for _, d := range view.Devices {
		if d.Kind == t.check && (d.Name == t.name || t.check != desk.DisplayDevice) {
			return d.Problem, d.Connected, true
		}
	}
	return problem, false, false
}

// where finds the device of an address.
func (c *checkup) where(t target) (string, error) {
	usb, isUSB, err := drivers.ParseUSB(t.path)
	if err != nil || !isUSB {
		return t.path, err
	}
	for _, k := range c.kinds {
		if k.kind == t.kind {
			there, err := k.list()
			if err != nil {
				there = nil
			}
			return usb.Pick(there)
		}
	}
	return "", errNotHere
}

// errNotHere: this system gives no way to look for such a device.
var errNotHere = drivers.Problem{Code: "failed", ZH: "这个系统上查不了 usb: 地址", EN: "usb: addresses cannot be looked up on this system"}

func (c *checkup) deviceProblem(t target, path string, err error) desk.Finding {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = drivers.Missing(t.path)
	case errors.Is(err, fs.ErrPermission):
		return c.denied(t, path)
	}
	p, ok := errors.AsType[drivers.Problem](err)
	if !ok {
		p = drivers.Problem{ZH: t.name + "：" + err.Error(), EN: t.name + ": " + err.Error()}
	}
	nextZh, nextEn := "请核对 agent.toml 里它的 path", "check its path in agent.toml"
	switch p.Code {
	case "missing":
		nextZh, nextEn = "请插好连接线、打开设备电源；换过设备的，请在设置向导里重新选", "plug it in and switch it on; if it was exchanged, choose it again in the set-up wizard"
		if there := c.thereInstead(t.kind); there != "" {
			nextZh, nextEn = nextZh+"。现在插着的有："+there, nextEn+". There is now: "+there
		}
	case "ambiguous":
		nextZh, nextEn = "请在 agent.toml 或设置向导里，给每一把写上上面列出的那个地址", "write the address named above for each of them, in agent.toml or the set-up wizard"
	}
	return bad(t.check, p.ZH, p.EN, nextZh, nextEn)
}

// thereInstead names what is plugged in of a kind.
func (c *checkup) thereInstead(kind string) string {
	var names []string
	for _, f := range c.found(c.config) {
		if f.Kind == kind {
			names = append(names, strings.TrimSpace(f.Address+" "+f.Name))
		}
	}
	return strings.Join(names, ", ")
}

// overNetwork looks at a printer on the network. One that the agent writes to is not disturbed: it takes one at a time.
func (c *checkup) overNetwork(ctx context.Context, t target, view *desk.View) desk.Finding {
	if problem, connected, known := sayOf(t, view); known {
		return asSaid(t.check, t.name, connected, problem, printerNext.Zh, printerNext.En)
	}
	return c.askPrinter(ctx, t)
}

var printerNext = voucher.Text{Zh: "请看打印机是否开机、有纸、盖好、联网，地址有没有变；可用 hexiao-agent print --test 试打",
	En: "see that it is on, has paper, is shut and in the network, and that its address is still the same; try hexiao-agent print --test"}

// askPrinter asks a printer that nobody writes to how it is; nothing is printed.
func (c *checkup) askPrinter(ctx context.Context, t target) desk.Finding {
	p, err := printer.New(printer.Options{To: t.path, Mode: c.config.Printer.Mode})
	if err == nil {
		err = p.Check(ctx)
	}
	if problem, ok := errors.AsType[drivers.Problem](err); ok {
		return bad(t.check, problem.ZH, problem.EN, printerNext.Zh, printerNext.En)
	}
	if err != nil {
		return bad(t.check, t.name+"："+err.Error(), t.name+": "+err.Error(), printerNext.Zh, printerNext.En)
	}
	return well(t.check, t.name+" 在，没有报告故障", t.name+" is there and reports no fault")
}

// others are the programs that hold a device and are no agent.
func (c *checkup) others(path string) (all []holder) {
	for _, h := range c.holders(path) {
		if h.name != c.unit {
			all = append(all, h)
		}
	}
	return all
}

const modemManager = "ModemManager"

func freeZh(by []holder) string {
	for _, h := range by {
		if h.name == modemManager {
			return "请执行 systemctl disable --now ModemManager，或安装软件包自带的 udev 规则后重插设备"
		}
	}
	return "请关闭这个程序，或在它的设置里放开这个端口；它也要用这把枪的，请打开 [pass_on]"
}

func freeEn(by []holder) string {
	for _, h := range by {
		if h.name == modemManager {
			return "run systemctl disable --now ModemManager, or install the package's udev rule and plug the device in again"
		}
	}
	return "close that program, or have it let go of the port in its own settings; if it needs this scanner, too, switch on [pass_on]"
}

// notSetUp names scanners and other devices that are plugged in and stand in no settings.
func (c *checkup) notSetUp() (found []desk.Finding) {
	for _, f := range c.found(c.config) {
		if f.SetUp != "" || !f.Likely || f.Kind == "camera" {
			continue
		}
		zh, en := fmt.Sprintf("插着 %s（%s），没有设置", or(f.Name, f.Path), f.Address), fmt.Sprintf("%s is plugged in (%s) and not set up", or(f.Name, f.Path), f.Address)
		nextZh, nextEn := "要用就在设置向导里选它", "to use it, choose it in the set-up wizard"
		switch f.Kind {
		case keyboardKind:
			found = append(found, worse("wedge", zh+"：它像键盘一样打字，输入法和大写锁定会弄坏扫码", en+": it types like a keyboard, and input methods and Caps Lock damage its scans",
				nextZh+"（kind = \""+keyboardKind+"\"），"+keyboardRead.Zh, nextEn+` (kind = "`+keyboardKind+`"); `+keyboardRead.En))
		case "serial", "hidpos":
			found = append(found, worse("scanner", zh, en, nextZh, nextEn))
		default:
			found = append(found, well(f.Kind, zh, en))
		}
	}
	return found
}

// scanWait is how long --scan waits for somebody to scan.
const scanWait = 20 * time.Second

// scan waits for one scan at the running agent and says what came.
func (c *checkup) scan(ctx context.Context) desk.Finding { return c.scanFor(ctx, scanWait) }

func (c *checkup) scanFor(ctx context.Context, wait time.Duration) desk.Finding {
	const check = "scan"
	client, err := desk.Find(c.data)
	if err != nil || c.till(ctx).view == nil {
		return bad(check, "服务没有运行，没有人读扫码枪", "the agent does not run, and nobody reads the scanners", "请先启动服务（"+howToStart+"）", "start the agent first ("+howToStart+")")
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	asked := c.json
	for e := range client.Events(ctx) {
		switch {
		case e.View != nil && !asked:
			asked = true // from here on nothing is missed
			c.line("%s", c.say.of("请扫一个码……", "scan a code now ..."))
		case e.Heard != nil:
			return heardFinding(*e.Heard)
		}
	}
	return bad(check, fmt.Sprintf("%v 内没有读到扫码", wait), fmt.Sprintf("no scan came within %v", wait),
		"请看扫码枪有没有亮、滴；有反应却没读到的，多半设成了键盘方式或别的波特率，请按说明书扫“USB 串口”设置码",
		"see whether the scanner lights up and beeps; if it does, it is probably in keyboard mode or at another speed: scan its manual's set-up code for USB serial")
}

// heardFinding says what a scan looked like, the code masked.
func heardFinding(h desk.Heard) desk.Finding {
	kind := h.Title
	if kind.Zh == "" {
		kind = voucher.Text{Zh: h.Kind, En: h.Kind}
	}
	zh := fmt.Sprintf("%s 读到 %d 字节：%s %s", h.Device, h.Bytes, kind.Zh, h.Masked)
	en := fmt.Sprintf("%s read %d bytes: %s %s", h.Device, h.Bytes, kind.En, h.Masked)
	if h.Kind == voucher.DamagedScan.String() {
		return worse("scan", zh+"（不完整）", en+" (damaged)", "请再扫一次；总是这样，请核对串口参数（mode）和扫码枪的编码设置", "scan again; if it stays so, check the line's settings (mode) and the scanner's character set")
	}
	return well("scan", zh, en)
}
