//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// canOpen is how this program starts itself as the agent's user, to try to open a device.
const canOpen = "can-open"

// tryOpen opens a device for reading and writing and gives the exit code: 0, 13 for no permission, or 1.
func tryOpen(path string) int {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	switch {
	case err == nil:
		_ = unix.Close(fd)
		return 0
	case errors.Is(err, unix.EACCES):
		return int(unix.EACCES)
	}
	fmt.Println("guest: open", path, "as the agent:", err)
	return 1
}

// agentMay reports whether the user that the service runs as may open a device, in the groups of its account.
func agentMay(path string) (bool, error) {
	as, err := agentUser()
	if err != nil {
		return false, err
	}
	try := exec.Command("/init", canOpen, path)
	try.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	err = try.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == int(unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

func agentUser() (*syscall.Credential, error) {
	account, err := user.Lookup("hexiao-agent")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	as := &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	groups, err := account.GroupIds()
	for _, group := range groups {
		gid, err := strconv.ParseUint(group, 10, 32)
		if err != nil {
			return nil, err
		}
		as.Groups = append(as.Groups, uint32(gid))
	}
	return as, err
}

// node is what udev has made of a device node.
type node struct {
	path       string
	group      string
	mode       os.FileMode
	properties string // as udev's database has them, a line each
}

// settled waits until udev has done with a device node. It keeps a record of each that a rule gives a property; where none does, the rights are
// what is waited for, and where it does not touch the node at all, its falling silent.
func settled(ctx context.Context, path string, w want) (n node, err error) {
	marked := w.left != "" || w.notMarked != ""
	err = until(ctx, func() bool {
		done := ready(path) // before looking: what is done does not change any more
		n, err = look(path)
		return err == nil && (w.untouched || done || !marked && n.as(w))
	})
	if err == nil && w.untouched {
		if err = exec.CommandContext(ctx, "/bin/udevadm", "settle").Run(); err == nil {
			n, err = look(path)
		}
	}
	if err != nil {
		err = fmt.Errorf("udev does not finish with %s: %w", path, err)
	}
	return n, err
}

func look(path string) (n node, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return n, err
	}
	record, err := os.ReadFile(recordOf(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	gid := info.Sys().(*syscall.Stat_t).Gid
	group, err := user.LookupGroupId(strconv.FormatUint(uint64(gid), 10))
	if err != nil {
		return n, err
	}
	return node{path, group.Name, info.Mode().Perm(), string(record)}, nil
}

// as reports whether the node's group and mode are what is wanted.
func (n node) as(w want) bool { return n.group == w.group && n.mode == w.mode() }

// has reports whether udev has set a property to 1.
func (n node) has(property string) bool { return strings.Contains(n.properties, "E:"+property+"=1\n") }

func (n node) String() string { return fmt.Sprintf("%s %s %04o", n.path, n.group, n.mode) }

// want is how a node should be: who may open it, and whether ModemManager keeps off.
type want struct {
	group     string
	untouched bool // no rule has a word for it: as the kernel makes it, 0600
	agentMay  bool
	left      string // the property that ModemManager looks at, or empty
	notMarked string // a property that must not be there
}

func (w want) mode() os.FileMode {
	if w.untouched {
		return 0o600
	}
	return 0o660
}

// hold compares a node with what the rules promise.
func (n node) hold(w want) (string, error) {
	var wrong []error
	if !n.as(w) {
		wrong = append(wrong, fmt.Errorf("%s; want %s %04o", n, w.group, w.mode()))
	}
	if w.left != "" && !n.has(w.left) {
		wrong = append(wrong, fmt.Errorf("%s is not set to %s", n.path, w.left))
	}
	if w.notMarked != "" && n.has(w.notMarked) {
		wrong = append(wrong, fmt.Errorf("%s is set to %s", n.path, w.notMarked))
	}
	may, err := agentMay(n.path)
	if err == nil && may != w.agentMay {
		err = fmt.Errorf("the agent's user may open it: %v", may)
	}
	seen := n.String() + ", the agent may open it"
	if !may {
		seen = n.String() + ", the agent may not open it"
	}
	if w.left != "" {
		seen += ", " + w.left
	}
	if w.notMarked != "" {
		seen += ", no " + w.notMarked
	}
	return seen, errors.Join(append(wrong, err)...)
}

// ready reports whether udev has finished with a device node: its database then says so.
func ready(path string) bool {
	b, err := os.ReadFile(recordOf(path))
	return err == nil && bytes.Contains(b, []byte("I:"))
}

// recordOf is the file that udev keeps about a character device.
func recordOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "/nowhere"
	}
	number := info.Sys().(*syscall.Stat_t).Rdev
	return fmt.Sprintf("/run/udev/data/c%d:%d", unix.Major(number), unix.Minor(number))
}
