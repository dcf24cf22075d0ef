//go:build !windows

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A display without OpenGL is no error to Fyne 2.7: it says so in the log, and waits for ever with no window.
func TestWithoutOpenGLThePageOpens(t *testing.T) {
	x := openDisplay(t, "-extension", "GLX")
	browser, file := browser(t)
	p := program(t.Context(), []string{"DISPLAY=" + x.display, browser, asProgram + "=real"}, "--token-file", tokenFile(t, "sec&ret"))
	began := time.Now()
	code := p.code()
	t.Logf("page opened %s after the start", time.Since(began).Round(time.Millisecond))
	if took := time.Since(began); code != pageInstead || took > 10*time.Second {
		t.Errorf("exit code %d after %s, want %d within 10 s", code, took, pageInstead)
	}
	opened(t, file, "http://127.0.0.1:7373/#token=sec%26ret&why=nogl")
	p.tells(t, "OpenGL", "画不出", "网页 http://127.0.0.1:7373/")
}

// A display that takes no more and says nothing.
func TestAScreenThatHangsOpensThePage(t *testing.T) {
	x := openDisplay(t)
	check(t, x.Server.Signal(syscall.SIGSTOP))
	defer x.Server.Signal(syscall.SIGCONT)
	browser, file := browser(t)
	p := program(t.Context(), []string{"DISPLAY=" + x.display, browser, asProgram + "=2s"}, "--token-file", tokenFile(t, "secret"))
	if code := p.code(); code != pageInstead {
		t.Errorf("exit code %d, want %d:\n%s", code, pageInstead, p.says.String())
	}
	opened(t, file, "http://127.0.0.1:7373/#token=secret&why=nogl")
	p.tells(t, "2s 内没有画出窗口", "within 2s")
}

func TestThePatienceLeavesABrowserItsTime(t *testing.T) {
	if patience > 8*time.Second || patience < 4*time.Second {
		t.Errorf("the first picture may take %s: it takes 1.7 s on slow PCs, and after ten the page must be there", patience)
	}
}

func TestAScreenThatPanicsOpensThePage(t *testing.T) {
	browser, file := browser(t)
	p := program(t.Context(), []string{"DISPLAY=:65000", browser}, "--token-file", tokenFile(t, "secret"))
	if code := p.code(); code != pageInstead {
		t.Errorf("exit code %d, want %d", code, pageInstead)
	}
	opened(t, file, "http://127.0.0.1:7373/#token=secret&why=nogl")
	p.tells(t, "窗口打不开", "The window cannot be opened")
}

func TestAWaylandDesktopGetsThePage(t *testing.T) {
	browser, file := browser(t)
	p := program(t.Context(), []string{"WAYLAND_DISPLAY=wayland-0", browser}, "--token-file", tokenFile(t, "secret"))
	if code := p.code(); code != pageInstead {
		t.Errorf("exit code %d, want %d", code, pageInstead)
	}
	opened(t, file, "http://127.0.0.1:7373/#token=secret&why=nogl")
	p.tells(t, "XWayland")
}

func TestThePageOnDemand(t *testing.T) {
	browser, file := browser(t)
	p := program(t.Context(), []string{browser}, "--page", "--desk", "http://127.0.0.1:9999/", "--token-file", tokenFile(t, "secret"))
	if code := p.code(); code != done {
		t.Errorf("exit code %d, want %d", code, done)
	}
	opened(t, file, "http://127.0.0.1:9999/#token=secret")
}

func TestABrowserThatFailsIsPassedOver(t *testing.T) {
	_, file := browser(t)
	self, err := os.Executable()
	check(t, err)
	bin := t.TempDir()
	check(t, os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\nexit 3\n"), 0o700))
	check(t, os.WriteFile(filepath.Join(bin, "chromium"), []byte("#!/bin/sh\nexec "+self+" "+asBrowser+" "+file+" \"$1\"\n"), 0o700))
	p := program(t.Context(), []string{"BROWSER=/nowhere/browser:/bin/false %s", "PATH=" + bin}, "--page", "--token-file", tokenFile(t, "secret"))
	if code := p.code(); code != done {
		t.Errorf("exit code %d, want %d:\n%s", code, done, p.says.String())
	}
	opened(t, file, "--app=http://127.0.0.1:7373/#token=secret")
}

// opened checks what the browser was given.
func opened(t *testing.T, file, want string) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("the browser was given %q, %v; want %q", got, err, want)
	}
}

// tells checks what the program says, and that its token is not among it.
func (p *till) tells(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(p.says.String(), w) {
			t.Errorf("does not say %q, but\n%s", w, p.says.String())
		}
	}
	if strings.Contains(p.says.String(), "secret") || strings.Contains(p.says.String(), "token=") {
		t.Errorf("it tells its token:\n%s", p.says.String())
	}
}

func TestWhereTheAddressGoes(t *testing.T) {
	env := func(name string) string { return map[string]string{"BROWSER": "w3m:firefox --url=%s -n"}[name] }
	var lines []string
	for _, line := range browsers(env)[:3] {
		lines = append(lines, line[0]+" "+strings.Join(with(line[1:], "A"), " "))
	}
	if want := []string{"w3m A", "firefox --url=A -n", "xdg-open A"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}
