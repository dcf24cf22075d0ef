package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"hexiao/packaging/stage"
)

// window is the till window, where there is a display for it.
type window struct {
	cmd  *exec.Cmd
	said string
}

func openWindow(ctx context.Context, programs string, t *stage.Till) *window {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return &window{said: "not opened: there is no display"}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "hexiao-till"), "--desk", t.Desk.URL(), "--token-file", filepath.Join(t.Data(), "desk.token"))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return &window{said: "not opened: " + err.Error()}
	}
	return &window{cmd: cmd, said: "open"}
}

// String says whether the window is open.
func (w *window) String() string { return w.said }

func (w *window) close() {
	if w != nil && w.cmd != nil {
		w.cmd.Process.Signal(syscall.SIGTERM)
		w.cmd.Wait()
	}
}
