//go:build linux

// Command guest is the first and only program of the driver lab's virtual machine. It plays scenarios by name: it has devices plugged in and
// out, by the host or on buses of its own, runs the real drivers against them, and says row by row what they saw. packaging/lab builds it
// into the machine's image and starts the machine; it is of no use anywhere else.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// scenarios by name. Each begins with nothing plugged in and leaves it so.
var scenarios = map[string]struct {
	device string
	play   func(*lab)
}{
	"ftdi":        {"FTDI serial scanner", ftdi},
	"usbkeyboard": {"USB keyboard", usbKeyboard},
	"cdc":         {"CDC-ACM scanner", cdc},
	"wedge":       {"keyboard scanner", wedgeScanner},
	"hidpos":      {posScanner, hidPOS},
	"camera":      {"camera", cameras},
	"printer":     {"USB receipt printer", receiptPrinter},
	"display":     {"customer display", customerDisplay},
	"passon":      {"one scanner, two programs", passOn},
	"udev":        {"udev rules", udevRules},
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == canOpen {
		os.Exit(tryOpen(os.Args[2]))
	}
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "guest: this runs as init of the driver lab's virtual machine only; see make lab")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Println("guest:", err)
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

func run() error {
	if err := mounts(); err != nil {
		return err
	}
	host, err := openHost("/dev/ttyS1")
	if err != nil {
		return err
	}
	l := &lab{host: host}
	l.begin("machine")
	l.see("booted", func(context.Context) (string, error) { return startUdev() })
	names, err := asked()
	if err != nil {
		return err
	}
	for _, name := range names {
		s, ok := scenarios[name]
		if !ok {
			l.begin(name)
			l.see("found", func(context.Context) (string, error) { return "", errors.New("there is no such scenario") })
			continue
		}
		l.begin(s.device)
		s.play(l)
		l.end()
	}
	return host.done(len(names))
}

// mounts gives the machine the file systems that init has to bring.
func mounts() error {
	for _, m := range []struct{ kind, at string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/run"},
	} {
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	return nil
}

// asked are the scenarios named on the kernel's command line.
func asked() ([]string, error) {
	b, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return nil, err
	}
	for _, word := range strings.Fields(string(b)) {
		if names, ok := strings.CutPrefix(word, "play="); ok {
			return strings.Split(names, ","), nil
		}
	}
	return nil, errors.New("the kernel's command line names no scenarios (play=)")
}

// startUdev starts Debian's udevd, which makes the links under /dev and sets rights as the rules say.
func startUdev() (string, error) {
	udevd := exec.Command("/bin/udevd")
	udevd.Stdout, udevd.Stderr = os.Stdout, os.Stderr
	if err := udevd.Start(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := until(ctx, func() bool { return exists("/run/udev/control") }); err != nil {
		return "", fmt.Errorf("udevd does not come up: %w", err)
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "", err
	}
	up, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Linux %s, up for %s s", unix.ByteSliceToString(name.Release[:]), strings.Fields(string(up))[0]), nil
}
