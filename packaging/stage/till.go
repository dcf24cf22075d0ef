package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/creack/pty"

	"hexiao/agent/desk"
)

// Till is an enrolled agent, with one scanner on a pseudo-terminal or without any.
type Till struct {
	s       *Stage
	Name    string
	Scanner *Scanner // nil: codes come through the desk only
	Desk    *desk.Client
	*Program
}

// Data is the agent's folder.
func (t *Till) Data() string { return filepath.Join(t.s.Folder, t.Name) }

// Enrol makes a token for a merchant, enrols an agent of that name with it, and plugs a scanner in. It starts nothing.
func (s *Stage) Enrol(ctx context.Context, h *Hub, name, merchant string) (*Till, error) {
	t, err := s.EnrolAt(ctx, h, h.Address, name, merchant)
	if err != nil {
		return nil, err
	}
	t.Scanner, err = PlugIn(filepath.Join(s.Folder, name+".scanner"))
	return t, err
}

// EnrolAt enrols an agent that has no scanner, and that reaches the hub at an address of its own, such as a Line's.
func (s *Stage) EnrolAt(ctx context.Context, h *Hub, address, name, merchant string) (*Till, error) {
	t := &Till{s: s, Name: name}
	out, err := h.Do(ctx, "terminal", "token", "--merchant", merchant, "--json")
	if err != nil {
		return nil, err
	}
	var token struct{ Token string }
	if err := json.Unmarshal(out, &token); err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	_, err = s.Do(ctx, "hexiao-agent", "enrol", "--hub", "https://"+address, "--token", token.Token, "--data", t.Data())
	return t, err
}

// Enrolled is an agent whose folder, NAME in the stage's, is enrolled already.
func (s *Stage) Enrolled(name string) *Till { return &Till{s: s, Name: name} }

// Run starts the agent, also after it was ended.
func (t *Till) Run() error {
	if err := t.Launch(); err != nil {
		return err
	}
	return t.Await()
}

// Launch is Run for who does not wait until the agent is ready; Await does.
func (t *Till) Launch() (err error) {
	args := []string{"run", "--data", t.Data(), "--desk", "127.0.0.1:0"}
	if t.Scanner != nil {
		args = append(args, "--scanner", t.Scanner.Path)
	}
	t.Program, err = t.s.Launch(t.Name, "hexiao-agent", args...)
	return err
}

// Await waits until the agent that was launched is ready, and finds its desk.
func (t *Till) Await() (err error) {
	if err := t.Program.Await(); err != nil {
		return err
	}
	t.Desk, err = desk.Find(t.Data())
	return err
}

// Scanner is a serial scanner made of a pseudo-terminal, under a name that stays when it is unplugged and plugged in.
type Scanner struct {
	Path   string
	master *os.File
}

// PlugIn makes a scanner appear at a path.
func PlugIn(path string) (*Scanner, error) {
	s := &Scanner{Path: path}
	return s, s.plug()
}

func (s *Scanner) plug() error {
	master, own, err := pty.Open()
	if err != nil {
		return fmt.Errorf("make a pseudo-terminal: %w", err)
	}
	s.master = master
	os.Remove(s.Path)
	err = os.Symlink(own.Name(), s.Path)
	if own.Close(); err != nil { // the agent's end: whoever holds it too is another program that has the scanner, as the doctor says
		return fmt.Errorf("name the scanner: %w", err)
	}
	return nil
}

// Scan sends a text as a scanner does, with a carriage return behind it.
func (s *Scanner) Scan(text string) error {
	_, err := s.master.WriteString(text + "\r")
	return err
}

// Unplug takes the scanner away.
func (s *Scanner) Unplug() {
	os.Remove(s.Path)
	s.master.Close()
}

// Replug plugs it in again, at another device under the same name.
func (s *Scanner) Replug() error { return s.plug() }
