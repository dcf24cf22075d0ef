package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// deskChecks look at what stands on and under the counter: keyboard, input method, screen.
func (c *checkup) deskChecks() []check {
	return []check{{"ime", quick, c.inputMethod}, {"capslock", quick, c.capsLock}, {"uinput", quick, c.typing}, {"window", quick, c.window}}
}

// inputMethods are the programs of the input methods that are used here, by their process names.
var inputMethods = []string{"fcitx", "fcitx5", "ibus-daemon", "sogoupinyin-service", "uim-xim", "scim", "scim-launcher"}

const windowProgram = "hexiao-till"

// inputMethod looks for an input method that would eat what a keyboard scanner types into the window. Scanners that the
// agent reads by itself do not care.
func (c *checkup) inputMethod(context.Context) []desk.Finding {
	const check = "ime"
	running := c.programs(inputMethods...)
	switch {
	case len(running) == 0 && c.blind():
		f := well(check, "服务看不到别的程序，不知道有没有输入法在运行", "the service cannot see other programs, nor whether an input method runs")
		f.Next = voucher.Text{Zh: "要查就在终端执行 " + c.asRoot(), En: "to know, run " + c.asRoot() + " in a terminal"}
		return []desk.Finding{f}
	case len(running) == 0:
		return []desk.Finding{well(check, "没有输入法在运行", "no input method runs")}
	}
	names := strings.Join(namesOf(running), ", ")
	if env, known := c.windowEnvironment(); known && off(env["XMODIFIERS"]) {
		return []desk.Finding{well(check, "输入法在运行（"+names+"），但收银窗口不用它", "an input method runs ("+names+"), but the till window does not use it")}
	}
	if len(c.config.Scanners) > 0 {
		return []desk.Finding{well(check, "输入法在运行（"+names+"）；服务自己读的扫码枪不受影响", "an input method runs ("+names+"); scanners that the agent reads are not touched by it")}
	}
	return []desk.Finding{worse(check, "输入法在运行（"+names+"），会吃掉键盘式扫码枪打进窗口的字母", "an input method runs ("+names+"); it eats letters that a keyboard scanner types into the window",
		"请让服务读扫码枪（设置向导），或用 XMODIFIERS=@im=none 启动收银窗口，扫码前切到英文", "have the agent read the scanner (set-up wizard), or start the window with XMODIFIERS=@im=none and switch to English before scanning")}
}

// off: the window was told to use no input method, or none was named.
func off(modifiers string) bool { return modifiers == "" || strings.HasSuffix(modifiers, "=none") }

// windowEnvironment is the environment of the till window that runs; known is false when none can be seen.
func (m pc) windowEnvironment() (env map[string]string, known bool) {
	for _, h := range m.programs(windowProgram) {
		raw, err := os.ReadFile(filepath.Join(m.procDir, strconv.Itoa(h.pid), "environ"))
		if err != nil {
			continue
		}
		env = map[string]string{}
		for _, line := range bytes.Split(raw, []byte{0}) {
			key, value, _ := strings.Cut(string(line), "=")
			env[key] = value
		}
		return env, true
	}
	return nil, false
}

// capsLock looks at the keyboards' lights.
func (c *checkup) capsLock(context.Context) []desk.Finding {
	const check = "capslock"
	lights, _ := filepath.Glob(filepath.Join(c.sysDir, "class/leds/*::capslock"))
	for _, l := range lights {
		if raw, err := os.ReadFile(filepath.Join(l, "brightness")); err == nil && strings.TrimSpace(string(raw)) != "0" {
			return []desk.Finding{worse(check, "大写锁定（Caps Lock）开着", "Caps Lock is on", "请按一下 Caps Lock 关掉，键盘式扫码枪才不会打错大小写", "press Caps Lock once, so that a keyboard scanner types letters as they are")}
		}
	}
	if len(lights) == 0 {
		return nil // no keyboard with such a light
	}
	return []desk.Finding{well(check, "大写锁定没开", "Caps Lock is off")}
}

// typing looks whether codes can be passed on by typing them, when that is set up.
func (c *checkup) typing(context.Context) []desk.Finding {
	const check, device = "uinput", "/dev/uinput"
	if p := c.config.PassOn; p == nil || p.To != "type" {
		return nil
	}
	if _, err := os.Stat(device); err != nil {
		return []desk.Finding{bad(check, "没有 "+device+"，转发的码打不出去", "there is no "+device+", and codes cannot be passed on by typing",
			"请执行 modprobe uinput，并在 /etc/modules-load.d/uinput.conf 写一行 uinput", "run modprobe uinput, and write a line uinput into /etc/modules-load.d/uinput.conf")}
	}
	if err := c.mayOpen(device, true); err != nil {
		return []desk.Finding{c.denied(target{check: check}, device)}
	}
	return []desk.Finding{well(check, "可以用 "+device+" 打字转发", "codes can be passed on by typing through "+device)}
}

// window looks at what the till window needs: OpenGL, best by a graphics card.
func (c *checkup) window(context.Context) []desk.Finding {
	const check = "window"
	page := "可以不用窗口：用浏览器打开 hexiao-agent 的收款页"
	pageEn := "the window can be done without: open the agent's plain page in a browser"
	if !c.openGL() {
		return []desk.Finding{worse(check, "没有 OpenGL 库（libGL.so.1），收银窗口打不开", "there is no OpenGL library (libGL.so.1), and the till window cannot open",
			"请执行 apt-get install libgl1 libgl1-mesa-dri；"+page, "run apt-get install libgl1 libgl1-mesa-dri; "+pageEn)}
	}
	drivers := c.graphics()
	if len(drivers) == 0 {
		return []desk.Finding{worse(check, "没有显卡驱动，收银窗口由处理器画（llvmpipe），较慢", "there is no graphics driver; the till window is drawn by the processor (llvmpipe), slowly",
			"请安装显卡驱动；"+page, "install the graphics card's driver; "+pageEn)}
	}
	list := strings.Join(drivers, ", ")
	if where := c.screen(); where != "" {
		return []desk.Finding{well(check, fmt.Sprintf("显卡驱动 %s，屏幕 %s", list, where), fmt.Sprintf("graphics driver %s, screen %s", list, where))}
	}
	return []desk.Finding{well(check, fmt.Sprintf("显卡驱动 %s；这里没有登录的屏幕", list), fmt.Sprintf("graphics driver %s; nobody is logged in on a screen here", list))}
}

// openGL looks for the library where loaders look.
func (c *checkup) openGL() bool {
	for _, pattern := range []string{"usr/lib/*/libGL.so.1", "usr/lib/libGL.so.1", "usr/lib64/libGL.so.1"} {
		if found, _ := filepath.Glob(filepath.Join(c.rootDir, pattern)); len(found) > 0 {
			return true
		}
	}
	return false
}

// graphics names the drivers of the graphics cards.
func (c *checkup) graphics() (names []string) {
	cards, _ := filepath.Glob(filepath.Join(c.sysDir, "class/drm/card[0-9]"))
	for _, card := range cards {
		if driver, err := filepath.EvalSymlinks(filepath.Join(card, "device/driver")); err == nil && !slices.Contains(names, filepath.Base(driver)) {
			names = append(names, filepath.Base(driver))
		}
	}
	return names
}

// screen is the screen of this session, or of the window that runs.
func (c *checkup) screen() string {
	env, _ := c.windowEnvironment()
	for _, name := range []string{"WAYLAND_DISPLAY", "DISPLAY"} {
		if where := or(c.pc.getenv(name), env[name]); where != "" {
			return where
		}
	}
	return ""
}
