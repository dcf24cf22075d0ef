package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holders finds the processes that have a device open, this one and its children left out, which got the line from it. Those of other users are seen by root alone, so
// an empty answer proves nothing to others.
func (m pc) holders(path string) (all []holder) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil
	}
	for _, pid := range m.processes() {
		if pid == os.Getpid() || m.parentOf(pid) == os.Getpid() {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(m.procDir, strconv.Itoa(pid), "fd", "*"))
		for _, f := range files {
			if to, err := os.Readlink(f); err == nil && to == real {
				all = append(all, holder{pid, m.nameOf(pid)})
				break
			}
		}
	}
	return all
}

// blind: other people's processes are hidden from this one, as the service's ProtectProc= does; init is always there to be
// seen, else.
func (m pc) blind() bool {
	_, err := os.Stat(filepath.Join(m.procDir, "1"))
	return err != nil
}

// seesHolders: only root may look at what other users' processes have open.
func (m pc) seesHolders() bool { return os.Geteuid() == 0 && !m.blind() }

// processes are the numbers of those that can be seen.
func (m pc) processes() (pids []int) {
	entries, _ := os.ReadDir(m.procDir)
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// nameOf is a process's program, as the kernel keeps it: 15 bytes.
func (m pc) nameOf(pid int) string {
	raw, err := os.ReadFile(filepath.Join(m.procDir, strconv.Itoa(pid), "comm"))
	if err != nil {
		return "?"
	}
	return oneLine(strings.ToValidUTF8(string(raw), "?"))
}

// programs finds the processes of a program by any of its names.
func (m pc) programs(names ...string) (all []holder) {
	for _, pid := range m.processes() {
		name := m.nameOf(pid)
		for _, n := range names {
			if name == n[:min(len(n), 15)] {
				all = append(all, holder{pid, name})
			}
		}
	}
	return all
}

// parentOf is the number of a process's parent; 0 when it is not known. The second field of stat may hold anything, but
// ends with the last bracket (proc(5)).
func (m pc) parentOf(pid int) int {
	raw, err := os.ReadFile(filepath.Join(m.procDir, strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(raw)[strings.LastIndexByte(string(raw), ')')+1:])
	if len(f) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(f[1])
	return parent
}
