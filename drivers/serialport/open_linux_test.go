package serialport_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
	"hexiao/drivers"
	"hexiao/drivers/serialport"
)

// asOrdinaryUser opens as who is not root: on a thread without root's rights to every file and to ports that are held.
func asOrdinaryUser(path string, mode *serial.Mode) (serial.Port, error) {
	type opened struct {
		port serial.Port
		err  error
	}
	done := make(chan opened)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var caps [2]unix.CapUserData
		if err := unix.Capget(&header, &caps[0]); err != nil {
			done <- opened{nil, err}
			return
		}
		caps[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_SYS_ADMIN
		if err := unix.Capset(&header, &caps[0]); err != nil {
			done <- opened{nil, err}
			return
		}
		port, err := serial.Open(path, mode)
		done <- opened{port, err}
	}()
	o := <-done
	return o.port, o.err
}

func TestPortNamesTheCure(t *testing.T) {
	cases := []struct {
		name   string
		spoil  func(t *testing.T, path string)
		want   string
		zh, en string
	}{
		{"no permission", func(t *testing.T, path string) {
			if err := os.Chmod(path, 0); err != nil {
				t.Fatal(err)
			}
		}, "permission", "usermod -aG", "usermod -aG"},
		{"held by another program", func(t *testing.T, path string) {
			other, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { other.Close() })
			if err := unix.IoctlSetInt(int(other.Fd()), unix.TIOCEXCL, 0); err != nil {
				t.Fatal(err)
			}
		}, "busy", "占用", "in use by another program"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := newCounter(t, serialport.Options{})
			c.plug()
			c.port.SetOpen(asOrdinaryUser)
			path, err := os.Readlink(c.link)
			if err != nil {
				t.Fatal(err)
			}
			tc.spoil(t, path)
			c.run()
			if p := c.problem(tc.want); !strings.Contains(p.ZH, tc.zh) || !strings.Contains(p.EN, tc.en) {
				t.Errorf("no cure in %+v", p)
			}
		})
	}
}

// TestPortRefusesWhatIsNoPort: what is no device is not even opened.
func TestPortRefusesWhatIsNoPort(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a plain file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a folder":     func(path string) error { return os.Mkdir(path, 0o700) },
		"a FIFO":       func(path string) error { return unix.Mkfifo(path, 0o600) },
		"no terminal":  func(path string) error { return os.Symlink("/dev/null", path) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t, serialport.Options{})
			c.port.SetOpen(func(path string, mode *serial.Mode) (serial.Port, error) {
				if name != "no terminal" {
					t.Error("it was opened")
				}
				return serial.Open(path, mode)
			})
			if err := make(c.link); err != nil {
				t.Fatal(err)
			}
			c.run()
			if p := c.problem("not_a_scanner"); !strings.Contains(p.EN, c.link) || !strings.Contains(p.ZH, c.link) {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestPortIsHeldAlone(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	c.plug()
	path, err := os.Readlink(c.link)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	open := exec.Command("/bin/sh", "-c", "exec 3<>"+path)
	if os.Getuid() == 0 {
		open.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if out, err := again(open).CombinedOutput(); err != nil {
		t.Fatalf("nobody holds the port, and yet: %v %s", err, out)
	}
	c.run()
	c.connected()
	out, err := again(open).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "busy") {
		t.Errorf("another user opened the scanner too: %v %s", err, out)
	}
	c.send("HX1AAA\r")
	c.read("HX1AAA")
}

func again(c *exec.Cmd) *exec.Cmd {
	fresh := exec.Command(c.Path, c.Args[1:]...)
	fresh.SysProcAttr, fresh.Env = c.SysProcAttr, []string{"LC_ALL=C"}
	return fresh
}

// tree is a small /sys: an FTDI adapter, two CDC-ACM scanners of one model, two of another that have no serial numbers and hang on a hub, a
// port on the board, a console, and a radio link through a dongle.
func tree(t *testing.T) (sys, dev string) {
	root := t.TempDir()
	sys, dev = filepath.Join(root, "class", "tty"), filepath.Join(root, "dev")
	const bus = "devices/pci0000:00/0000:00:14.0/usb3/"
	usb := func(at, vendor, product, serial string) {
		name := filepath.Base(at)
		files := map[string]string{"idVendor": vendor, "idProduct": product, "product": "Scanner " + name, "devpath": name[2:]}
		if serial != "" {
			files["serial"] = serial
		}
		for file, text := range files {
			write(t, filepath.Join(root, bus, at, file), text+"\n")
		}
	}
	usb("3-1", "0403", "6001", "FT1")
	usb("3-2", "0c2e", "0b61", "A1")
	usb("3-3", "0c2e", "0b61", "B2")
	usb("3-4/3-4.1", "1eab", "0d06", "")
	usb("3-4/3-4.2", "1eab", "0d06", "")
	usb("3-5", "0a12", "0001", "")
	device := func(tty, at string) {
		full := filepath.Join(root, bus, at)
		for _, dir := range []string{full, filepath.Join(sys, tty), dev} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(full, filepath.Join(sys, tty, "device")); err != nil {
			t.Fatal(err)
		}
	}
	device("ttyUSB0", "3-1/3-1:1.0/ttyUSB0")
	device("ttyACM0", "3-2/3-2:1.0")
	device("ttyACM1", "3-3/3-3:1.0")
	device("ttyACM2", "3-4/3-4.1/3-4.1:1.0")
	device("ttyACM3", "3-4/3-4.2/3-4.2:1.0")
	device("rfcomm0", "3-5/3-5:1.0/bluetooth/hci0/hci0:11")
	device("ttyS0", "../../../platform/serial8250")
	write(t, filepath.Join(sys, "tty0", "dev"), "4:0\n")
	return sys, dev
}

func write(t *testing.T, path, text string) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestListFindsUSBPortsOnly(t *testing.T) {
	sys, dev := tree(t)
	got, err := serialport.ListIn(sys, dev)
	if err != nil {
		t.Fatal(err)
	}
	usb := func(vendor, product, serial, ports string) drivers.USB {
		return drivers.USB{Vendor: vendor, Product: product, Serial: serial, Socket: "0000:00:14.0-" + ports}
	}
	want := []serialport.Found{
		{Path: dev + "/ttyACM0", USB: usb("0C2E", "0B61", "A1", "2"), Product: "Scanner 3-2"},
		{Path: dev + "/ttyACM1", USB: usb("0C2E", "0B61", "B2", "3"), Product: "Scanner 3-3"},
		{Path: dev + "/ttyACM2", USB: usb("1EAB", "0D06", "", "4.1"), Product: "Scanner 3-4.1"},
		{Path: dev + "/ttyACM3", USB: usb("1EAB", "0D06", "", "4.2"), Product: "Scanner 3-4.2"},
		{Path: dev + "/ttyUSB0", USB: usb("0403", "6001", "FT1", "1"), Product: "Scanner 3-1"},
	}
	if len(got) != len(want) {
		t.Fatalf("found %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("found %+v, want %+v", got[i], want[i])
		}
	}
}

func TestPortIsFoundByItsUSBIds(t *testing.T) {
	sys, dev := tree(t)
	cases := []struct{ address, tty, want string }{
		{"usb:0403:6001", "ttyUSB0", ""},
		{"usb:0C2E:0B61:B2", "ttyACM1", ""},
		{"usb:0C2E:0B61", "", "ambiguous"},
		{"usb:1EAB:0D06", "", "ambiguous"},
		{"usb-path:0000:00:14.0-4.1", "ttyACM2", ""},
		{"usb-path:0000:00:14.0-4.2", "ttyACM3", ""},
		{"usb-path:0000:00:14.0-4", "", "missing"},
		{"usb:1234:5678", "", "missing"},
	}
	for _, tc := range cases {
		t.Run(tc.address, func(t *testing.T) {
			usb, _, err := drivers.ParseUSB(tc.address)
			if err != nil {
				t.Fatal(err)
			}
			c := newCounter(t, serialport.Options{Address: tc.address})
			c.port.SetFolders(usb, sys, dev)
			if tc.want == "" {
				c.link = filepath.Join(dev, tc.tty)
				c.plug()
			}
			c.run()
			if tc.want != "" {
				c.problem(tc.want)
				return
			}
			c.connected()
			c.send("HX1AAA\r")
			c.read("HX1AAA")
		})
	}
}
