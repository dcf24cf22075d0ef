//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// order is /lib/modules/order: each line a module with all it depends on before it.
var order = sync.OnceValues(func() (map[string][]string, error) {
	b, err := os.ReadFile("/lib/modules/order")
	if err != nil {
		return nil, err
	}
	lines := map[string][]string{}
	for names := range strings.Lines(string(b)) {
		if all := strings.Fields(names); len(all) > 0 {
			lines[all[len(all)-1]] = all
		}
	}
	return lines, nil
})

// load loads kernel modules and what they depend on, each name with its parameters behind it as in "dummy_hcd num=2". What is loaded already stays.
func load(modules ...string) error {
	lines, err := order()
	if err != nil {
		return err
	}
	for _, module := range modules {
		name, parameters, _ := strings.Cut(module, " ")
		name = strings.ReplaceAll(name, "-", "_")
		if len(lines[name]) == 0 {
			return fmt.Errorf("module %s is not in the image", name)
		}
		for _, each := range lines[name] {
			with := ""
			if each == name {
				with = parameters
			}
			if err := insert(each, with); err != nil {
				return fmt.Errorf("load module %s: %w", each, err)
			}
		}
	}
	return nil
}

func insert(name, parameters string) error {
	if exists("/sys/module/" + name + "/refcnt") {
		return nil
	}
	f, err := os.Open("/lib/modules/" + name + ".ko")
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.FinitModule(int(f.Fd()), parameters, 0)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

// unload takes a module out of the kernel; that it is not there is no error.
func unload(name string) error {
	err := unix.DeleteModule(name, unix.O_NONBLOCK)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}
