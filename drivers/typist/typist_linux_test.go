package typist_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"strconv"
	"syscall"
	"testing"

	"hexiao/drivers/typist"
)

// The bytes for the kernel, without the time in front of each event, which it sets.
func TestStrokesAreTheKernelsEvents(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("events of another size")
	}
	near, far, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	hands := typist.OnFile(far)
	strokes, _ := typist.Strokes("a#")
	for _, s := range strokes {
		if err := hands.Press(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := hands.Close(); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(near); err != nil {
		t.Fatal(err)
	}
	got := ""
	for b := raw.Bytes(); len(b) >= 24; b = b[24:] {
		got += hex.EncodeToString(b[16:24]) + "\n"
	}
	const (
		syn     = "0000000000000000\n"
		aDown   = "01001e0001000000\n" // EV_KEY, KEY_A 30
		aUp     = "01001e0000000000\n"
		shiftDn = "01002a0001000000\n" // KEY_LEFTSHIFT 42
		shiftUp = "01002a0000000000\n"
		threeDn = "0100040001000000\n" // KEY_3 4
		threeUp = "0100040000000000\n"
	)
	if want := aDown + syn + aUp + syn + shiftDn + syn + threeDn + syn + threeUp + syn + shiftUp + syn; got != want {
		t.Errorf("written\n%s, want\n%s", got, want)
	}
}

func TestCapsLockIsHeardFromTheSystem(t *testing.T) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	kernel, ours := os.NewFile(uintptr(pair[0]), "kernel"), os.NewFile(uintptr(pair[1]), "ours")
	defer kernel.Close()
	hands := typist.OnFile(ours)
	light := func(code byte, on byte) {
		event := make([]byte, 2*strconv.IntSize/8+8)
		fields := event[2*strconv.IntSize/8:]
		fields[0], fields[2], fields[4] = 0x11, code, on
		if _, err := kernel.Write(event); err != nil {
			t.Fatal(err)
		}
	}
	if hands.Caps() {
		t.Error("on before anybody said so")
	}
	light(1, 1)
	light(0, 0) // Num Lock
	if on, again := hands.Caps(), hands.Caps(); !on || !again {
		t.Error("not on")
	}
	light(1, 0)
	if hands.Caps() {
		t.Error("still on")
	}
	if err := hands.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheKeyboardSaysWhatItIs(t *testing.T) {
	id := typist.Identity()
	if name, _, _ := bytes.Cut(id[8:88], []byte{0}); string(name) != "hexiao pass-on keyboard" || id[0] != 6 || len(id) != 92 {
		t.Errorf("% x", id)
	}
}
