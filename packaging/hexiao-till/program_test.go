//go:build !windows

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// asProgram makes the test binary be the program: a window must have a process's first thread. Its value is the
	// patience; one that is no time leaves it as it is.
	asProgram = "HEXIAO_TILL_TEST_AS_PROGRAM"
	// asBrowser makes it a browser that writes the address it was given into a file.
	asBrowser = "--as-browser"
)

// session stands for XDG_RUNTIME_DIR.
var session string

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 4 && os.Args[1] == asBrowser:
		os.Exit(beBrowser(os.Args[2], os.Args[3]))
	case os.Getenv(asProgram) != "":
		if wait, err := time.ParseDuration(os.Getenv(asProgram)); err == nil {
			patience = wait
		}
		main()
	}
	os.Exit(inSession(m))
}

func inSession(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hexiao-till-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	session = dir
	return m.Run()
}

func beBrowser(file, address string) int {
	if os.WriteFile(file+".new", []byte(address), 0o600) != nil || os.Rename(file+".new", file) != nil {
		return 1
	}
	return 0
}

// browser gives the setting of $BROWSER and the file in which the address will be.
func browser(t testing.TB) (setting, file string) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	file = filepath.Join(t.TempDir(), "address")
	return "BROWSER=" + self + " " + asBrowser + " " + file, file
}

// till is the program, running.
type till struct {
	*exec.Cmd
	says  bytes.Buffer // its standard error; to be read when it has ended
	ended chan struct{}
}

// program prepares the program with an environment that has no display, no token, no browser and no player but what is
// given.
func program(ctx context.Context, env []string, args ...string) *till {
	t := &till{Cmd: exec.CommandContext(ctx, os.Args[0], args...), ended: make(chan struct{})}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "DISPLAY", "WAYLAND_DISPLAY", "HEXIAO_DESK_TOKEN_FILE", "LANG", "LC_ALL", "LC_MESSAGES", "BROWSER", "PATH", "XDG_RUNTIME_DIR":
		default:
			t.Env = append(t.Env, e)
		}
	}
	t.Env = append(append(t.Env, asProgram+"=20s", "LANG=en_US.UTF-8", "PATH=/nowhere", "XDG_RUNTIME_DIR="+session), env...)
	t.Stderr = &t.says
	t.WaitDelay = 5 * time.Second
	return t
}

// code runs the program to its end.
func (t *till) code() int {
	err := t.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode()
	} else if err != nil {
		return -1
	}
	return 0
}

// open starts the program on a display; it is killed with the test.
func open(t testing.TB, x *xvfb, args ...string) *till {
	t.Helper()
	return openWith(t, []string{"DISPLAY=" + x.display}, args...)
}

func openWith(t testing.TB, env []string, args ...string) *till {
	t.Helper()
	p := program(context.Background(), append(env, asProgram+"=60s"), args...)
	check(t, p.Start())
	go func() { defer close(p.ended); p.Wait() }()
	t.Cleanup(p.kill)
	return p
}

// kill ends the program as kill -9 does.
func (t *till) kill() {
	t.Process.Kill()
	<-t.ended
}

// stop asks the program to end; it must, with code 0 and nothing said that only a programmer understands.
func (p *till) stop(t testing.TB) {
	t.Helper()
	p.Process.Signal(syscall.SIGTERM)
	p.gone(t, done)
}

// gone waits for the end.
func (p *till) gone(t testing.TB, code int) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.Process.Signal(syscall.SIGQUIT) // to say where it is
		<-p.ended
		t.Fatal("the program does not end:\n" + p.says.String())
	}
	if got := p.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d:\n%s", got, code, p.says.String())
	}
	for _, bad := range []string{"Error in Fyne call thread", "panic", "goroutine "} {
		if strings.Contains(p.says.String(), bad) {
			t.Errorf("it says\n%s", p.says.String())
		}
	}
}

func tokenFile(t testing.TB, token string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "desk.token")
	check(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
	return file
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
