package camera_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"
	"hexiao/drivers"
	"hexiao/drivers/camera"
)

func TestWhatOpeningSays(t *testing.T) {
	// The library keeps the words of an error only, in some places.
	said := func(what string, e error) error { return errors.New("Failed to " + what + ": " + e.Error()) }
	for _, c := range []struct {
		name, code, zh, en string
		err                error
	}{
		{"not there", "missing", "没有找到", "was not found", unix.ENOENT},
		{"gone while opened", "missing", "没有找到", "was not found", unix.ENODEV},
		{"no rights", "permission", "video 组", "group video", fmt.Errorf("open: %w", fs.ErrPermission)},
		{"another program's picture", "busy", "浏览器", "browser", unix.EBUSY},
		{"another program's buffers", "busy", "浏览器", "browser", said("map request buffers", unix.EBUSY)},
		{"no room on the bus", "failed", "USB 口带宽", "no room", said("start streaming", unix.ENOSPC)},
		{"another device", "not_a_scanner", "不是摄像头", "no camera", unix.ENOTTY},
		{"a device that plays pictures", "not_a_scanner", "不是摄像头", "no camera", errors.New("Not a video capture device")},
		{"a format that is refused", "no_format", "图像格式", "picture format", unix.EINVAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p drivers.Problem
			if err := camera.OpenProblem(c.err); !errors.As(err, &p) || p.Code != c.code || !strings.Contains(p.ZH, c.zh) || !strings.Contains(p.EN, c.en) || !strings.Contains(p.EN, "/dev/video0") {
				t.Errorf("%v (%s)", err, p.Code)
			}
		})
	}
	if err := camera.OpenProblem(unix.ENOMEM); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("%v", err)
	}
}

func TestOpeningWhatIsNoCamera(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]string{"/dev/null": "not_a_scanner", file: "not_a_scanner", t.TempDir(): "not_a_scanner", file + "-none": "missing"} {
		var p drivers.Problem
		if err := camera.TryOpen(path); !errors.As(err, &p) || p.Code != code {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// What is taken out of the library by reflection is there in the version that is pinned.
func TestTheLibrarysFields(t *testing.T) {
	cam := reflect.TypeFor[webcam.Webcam]()
	for name, want := range map[string]reflect.Type{"fd": reflect.TypeFor[uintptr](), "buffers": reflect.TypeFor[[][]byte](), "streaming": reflect.TypeFor[bool]()} {
		if f, ok := cam.FieldByName(name); !ok || f.Type != want {
			t.Errorf("%s is %v, want %v", name, f.Type, want)
		}
	}
}

// tree is a folder like /sys/class/video4linux.
func tree(t *testing.T, nodes map[string][4]string) string {
	root := t.TempDir()
	write := func(dir, name, text string) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for node, n := range nodes { // index, vendor, product, serial
		class := filepath.Join(root, "class", node)
		write(class, "index", n[0])
		write(class, "name", "Camera "+node)
		usb := filepath.Join(root, "devices", "usb-"+n[3])
		if n[1] != "" {
			write(usb, "idVendor", n[1])
			write(usb, "idProduct", n[2])
			write(usb, "serial", n[3])
		}
		own := filepath.Join(usb, "1-1:1.0")
		write(own, "modalias", "x")
		if err := os.Symlink(own, filepath.Join(class, "device")); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "class")
}

func TestCamerasOnUSB(t *testing.T) {
	sys := tree(t, map[string][4]string{
		"video0": {"0", "046d", "0825", "A1"}, "video1": {"1", "046d", "0825", "A1"}, // its figures about the pictures
		"video2": {"0", "046d", "0825", "B2"}, "video4": {"0", "0c45", "6366", "C3"}, "video6": {"0", "", "", "none"},
	})
	for _, c := range []struct{ address, path, code string }{
		{"usb:0c45:6366", "/dev/video4", ""},
		{"usb:046D:0825:A1", "/dev/video0", ""},
		{"usb:046D:0825", "", "ambiguous"},
		{"usb:046D:0826", "", "missing"},
	} {
		t.Run(c.address, func(t *testing.T) {
			path, err := camera.FindIn(c.address, sys)
			var p drivers.Problem
			if errors.As(err, &p); path != c.path || p.Code != c.code {
				t.Errorf("%q, %v", path, err)
			}
		})
	}
	if found, err := camera.ListIn(sys); err != nil || len(found) != 4 || found[3].USB.Vendor != "" || found[0].Product != "Camera video0" || found[2].USB.String() != "usb:0C45:6366:C3" {
		t.Errorf("%+v, %v", found, err)
	}
}
