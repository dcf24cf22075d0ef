package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"
	"testing/fstest"
)

// kernelModule makes an ELF file with nothing in it but what a module says about itself.
func kernelModule(t *testing.T, info string) *fstest.MapFile {
	t.Helper()
	const names = "\x00.modinfo\x00.shstrtab\x00"
	head := elf.Header64{
		Ident: [16]byte{0x7F, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: uint64(64 + len(info) + len(names)), Ehsize: 64, Shentsize: 64, Shnum: 3, Shstrndx: 2,
	}
	sections := []elf.Section64{{},
		{Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: 64, Size: uint64(len(info))},
		{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: uint64(64 + len(info)), Size: uint64(len(names))},
	}
	var b bytes.Buffer
	for _, part := range []any{head, []byte(info), []byte(names), sections} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func openModules(t *testing.T, depends map[string]string) drawer {
	t.Helper()
	files := fstest.MapFS{"lib/modules/6.1/modules.builtin": {Data: []byte("kernel/usbcore.ko\n")}}
	for name, on := range depends {
		files["lib/modules/6.1/kernel/drivers/"+name+".ko"] = kernelModule(t, "license=GPL\x00depends="+on+"\x00intree=Y\x00")
	}
	d, err := openDrawer(files)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestClosure(t *testing.T) {
	depends := map[string]string{
		"ftdi_sio": "usbserial,usbcore", "usbserial": "usbcore", "usbcore": "usb-common", "usb-common": "",
		"cdc-acm": "usbcore", "ring": "of-two", "of-two": "ring", "broken": "away",
	}
	for name, c := range map[string]struct {
		wanted []string
		want   string // the modules in order, or a piece of the refusal
	}{
		"what it depends on comes first, each once": {[]string{"ftdi_sio"}, "usb_common usbcore usbserial ftdi_sio"},
		"a dash is as good as an underscore":        {[]string{"cdc_acm"}, "usb_common usbcore cdc_acm"},
		"two share what they depend on":             {[]string{"cdc-acm", "ftdi-sio"}, "usb_common usbcore cdc_acm usbserial ftdi_sio"},
		"nothing wanted":                            {nil, ""},
		"one that is not there":                     {[]string{"vivid"}, "no vivid.ko"},
		"one that needs what is not there":          {[]string{"broken"}, "for broken: there is no away.ko"},
		"a ring":                                    {[]string{"ring"}, "in a ring"},
	} {
		t.Run(name, func(t *testing.T) {
			order, err := openModules(t, depends).closure(c.wanted)
			got := strings.Join(order, " ")
			if err != nil {
				got = err.Error()
			}
			if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAFolderWithoutModulesIsSaid(t *testing.T) {
	if _, err := openDrawer(fstest.MapFS{"boot/vmlinuz": {}}); err == nil {
		t.Error("a folder without modules was opened")
	}
}
