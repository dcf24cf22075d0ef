package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holder is a process that has a file open.
type holder struct {
	pid  int
	name string // of its program
}

func (h holder) String() string { return fmt.Sprintf("%s (%d)", h.name, h.pid) }

// holders finds the processes that have a device open, this one left out. Those of other users are seen by root alone, so
// an empty answer proves nothing to others.
func holders(proc, path string) (all []holder) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil
	}
	for _, pid := range processes(proc) {
		if pid == os.Getpid() {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(proc, strconv.Itoa(pid), "fd", "*"))
		for _, f := range files {
			if to, err := os.Readlink(f); err == nil && to == real {
				all = append(all, holder{pid, nameOf(proc, pid)})
				break
			}
		}
	}
	return all
}

// processes are the numbers of those that can be seen.
func processes(proc string) (pids []int) {
	entries, _ := os.ReadDir(proc)
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// nameOf is a process's program, as the kernel keeps it: 15 bytes.
func nameOf(proc string, pid int) string {
	raw, err := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "comm"))
	if err != nil {
		return "?"
	}
	return oneLine(strings.ToValidUTF8(string(raw), "?"))
}

// programs finds the processes of a program by any of its names.
func programs(proc string, names ...string) (all []holder) {
	for _, pid := range processes(proc) {
		name := nameOf(proc, pid)
		for _, n := range names {
			if name == n[:min(len(n), 15)] {
				all = append(all, holder{pid, name})
			}
		}
	}
	return all
}

func namesOf(all []holder) (names []string) {
	for _, h := range all {
		names = append(names, h.String())
	}
	return names
}
