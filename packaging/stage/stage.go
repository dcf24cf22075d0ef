// Package stage puts real programs on a stage: a hub, agents and scanners on pseudo-terminals, all on this machine's
// loopback and in one folder. The played day of `make run`, its benchmark and the tests that need several programs use it.
// It starts processes and ends them by their own process id; it knows no more of hexiao than its commands, the desk and the
// hub's socket.
package stage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Patience is how long a program may take to say that it is ready, and to end when it is asked to.
const Patience = 30 * time.Second

// Stage is where the programs lie and where they keep what they write.
type Stage struct {
	Programs string // the folder of hexiao-hub and hexiao-agent
	Folder   string // made when missing; each program gets a folder and a log inside
}

// Program is one program that runs until it is ended.
type Program struct {
	Ready map[string]string // the one line it printed when it was ready
	cmd   *exec.Cmd
	first chan []byte // that line, once
	ended chan struct{}
	state error
	log   *os.File
}

// Do runs one command to its end and gives what it printed. A failure carries what it said.
func (s *Stage) Do(ctx context.Context, program string, args ...string) ([]byte, error) {
	out, code, err := s.Try(ctx, program, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s %s: exit code %d: %s", program, args[0], code, strings.TrimSpace(string(out)))
	}
	return out, err
}

// Try is Do for a command whose exit code means something: it gives what was printed on both outputs and the code.
func (s *Stage) Try(ctx context.Context, program string, args ...string) (printed []byte, code int, err error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.Programs, program), args...)
	cmd.Env = append(os.Environ(), "LANG=C")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.WaitDelay = 2 * time.Second // a command may leave something behind that has inherited its outputs
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return append(out.Bytes(), said.Bytes()...), exit.ExitCode(), nil
	}
	return out.Bytes(), 0, err
}

// Launch starts a program; Await waits until it is ready. Its log goes to NAME.log in the folder.
func (s *Stage) Launch(name, program string, args ...string) (*Program, error) {
	if err := os.MkdirAll(s.Folder, 0o755); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(s.Folder, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	p := &Program{cmd: exec.Command(filepath.Join(s.Programs, program), args...), first: make(chan []byte, 1), ended: make(chan struct{}), log: log}
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		log.Close()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go p.follow(out)
	return p, nil
}

// follow reads what the program prints until it ends, and reaps it.
func (p *Program) follow(out io.Reader) {
	lines := bufio.NewReader(out)
	line, _ := lines.ReadBytes('\n')
	p.first <- line
	io.Copy(p.log, lines)
	p.state = p.cmd.Wait()
	p.log.Close()
	close(p.ended)
}

// Await waits for the one JSON line that says that the program is ready; to be called once. A program that is not ready in
// time is ended.
func (p *Program) Await() error {
	late := time.NewTimer(Patience)
	defer late.Stop()
	err := errors.New("it printed nothing in time")
	select {
	case line := <-p.first:
		err = json.Unmarshal(line, &p.Ready)
	case <-late.C:
	}
	if err != nil {
		p.Kill()
		return fmt.Errorf("%s is not ready: %w; it said:\n%s", filepath.Base(p.cmd.Path), err, tail(p.log.Name()))
	}
	return nil
}

// PID is the process.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Kill ends the program as a power cut would end it, and waits until it is gone.
func (p *Program) Kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// Stop asks the program to end and waits; one that does not is killed, and that is an error.
func (p *Program) Stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return p.state
	case <-time.After(Patience):
		p.Kill()
		return errors.New("it did not end when asked to")
	}
}

// Ended is closed when the program is gone.
func (p *Program) Ended() <-chan struct{} { return p.ended }

// tail gives the end of a log.
func tail(name string) string {
	all, _ := os.ReadFile(name)
	return string(all[max(0, len(all)-2000):])
}
