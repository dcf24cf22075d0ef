package main

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
)

// unpacked reads an archive back as the kernel does: names with modes and contents, in order.
func unpacked(t *testing.T, b []byte) (entries []string) {
	t.Helper()
	field := func(at int) int {
		n, err := strconv.ParseInt(string(b[at:at+8]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	for at := 0; ; {
		if string(b[at:at+6]) != "070701" || at%4 != 0 {
			t.Fatalf("no header at %d", at)
		}
		mode, size, nameSize := field(at+14), field(at+54), field(at+94)
		name := string(b[at+110 : at+110+nameSize-1])
		data := (at + 110 + nameSize + 3) &^ 3
		entries = append(entries, strings.TrimSpace(strconv.FormatInt(int64(mode), 8)+" "+name+" "+string(b[data:data+size])))
		if name == "TRAILER!!!" {
			return entries
		}
		at = (data + size + 3) &^ 3
	}
}

func TestArchive(t *testing.T) {
	a := newArchive()
	a.file("init", 0o755, []byte("go"))
	a.file("etc/udev/rules.d/70.rules", 0o644, []byte("SUBSYSTEM"))
	a.file("etc/group", 0o644, nil)
	a.link("bin/udevd", "udevadm")
	want := []string{
		"100755 init go", "40755 etc", "40755 etc/udev", "40755 etc/udev/rules.d", "100644 etc/udev/rules.d/70.rules SUBSYSTEM",
		"100644 etc/group", "40755 bin", "120777 bin/udevd udevadm", "0 TRAILER!!!",
	}
	if got := unpacked(t, a.end()); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// bzImage makes a kernel file whose payload lies behind two sectors of set-up code.
func bzImage(packed []byte) []byte {
	b := make([]byte, 3*512+len(packed))
	b[0x1F1] = 2
	copy(b[0x202:], "HdrS")
	binary.LittleEndian.PutUint32(b[0x248:], 0)
	binary.LittleEndian.PutUint32(b[0x24C:], uint32(len(packed)))
	copy(b[3*512:], packed)
	return b
}

func TestPayload(t *testing.T) {
	packed := append(bytes.Clone(xzMagic), "stream and size"...)
	got, err := payload(append(bzImage(packed), "signature"...))
	if err != nil || !bytes.Equal(got, packed) {
		t.Errorf("got %q, %v", got, err)
	}
	long := bzImage(packed)
	binary.LittleEndian.PutUint32(long[0x24C:], 1<<30)
	for name, b := range map[string][]byte{
		"an empty file": nil, "no kernel": make([]byte, 4096), "another compression": bzImage([]byte("\x1f\x8b gzip")), "cut off": long,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := payload(b); err == nil {
				t.Error("was taken")
			}
		})
	}
}
