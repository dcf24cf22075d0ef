// Package windows tests, under Wine, the programs that are built for Windows: the agent, its service and the window. Wine is
// no Windows: what works here may yet fail there, but what fails here needs a reason. `make wine` runs it; it takes
// build/windows and build/bin as they are.
package windows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/packaging/stage"
)

// built is where `make windows` and `make build` leave the programs.
const built = "../../build"

// wine is a Windows of the tests' own: a folder below build that is made once and kept, since making it takes 6 s. It
// takes 700 MB.
type wine struct {
	prefix   string
	programs string // a folder with commands of the programs' names that run them under Wine, for the stage
	display  string // "" or where windows are to be shown
}

// newWine gives the tests their Windows, with no data of hexiao's in it and with its windows on a display, if there is one;
// with it end all programs in it.
func newWine(t *testing.T, display string) *wine {
	t.Helper()
	for _, name := range []string{"wine", "wineserver", "x86_64-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(name); err != nil {
			without(t, name+" is not installed; packaging/setup.sh wine installs it")
		}
	}
	root, err := filepath.Abs(built)
	check(t, err)
	for _, name := range []string{"windows/hexiao-agent.exe", "windows/hexiao-till.exe", "bin/hexiao-hub"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			without(t, "build/"+name+" is missing; `make wine` builds it")
		}
	}
	w := &wine{prefix: filepath.Join(root, "wine"), programs: t.TempDir(), display: display}
	check(t, w.prepare())
	check(t, os.RemoveAll(w.drive("ProgramData/hexiao")))
	check(t, os.Symlink(filepath.Join(root, "bin/hexiao-hub"), filepath.Join(w.programs, "hexiao-hub")))
	for _, name := range []string{"hexiao-agent", "hexiao-till"} {
		script := fmt.Sprintf("#!/bin/sh\n%s exec wine '%s' \"$@\"\n", strings.Join(w.environment(), " "), filepath.Join(root, "windows", name+".exe"))
		check(t, os.WriteFile(filepath.Join(w.programs, name), []byte(script), 0o755))
	}
	t.Cleanup(w.end)
	return w
}

// end ends all programs of this Windows, and waits until they are gone. None is an error to it, too.
func (w *wine) end() {
	_ = w.command("wineserver", "--kill").Run()
	_ = w.command("wineserver", "--wait").Run()
}

// without skips the test and says so, or fails where somebody relies on it.
func without(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip("NOT TESTED under Wine: " + why)
}

// environment is Wine's: its own Windows, no talk of what it lacks, and no question whether to load .NET and a browser.
func (w *wine) environment() []string {
	return []string{"WINEPREFIX=" + w.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY=" + w.display}
}

func (w *wine) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), w.environment()...)
	return cmd
}

// drive is a file of C:.
func (w *wine) drive(path string) string { return filepath.Join(w.prefix, "drive_c", path) }

// prepare makes the Windows when it is not there, and gives it the one DLL that Go needs and Wine 8 lacks.
func (w *wine) prepare() error {
	dll := w.drive("windows/system32/bcryptprimitives.dll")
	if _, err := os.Stat(dll); err == nil {
		return nil
	}
	for _, step := range []*exec.Cmd{
		w.command("wine", "wineboot", "--init"),
		w.command("wineserver", "--wait"),
		w.command("x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-o", dll, "bcryptprimitives.c", "-ladvapi32"),
	} {
		if out, err := step.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", step.Args, err, out)
		}
	}
	return nil
}

// logOn keeps a program of a user's open until the test ends: Wine ends its services with the last of them.
func (w *wine) logOn(t *testing.T) {
	t.Helper()
	cmd := w.command("wine", "cmd")
	in, err := cmd.StdinPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
}

// do runs a program of Windows' own and gives what it said.
func (w *wine) do(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.command("wine", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// scene is a hub on this machine and a till under Wine that is enrolled at it.
type scene struct {
	*wine
	stage *stage.Stage
	hub   *stage.Hub
	till  *stage.Till
}

func newScene(t *testing.T, display string) *scene {
	t.Helper()
	w := newWine(t, display)
	s := &scene{wine: w, stage: &stage.Stage{Programs: w.programs, Folder: t.TempDir()}}
	var err error
	s.hub, err = s.stage.StartHub()
	check(t, err)
	t.Cleanup(s.hub.Kill)
	check(t, s.hub.Begin(t.Context(), "../hexiao-hub/lushan.toml", "../hexiao-hub/merchants-sample.csv"))
	s.till, err = s.stage.EnrolAt(t.Context(), s.hub, s.hub.Address, "till", "M0001")
	check(t, err)
	return s
}

// run starts the agent and waits until it may sell.
func (s *scene) run(t *testing.T) {
	t.Helper()
	check(t, s.till.Run())
	s.online(t)
}

func (s *scene) online(t *testing.T) {
	t.Helper()
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	check(t, s.till.Watch(ctx).View(stage.Patience, "a line to the hub and a lease", func(v desk.View) bool { return v.Hub.Online && v.Lease.Count > 0 }))
}

// issue gives one voucher of 10 yuan off 50.
func (s *scene) issue(t *testing.T) stage.Voucher {
	t.Helper()
	vouchers, err := s.hub.Issue(t.Context(), "supermarket-10", 1, "")
	check(t, err)
	return vouchers[0]
}

// redeemed looks the voucher up in the ledger: it must be redeemed, by this redemption.
func (s *scene) redeemed(t *testing.T, v stage.Voucher, by string) {
	t.Helper()
	now, err := s.hub.Standing(t.Context(), v.ID)
	check(t, err)
	if now.State != "redeemed" || now.Redemption != by {
		t.Errorf("the ledger has the voucher as %+v, want redeemed by %s", now, by)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// damaged names files that the agent set aside as damaged.
func damaged(t *testing.T, folder string) []string {
	t.Helper()
	bad, err := filepath.Glob(filepath.Join(folder, "*.bad-*"))
	check(t, err)
	return bad
}

// read is a file, empty when it is not there.
func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))
}
