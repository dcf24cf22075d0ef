package windows

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// wineKeyboard is the one keyboard that Wine 8 knows, whatever the number of real ones.
const wineKeyboard = `\\?\HID#VID_845E&PID_0002#0&0000&0&0#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`

// TestRawInputHearsAScannerBehindAnotherProgram has a scanner type into Notepad, which has the focus; the agent hears it all the same.
func TestRawInputHearsAScannerBehindAnotherProgram(t *testing.T) {
	screen := openScreen(t)
	s := newScene(t, screen.Display)
	settings := "[[scanner]]\nkind = \"rawinput\"\npath = '" + wineKeyboard + "'\nname = \"gun\"\n"
	file := filepath.Join(s.till.Data(), "agent.toml")
	check(t, os.WriteFile(file, []byte(settings+"[pass_on]\nto = \"type\"\n"), 0o644))
	if said, code, err := s.stage.Try(t.Context(), "hexiao-agent", "run", "--data", s.till.Data()); err != nil || code != 2 || !strings.Contains(string(said), "twice") {
		t.Errorf("with a code that would come twice the agent begins: code %d, %v, %s", code, err, said)
	}
	check(t, os.WriteFile(file, []byte(settings), 0o644))
	s.run(t)
	v := s.issue(t)
	s.notepad(t, screen)

	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	watch := s.till.Watch(ctx)
	check(t, watch.View(stage.Patience, "the scanner", func(v desk.View) bool { return len(v.Scanners) == 1 && v.Scanners[0].Connected }))
	check(t, s.till.Desk.SetBill(ctx, desk.Bill{Fen: 5800, Source: "pos"}))
	xdotool(t, screen, "type", "--delay", "1", v.Code)
	xdotool(t, screen, "key", "Return")
	h, err := watch.Until(stage.Patience, "heard", func(e desk.Event) bool { return e.Heard != nil })
	check(t, err)
	t.Logf("%+v, the code has %d bytes", *h.Heard, len(v.Code))
	a, err := watch.Answer(stage.Patience)
	check(t, err)
	if a.Answer != voucher.Final || a.Pay != 4800 {
		t.Errorf("the answer is %s %s, to pay %d fen; want FINAL and 4800", a.Answer, a.Reason, a.Pay)
	}
	s.redeemed(t, v, a.Redemption)
}

// notepad opens Windows' editor, with files if any are named, and gives it the focus.
func (s *scene) notepad(t *testing.T, screen *stage.Screen, files ...string) {
	t.Helper()
	cmd := s.command("wine", append([]string{"notepad"}, files...)...)
	check(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	xdotool(t, screen, "search", "--sync", "--onlyvisible", "--name", "Notepad", "windowfocus", "--sync")
}

// openScreen opens a display for the test, and looks that somebody can type there.
func openScreen(t *testing.T) *stage.Screen {
	t.Helper()
	for _, name := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(name); err != nil {
			without(t, name+" is not installed; `make setup` installs it")
		}
	}
	screen, err := stage.OpenScreen(t.TempDir(), "1280x800", "-r") // no key repeats itself on a busy machine
	check(t, err)
	t.Cleanup(screen.Close)
	return screen
}

func xdotool(t *testing.T, screen *stage.Screen, args ...string) {
	t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+screen.Display)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool %q: %v %s", args, err, out)
	}
}
