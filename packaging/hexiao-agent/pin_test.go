package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"hexiao/agent/desk"
)

// pinBy runs the command with something on its standard input.
func pinBy(t *testing.T, dir, typed string) done {
	t.Helper()
	var out, said bytes.Buffer
	code := execute(t.Context(), []string{"pin", "--data", dir}, streams{getenv: func(string) string { return "" }, in: strings.NewReader(typed), out: &out, err: &said})
	return done{code, out.String(), said.String()}
}

func TestThePIN(t *testing.T) {
	dir, h := enrolled(t)
	h.Close()
	pinBy(t, t.TempDir(), "271828\n").want(t, 1, "not enrolled")
	pinBy(t, dir, "").want(t, 1, "no PIN on standard input")
	pinBy(t, dir, "12345\n").want(t, 1, "6 to 12 digits")
	pinBy(t, dir, "123456\n").want(t, 1, "easily guessed")
	if desk.ReadSettings(dir).PINSet {
		t.Fatal("one of these was taken")
	}
	pinBy(t, dir, "271828\n").want(t, 0, "The PIN is set.") // while no agent runs
	a := start(t, dir)
	if v, err := a.Status(t.Context()); err != nil || !v.Settings.PINSet {
		t.Errorf("%+v, %v", v.Settings, err)
	}
	if err := a.CheckPIN(t.Context(), "271828"); err != nil {
		t.Error(err)
	}
	pinBy(t, dir, "314159").want(t, 0, "The PIN is set.") // while one does
	if _, err := os.Stat(filepath.Join(dir, "pin.new")); !os.IsNotExist(err) {
		t.Errorf("the agent has not taken it in: %v", err)
	}
	if err := a.CheckPIN(t.Context(), "314159"); err != nil {
		t.Error(err)
	}
	if _, err := a.SetSettings(t.Context(), "271828", desk.DefaultSettings()); err == nil {
		t.Error("the forgotten one still opens the settings")
	}
	a.stop()
	for _, secret := range []string{"271828", "314159", "12345"} {
		if strings.Contains(a.log.String(), secret) {
			t.Errorf("%s stands in the log:\n%s", secret, a.log)
		}
	}
}

// A person at a terminal is asked twice, and nothing of what is typed is shown.
func TestThePINAtATerminal(t *testing.T) {
	dir, _ := enrolled(t)
	for _, c := range []struct {
		name, first, second string
		code                int
		says                string
	}{
		{"twice the same", "271828", "271828", 0, "The PIN is set."},
		{"two that differ", "271828", "271829", 1, "the two are not the same"},
		{"one that will not do", "111111", "", 1, "easily guessed"},
		{"Ctrl-C", "2718\x03", "", 1, "no PIN was given"},
		{"Ctrl-C at the second question", "271828", "\x03", 1, "no PIN was given"},
	} {
		t.Run(c.name, func(t *testing.T) {
			master, own, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer master.Close()
			defer own.Close()
			ended := make(chan done, 1)
			go func() {
				var out bytes.Buffer
				code := execute(t.Context(), []string{"pin", "--data", dir}, streams{getenv: func(string) string { return "" }, in: own, out: &out, err: own})
				fmt.Fprintln(own, "the end")
				ended <- done{code, out.String(), ""}
			}()
			shown := bufio.NewReader(master)
			for _, typed := range []string{c.first, c.second} {
				if typed == "" {
					continue
				}
				if q, err := shown.ReadString(':'); err != nil || strings.Contains(q, c.first) {
					t.Fatalf("asked %q, %v", q, err)
				}
				fmt.Fprint(master, typed+"\r")
			}
			rest := ""
			for !strings.Contains(rest, "the end") {
				line, err := shown.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				rest += line
			}
			d := <-ended
			d.err = rest
			d.want(t, c.code, c.says)
			if strings.Contains(rest, c.first) {
				t.Errorf("it was shown: %q", rest)
			}
		})
	}
}
