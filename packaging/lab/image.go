package main

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// modules are what the lab's devices need of the kernel that Debian does not build in; what they depend on comes along.
var modules = []string{
	"xhci-pci", "usbhid", "hid-generic", // the USB that QEMU plugs devices into
	"ftdi_sio", "cdc-acm", "usblp", // the drivers of real devices
	"uhid", "uinput", "evdev", // devices made by the guest
	"dummy_hcd", "libcomposite", "usb_f_acm", "usb_f_hid", "usb_f_printer", // a USB bus whose devices the guest plays
	"vivid", // a camera
}

// image builds what the machine boots into: the guest program as init, the modules, and udev with Debian's rules and ours.
func image(system, guest, rules, unit string) ([]byte, error) {
	a := newArchive()
	for _, folder := range []string{"dev", "proc", "sys", "run", "tmp"} {
		a.folder(folder)
	}
	if err := a.copy("init", guest, 0o755); err != nil {
		return nil, err
	}
	if err := addModules(a, system); err != nil {
		return nil, err
	}
	if err := addUdev(a, system, rules); err != nil {
		return nil, err
	}
	if err := addAccounts(a, unit); err != nil {
		return nil, err
	}
	return a.end(), nil
}

// copy adds a file of this system.
func (a *archive) copy(name, from string, mode fs.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	a.file(name, mode, data)
	return nil
}

// addModules puts each module into /lib/modules, and for each that may be asked for the order in which to load it and what it needs.
func addModules(a *archive, system string) error {
	d, err := openDrawer(os.DirFS(system))
	if err != nil {
		return err
	}
	var order strings.Builder
	for _, wanted := range modules {
		names, err := d.closure([]string{wanted})
		if err != nil {
			return err
		}
		fmt.Fprintln(&order, strings.Join(names, " "))
	}
	a.file("lib/modules/order", 0o644, []byte(order.String()))
	all, err := d.closure(modules)
	if err != nil {
		return err
	}
	for _, name := range all {
		if err := a.copy("lib/modules/"+name+".ko", filepath.Join(system, d.paths[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// notHere are Debian's udev rules that the lab leaves out: they load modules, which the guest does itself, or look after disks.
var notHere = []string{"80-drivers", "60-block", "60-persistent-storage", "64-btrfs", "60-cdrom_id", "80-net", "75-net"}

// addUdev puts udevadm, which is udevd too, into the image, od, which one of our rules calls, their libraries, and the rules.
func addUdev(a *archive, system, ours string) error {
	a.link("lib64", "lib")
	for _, name := range []string{"udevadm", "od"} {
		program, err := inSystem(system, name, "bin", "usr/bin")
		if err != nil {
			return err
		}
		if err := a.copy("usr/bin/"+name, program, 0o755); err != nil {
			return err
		}
		if err := addLibraries(a, system, program); err != nil {
			return err
		}
	}
	a.link("bin", "usr/bin")
	a.link("usr/bin/udevd", "udevadm")
	rules, err := filepath.Glob(filepath.Join(system, "*lib/udev/rules.d/*.rules"))
	if err != nil || len(rules) == 0 {
		return fmt.Errorf("no udev rules in %s (%v)", system, err)
	}
	for _, rule := range append(rules, ours) {
		if isHere(filepath.Base(rule)) {
			if err := a.copy("etc/udev/rules.d/"+filepath.Base(rule), rule, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func isHere(rule string) bool {
	for _, prefix := range notHere {
		if strings.HasPrefix(rule, prefix) {
			return false
		}
	}
	return true
}

// addLibraries adds the shared libraries that a program needs, the loader among them.
func addLibraries(a *archive, system, program string) error {
	var add func(file string) error
	add = func(file string) error {
		needs, err := needed(file)
		if err != nil {
			return err
		}
		for _, name := range needs {
			if a.made["lib/"+name] {
				continue
			}
			a.made["lib/"+name] = true
			from, err := inSystem(system, name, "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
			if err != nil {
				return err
			}
			if err := a.copy("lib/"+name, from, 0o755); err != nil {
				return err
			}
			if err := add(from); err != nil {
				return err
			}
		}
		return nil
	}
	return add(program)
}

func needed(file string) ([]string, error) {
	object, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer object.Close()
	return object.ImportedLibraries()
}

// inSystem finds a file of the unpacked system in one of its folders. Links inside it are followed there, not on this machine.
func inSystem(system, name string, folders ...string) (string, error) {
	for _, folder := range folders {
		file := filepath.Join(system, folder, name)
		if to, err := os.Readlink(file); err == nil {
			file = filepath.Join(filepath.Dir(file), filepath.Base(to))
		}
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s of %s", name, strings.Join(folders, " or "), system)
}
