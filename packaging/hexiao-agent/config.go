package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
)

// config is the file of --config. Every field may be left out.
type config struct {
	Desk     string       `toml:"desk"`     // where the desk listens; "": 127.0.0.1:7373
	Patience duration     `toml:"patience"` // how long to wait for the hub; 0: as the campaign says
	Scanners []scanner    `toml:"scanner"`  // none: only the window and the desk give scans
	PassOn   *passOn      `toml:"pass_on"`  // nil: codes that are not for us go nowhere
	Display  *display     `toml:"display"`  // nil: no customer display is listened to
	Printer  *slipPrinter `toml:"printer"`  // nil: the agent prints nothing
}

// scanner is one scanner.
type scanner struct {
	Kind string `toml:"kind"` // "serial", "evdev" (Linux), "rawinput" (Windows), "hidpos" or "camera"; "": serial
	Path string `toml:"path"` // needed: "/dev/ttyUSB0", "COM3", "usb:VID:PID[:SERIAL]", "usb-path:SOCKET", "/dev/input/...", "/dev/hidraw0", "/dev/video0"
	Mode string `toml:"mode"` // of a serial line, "": 9600 8N1; of a camera, "": 1280x720
	Name string `toml:"name"` // how the window calls it; "": its path
}

// duration is written as "1.5s".
type duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

func (d duration) text() string {
	if d == 0 {
		return ""
	}
	return time.Duration(d).String()
}

const defaultDesk = "127.0.0.1:7373"

// sample is the file, said in both languages; a test reads it.
const sample = `desk = "127.0.0.1:7373"     # 终端服务台的地址，只能是本机 / where the desk listens, loopback only
patience = "1.5s"           # 等中心回应多久，0.1s 到 30s；不写则按活动规则 / wait for the hub, 0.1s to 30s; left out: as the campaign says

[[scanner]]                 # 每把扫码枪一段 / one for each scanner
kind = "serial"             # serial 串口（默认），evdev 键盘式（Linux），rawinput 键盘式（Windows），hidpos USB HID POS 模式，camera 摄像头（Linux） / serial (default), evdev (Linux) or rawinput (Windows) for one that types like a keyboard, hidpos for one in USB HID POS mode, camera (Linux)
path = "/dev/ttyUSB0"       # 设备路径、COM3、usb:VID:PID[:序列号]，或两把相同且无序列号时的 usb-path:插口 / its path, COM3, usb:VID:PID[:SERIAL], or for one of two equal ones without serial numbers usb-path:SOCKET
mode = "9600 8N1"           # 串口参数，默认 9600 8N1；摄像头写图像大小，默认 1280x720 / of the serial line, 9600 8N1 when left out; of a camera its picture's size, 1280x720 when left out
name = "左边的扫码枪"        # 窗口里的叫法，默认用 path / how the window calls it; its path when left out

[pass_on]                   # 不是券的码（付款码、商品条码等）原样转给收银软件；没有这一段则不转 / codes that are no vouchers go on to the POS; left out: they go nowhere
to = "type"                 # type 模拟键盘输入，或写串口（收银软件从对面读）/ "type" types them; or a serial port that the POS reads the other end of
end = "enter"               # 每个码后面加 enter（默认）或 none / behind each code: enter (default) or none

[display]                   # 从客显线上读金额 / the amount is read off the line to the customer's display
from = "/dev/ttyS1"         # 收银软件往这个串口写 / the port that the POS writes to
to = "/dev/ttyUSB1"         # 真正的客显，没有则不写 / the real display; left out: there is none
mode = "2400 8N1"           # 两边的串口参数，默认 9600 8N1 / of both lines; 9600 8N1 when left out
kind = "led8n"              # cd5220、escpos 或 led8n，不写则自动识别 / left out: it tells itself
show = true                 # 用券后在客显上显示券减和应付，默认不显示 / show what is left to pay after a voucher; false when left out

[printer]                   # 小票打印机（ESC/POS），没有就不写 / the slip printer (ESC/POS); left out: none
to = "/dev/usb/lp0"         # USB 打印机；或串口路径、COM3、"tcp:192.168.1.50:9100" / a USB printer; or a serial port, COM3, "tcp:192.168.1.50:9100"
width = 32                  # 列数：58 毫米纸 32，80 毫米纸 42 或 48；默认 32 / columns: 32 on paper of 58 mm, 42 or 48 on 80 mm; 32 when left out
lang = "zh"                 # 小票的语言 zh 或 en，默认 zh / of the slips, zh or en; zh when left out
each = false                # true：每笔核销和撤销自动打印；默认按了才打 / true: print each redemption and each void by itself; only when asked when left out
# mode = "9600 8N1"         # 只用于串口打印机 / for a serial printer only
`

// settings are the flags that run and doctor share.
type settings struct {
	file, desk string
	scanners   []string
}

func (p *program) withSettings(c *cobra.Command, s *settings) *cobra.Command {
	c.Flags().StringVar(&s.file, "config", "", p.say.of("配置`文件`（TOML）；不写则用数据目录里的 agent.toml，没有就全用默认值",
		"the settings, a TOML `file`; agent.toml in the data folder when left out, and the defaults when there is none"))
	c.Flags().StringVar(&s.desk, "desk", "", p.say.of("终端服务台的`地址`，默认 "+defaultDesk+"；端口写 0 则任选", "`address` of the desk, "+defaultDesk+" when left out; port 0 takes a free one"))
	c.Flags().StringArrayVar(&s.scanners, "scanner", nil, p.say.of("串口扫码枪的`路径`，可写多次；有它则不看配置里的扫码枪", "`path` of a serial scanner, any number of times; then those of the file are left out"))
	return c
}

// load reads the file and lets the flags go before it.
func (s settings) load(dir string) (config, error) {
	c, err := readConfig(s.file, dir)
	if err != nil {
		return c, err
	}
	return s.over(c)
}

// over is a file's settings with the flags before them, whole and looked at.
func (s settings) over(c config) (config, error) {
	if s.desk != "" {
		c.Desk = s.desk
	}
	if c.Desk == "" {
		c.Desk = defaultDesk
	}
	if len(s.scanners) > 0 {
		c.Scanners = nil
	}
	for _, path := range s.scanners {
		c.Scanners = append(c.Scanners, scanner{Path: path})
	}
	return c.checked()
}

// configFile is where the settings are: the file that was named, or the one in the data folder.
func configFile(file, dir string) string { return or(file, filepath.Join(dir, "agent.toml")) }

func readConfig(file, dir string) (c config, err error) {
	named := file != ""
	file = configFile(file, dir)
	raw, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return c, nil
	case errors.Is(err, fs.ErrNotExist):
		return c, wrongUse("没有配置文件 "+file, "there is no settings file "+file)
	case err != nil:
		return c, err
	}
	if c, err = parseConfig(raw); err != nil {
		return c, misread(file, err)
	}
	return c, nil
}

// errNotUTF8: the settings were saved in another encoding, as old editors on Chinese Windows do.
var errNotUTF8 = errors.New("not UTF-8")

// mark is what Windows' Notepad puts before a text in UTF-8.
var mark = []byte("\ufeff")

// parseConfig reads the settings as they are written, defaults not filled in.
func parseConfig(raw []byte) (c config, err error) {
	raw = bytes.TrimPrefix(raw, mark)
	if !utf8.Valid(raw) {
		return c, errNotUTF8
	}
	return c, toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&c)
}

// misread names the line of what is wrong in the file.
func misread(file string, err error) error {
	if errors.Is(err, errNotUTF8) {
		return wrongUse(file+" 不是 UTF-8 编码；请用记事本“另存为”，编码选 UTF-8", file+" is not UTF-8; save it again as UTF-8")
	}
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(missing.Errors) > 0 {
		row, column := missing.Errors[0].Position()
		key := strings.Join(missing.Errors[0].Key(), ".")
		return wrongUse(fmt.Sprintf("%s 第 %d 行第 %d 列：不认识 %q", file, row, column, key),
			fmt.Sprintf("%s, line %d, column %d: %q is not known", file, row, column, key))
	}
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := at.Position()
		return wrongUse(fmt.Sprintf("%s 第 %d 行第 %d 列写得不对：%v", file, row, column, err), fmt.Sprintf("%s, line %d, column %d: %v", file, row, column, err))
	}
	return wrongUse(fmt.Sprintf("%s 读不懂：%v", file, err), fmt.Sprintf("%s cannot be read: %v", file, err))
}

// check looks at what no type can. The bounds of the patience are the campaign's (voucher.Campaign.Check).
func (c *config) check() error {
	if w := time.Duration(c.Patience); w != 0 && (w < 100*time.Millisecond || w > 30*time.Second) {
		return wrongUse("patience 须在 0.1s 到 30s 之间", "patience lies between 0.1s and 30s")
	}
	names, ports := map[string]bool{}, map[string]bool{}
	for i := range c.Scanners {
		s := &c.Scanners[i]
		s.Kind, s.Name = or(s.Kind, "serial"), or(s.Name, s.Path)
		switch {
		case s.Path == "":
			return wrongUse(fmt.Sprintf("第 %d 把扫码枪没有 path", i+1), fmt.Sprintf("scanner %d has no path", i+1))
		case s.Kind != "serial" && s.Kind != keyboardKind && s.Kind != "hidpos" && s.Kind != "camera":
			return wrongUse(fmt.Sprintf("扫码枪 %s 的 kind 在本系统上须为 serial、%s、hidpos 或 camera，不是 %q", s.Path, keyboardKind, s.Kind),
				fmt.Sprintf(`scanner %s: kind is "serial", %q, "hidpos" or "camera" on this system, not %q`, s.Path, keyboardKind, s.Kind))
		case s.Kind != "serial" && s.Kind != "camera" && s.Mode != "":
			return wrongUse("扫码枪 "+s.Path+" 不是串口，没有 mode", "scanner "+s.Path+" is no serial line and has no mode")
		case names[s.Name]:
			return wrongUse("有两把扫码枪都叫 "+s.Name, "two scanners are called "+s.Name)
		case ports[samePort(s.Path)]: // each of its codes would come twice
			return wrongUse("有两把扫码枪的 path 都是 "+s.Path+"；一把只写一段，两把相同的用序列号或插口（usb-path:）区分",
				"two scanners have the path "+s.Path+"; write one section for each, and name each of two equal ones by its serial number or by its socket (usb-path:)")
		}
		names[s.Name], ports[samePort(s.Path)] = true, true
	}
	if err := c.checkDevices(); err != nil {
		return err
	}
	return c.makes()
}

// makes has every device made, which opens none: what a driver refuses is wrong in the file, and the doctor has to hear it as the agent would.
func (c *config) makes() error {
	if _, err := new(service).wire(*c); err != nil {
		return wrongUse(err.Error(), err.Error())
	}
	return nil
}
