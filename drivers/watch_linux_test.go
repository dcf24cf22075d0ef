package drivers_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"hexiao/drivers"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

func hears(t *testing.T, news <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-news:
	case <-time.After(soon):
		t.Fatalf("never heard of %s", what)
	}
}

func silent(t *testing.T, news <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-news:
		t.Errorf("told of %s", what)
	default:
	}
}

// kernelOnABench is a line that the test writes events into as the kernel and udev do.
func kernelOnABench(t *testing.T) (listen func() (*os.File, error), send func(event string)) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(ends[1]) })
	listen = func() (*os.File, error) { return os.NewFile(uintptr(ends[0]), "uevents"), nil }
	return listen, func(event string) {
		if err := unix.Sendto(ends[1], []byte(event), 0, nil); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	ttyComes     = "add@/devices/pci0000:00/usb1/1-1/1-1:1.0/tty/ttyACM0\x00ACTION=add\x00SUBSYSTEM=tty\x00DEVNAME=ttyACM0\x00SEQNUM=1\x00"
	batteryFalls = "change@/devices/battery\x00ACTION=change\x00SUBSYSTEM=power_supply\x00SEQNUM=2\x00"
	udevIsReady  = "libudev\x00\xfe\xed\xca\xfe\x28\x00\x00\x00ACTION=add\x00SUBSYSTEM=hidraw\x00DEVNAME=/dev/hidraw0\x00"
)

func TestOneListenerTellsEveryFollower(t *testing.T) {
	listen, send := kernelOnABench(t)
	opened := 0
	u := drivers.NewUevents(func() (*os.File, error) { opened++; return listen() })
	one, leaveOne, _ := u.Follow()
	two, leaveTwo, _ := u.Follow()
	send(ttyComes)
	hears(t, one, "a tty")
	hears(t, two, "a tty")
	send(udevIsReady)
	hears(t, one, "udev's word of a hidraw device")
	hears(t, two, "udev's word of a hidraw device")
	leaveOne()
	send(ttyComes)
	hears(t, two, "a tty")
	silent(t, one, "a tty after it had left")
	leaveTwo()
	if opened != 1 {
		t.Errorf("opened %d lines to the kernel for two devices, want one", opened)
	}
	if n := goroutinesIn("drivers.(*uevents).hear("); n != 0 {
		t.Errorf("%d goroutines listen after the last has left", n)
	}
}

func TestEventsOfOtherDevicesAreNoNews(t *testing.T) {
	for event, want := range map[string]bool{
		ttyComes: true, udevIsReady: true, batteryFalls: false, "": false,
		"add@/devices/x\x00SUBSYSTEM=usbmisc\x00": true, "add@/devices/x\x00SUBSYSTEM=usb\x00": true, "add@/module/usb\x00SUBSYSTEM=module\x00": false,
	} {
		if got := drivers.Concerns([]byte(event)); got != want {
			t.Errorf("%q: %v", event, got)
		}
	}
}

func TestAWatchEndsWithItsFollowers(t *testing.T) {
	for range 100 {
		w := drivers.NewWatch(filepath.Join(t.TempDir(), "scanner"))
		w.Arm()
		w.Close()
	}
	for _, of := range []string{"drivers.(*uevents).hear(", "drivers.(*folder).hear("} {
		if n := goroutinesIn(of); n != 0 {
			t.Errorf("%d goroutines left in %s", n, of)
		}
	}
}

// goroutinesIn counts the goroutines that are inside the function.
func goroutinesIn(function string) int {
	buf := make([]byte, 1<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), function)
}

// TestTheKernelTellsOfATTY has the kernel repeat its word of a tty, which only root may ask for.
func TestTheKernelTellsOfATTY(t *testing.T) {
	const ask = "/sys/class/tty/tty/uevent"
	w := drivers.NewWatch("usb:0C2E:0B61")
	defer w.Close()
	if err := os.WriteFile(ask, []byte("change"), 0); err != nil {
		t.Logf("the kernel cannot be asked here (%v); TestOneListenerTellsEveryFollower shows the rest", err)
		return
	}
	hears(t, w.Changed(), "a tty")
	if p := w.Pace(); p != 5*time.Second {
		t.Errorf("looks every %v beside the kernel's events", p)
	}
}

func TestAWatchFollowsAFolderThatIsNotThereYet(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "serial", "by-id", "usb-scanner")
	w := drivers.NewWatch(path)
	defer w.Close()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	step := func(what string, err error) {
		t.Helper()
		do(err)
		hears(t, w.Changed(), what)
		w.Arm()
	}
	step("the folder above", os.Mkdir(filepath.Join(root, "serial"), 0o755))
	step("the folder", os.Mkdir(filepath.Dir(path), 0o755))
	do(os.WriteFile(filepath.Join(filepath.Dir(path), "usb-mouse"), nil, 0o600))
	step("the link", os.Symlink("/nowhere", path))
	silent(t, w.Changed(), "another device")
	step("the link that is replaced", os.Remove(path))
	step("a device file", os.WriteFile(path, nil, 0o600))
	step("its rights", os.Chmod(path, 0o660))
	step("the folder that goes away", os.RemoveAll(filepath.Join(root, "serial")))
	step("the folder above that comes back", os.Mkdir(filepath.Join(root, "serial"), 0o755))
}

// A watch moves down with the folders that come, and lets go of the one above: that the kernel confirms it is no news of a device.
func TestTheEndOfAWatchIsNoNews(t *testing.T) {
	event := func(mask uint32, name string) []byte {
		raw := binary.NativeEndian.AppendUint32(nil, 1)
		raw = binary.NativeEndian.AppendUint32(raw, mask)
		raw = binary.NativeEndian.AppendUint32(raw, 0)
		raw = binary.NativeEndian.AppendUint32(raw, uint32(len(name)))
		return append(raw, name...)
	}
	raw := slices.Concat(event(unix.IN_IGNORED, ""), event(unix.IN_CREATE, "usb-scanner\x00\x00\x00\x00\x00"), event(unix.IN_DELETE_SELF, ""), event(unix.IN_IGNORED, ""))
	if got := drivers.Named(raw); !slices.Equal(got, []string{"usb-scanner", ""}) {
		t.Errorf("%q", got)
	}
}

func TestAWatchFindsFoldersThatComeBetweenTwoLooks(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "c", "scanner")
	w := drivers.NewWatch(path)
	defer w.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	hears(t, w.Changed(), "the first folder")
	w.Arm() // which finds three at once
	select {
	case <-w.Changed():
	default:
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	hears(t, w.Changed(), "the device in a folder three levels down")
}
