package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

var xzMagic = []byte("\xfd7zXZ\x00")

// payload cuts the compressed kernel out of a vmlinuz, as its header of protocol 2.08 and later says where it lies
// (Documentation/arch/x86/boot.rst).
func payload(vmlinuz []byte) ([]byte, error) {
	const setupSectors, magic, offsetAt, lengthAt, header = 0x1F1, 0x202, 0x248, 0x24C, 0x250
	if len(vmlinuz) < header || string(vmlinuz[magic:magic+4]) != "HdrS" {
		return nil, errors.New("this is no bzImage")
	}
	begin := (int(vmlinuz[setupSectors])+1)*512 + int(binary.LittleEndian.Uint32(vmlinuz[offsetAt:]))
	end := begin + int(binary.LittleEndian.Uint32(vmlinuz[lengthAt:]))
	if begin > end || end > len(vmlinuz) {
		return nil, fmt.Errorf("payload from %d to %d in a bzImage of %d bytes", begin, end, len(vmlinuz))
	}
	if !bytes.HasPrefix(vmlinuz[begin:end], xzMagic) {
		return nil, errors.New("the kernel is not compressed by xz")
	}
	return vmlinuz[begin:end], nil
}

// bareKernel unpacks the kernel of the system to a file that QEMU can start directly (by PVH), because unpacking it inside the emulated
// machine takes 5 s and more. It is unpacked once.
func bareKernel(system, to string) error {
	found, err := filepath.Glob(filepath.Join(system, "boot/vmlinuz-*"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("want one kernel in %s/boot, found %q (%v)", system, found, err)
	}
	if newer(to, found[0]) {
		return nil
	}
	vmlinuz, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	packed, err := payload(vmlinuz)
	if err != nil {
		return fmt.Errorf("%s: %w", found[0], err)
	}
	// Behind the xz stream lies its size, which a single stream leaves alone.
	xz := exec.Command("xz", "--decompress", "--stdout", "--single-stream")
	xz.Stdin, xz.Stderr = bytes.NewReader(packed), os.Stderr
	bare, err := xz.Output()
	if err != nil {
		return fmt.Errorf("unpack %s: %w", found[0], err)
	}
	return os.WriteFile(to, bare, 0o644)
}

// newer reports whether a was made after b.
func newer(a, b string) bool {
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	return err == nil && ia.ModTime().After(ib.ModTime())
}
