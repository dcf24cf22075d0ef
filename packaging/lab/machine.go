package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// wires are the far ends of the serial adapters that can be plugged in.
var wires = []string{"a", "b"}

// machine is a running virtual machine: no KVM, one processor, the kernel started directly.
type machine struct {
	cmd   *exec.Cmd
	qmp   *qmp
	talk  net.Conn // the guest's second serial port
	lines *bufio.Reader
	wires map[string]net.Conn
}

// boot is what is started.
type boot struct {
	kernel, initrd, console string
	play                    string // names of the scenarios, with commas between
}

// start starts the machine. It dies with ctx, and whoever started it calls stop.
func start(ctx context.Context, b boot) (*machine, error) {
	m := &machine{wires: map[string]net.Conn{}}
	s := &sockets{}
	defer s.closeTheirs()
	for _, name := range wires {
		m.wires[name] = s.pair("wire-" + name)
	}
	m.talk = s.pair("talk")
	m.qmp = newQMP(s.pair("qmp"))
	if s.err != nil {
		return nil, fmt.Errorf("make sockets for QEMU: %w", s.err)
	}
	m.lines = bufio.NewReaderSize(m.talk, 1<<16)
	m.cmd = exec.CommandContext(ctx, "qemu-system-x86_64", append(b.arguments(), s.arguments...)...)
	m.cmd.ExtraFiles, m.cmd.Stderr, m.cmd.WaitDelay = s.theirs, os.Stderr, 5*time.Second
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	return m, m.qmp.do(ctx, "qmp_capabilities", map[string]any{})
}

// stop kills the machine and waits until it is gone.
func (m *machine) stop() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
	m.talk.Close()
	m.qmp.conn.Close()
	for _, wire := range m.wires {
		wire.Close()
	}
}

// arguments start the kernel directly as an ELF file (PVH), on emulated hardware with USB and two serial ports and nothing else.
func (b boot) arguments() []string {
	return []string{
		"-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "384", "-smp", "1",
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-kernel", b.kernel, "-initrd", b.initrd,
		"-append", "console=ttyS0 quiet panic=-1 mitigations=off play=" + b.play,
		"-chardev", "file,id=console,path=" + b.console, "-serial", "chardev:console",
		"-serial", "chardev:talk", "-mon", "chardev=qmp,mode=control",
		"-device", "qemu-xhci,id=xhci",
	}
}

// sockets are pairs of connected sockets, one end ours, the other handed to QEMU as a file, so that there is no path to clash or to be left over.
type sockets struct {
	theirs    []*os.File
	arguments []string
	err       error
}

// pair makes a chardev of that name and gives our end, or nil once something has failed.
func (s *sockets) pair(name string) net.Conn {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		s.err = errors.Join(s.err, err)
		return nil
	}
	ours := os.NewFile(uintptr(fds[0]), name)
	defer ours.Close()
	conn, err := net.FileConn(ours)
	s.err = errors.Join(s.err, err)
	const firstExtra = 3 // where exec.Cmd puts ExtraFiles
	s.arguments = append(s.arguments, "-chardev", fmt.Sprintf("socket,id=%s,fd=%d", name, firstExtra+len(s.theirs)))
	s.theirs = append(s.theirs, os.NewFile(uintptr(fds[1]), name))
	return conn
}

func (s *sockets) closeTheirs() {
	for _, f := range s.theirs {
		f.Close()
	}
}

// lastWords are the last lines of the console, for when something went wrong.
func lastWords(console string, lines int) string {
	b, err := os.ReadFile(console)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(b), "\r", "")), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
