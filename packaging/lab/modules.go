package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// drawer is the kernel's modules in a folder, by name. A module says itself what it depends on, so neither depmod nor modules.dep is needed.
type drawer struct {
	files fs.FS
	paths map[string]string // "cdc_acm": "lib/modules/6.1.0/kernel/drivers/usb/class/cdc-acm.ko"
}

func openDrawer(files fs.FS) (drawer, error) {
	d := drawer{files, map[string]string{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(name) == ".ko" {
			d.paths[moduleName(name)] = name
		}
		return err
	})
	if err == nil && len(d.paths) == 0 {
		err = errors.New("no kernel modules (*.ko) are there")
	}
	return d, err
}

// moduleName is what the kernel calls the module in that file: it makes no difference between - and _.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// closure gives the modules that are wanted and all they depend on, each after what it depends on.
func (d drawer) closure(wanted []string) ([]string, error) {
	var order []string
	state := map[string]bool{} // false: under way, true: in order
	var visit func(name, whose string) error
	visit = func(name, whose string) error {
		name = moduleName(name)
		if done, seen := state[name]; seen {
			if !done {
				return fmt.Errorf("kernel modules depend on each other in a ring, at %s", name)
			}
			return nil
		}
		state[name] = false
		needs, err := d.needs(name)
		if err != nil {
			return fmt.Errorf("kernel module for %s: %w", whose, err)
		}
		for _, need := range needs {
			if err := visit(need, name); err != nil {
				return err
			}
		}
		state[name] = true
		order = append(order, name)
		return nil
	}
	for _, name := range wanted {
		if err := visit(name, "the lab"); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// needs reads what a module depends on out of its .modinfo section.
func (d drawer) needs(name string) ([]string, error) {
	file, ok := d.paths[name]
	if !ok {
		return nil, fmt.Errorf("there is no %s.ko; setup.sh must unpack the folder it is in", name)
	}
	b, err := fs.ReadFile(d.files, file)
	if err != nil {
		return nil, err
	}
	object, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	section := object.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("%s has no .modinfo", file)
	}
	info, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return dependsIn(info), nil
}

// dependsIn finds the names after "depends=" among the strings of a .modinfo section.
func dependsIn(info []byte) []string {
	for entry := range strings.SplitSeq(string(info), "\x00") {
		if names, ok := strings.CutPrefix(entry, "depends="); ok && names != "" {
			return strings.Split(names, ",")
		}
	}
	return nil
}
