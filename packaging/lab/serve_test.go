package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"hexiao/packaging/lab/line"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

// emulator plays QEMU's end: it notes each command and answers it.
type emulator struct {
	conn net.Conn
	did  chan string
	says func(command string) string // JSON to say after a command
}

func newEmulator(t *testing.T, says func(command string) string) (*qmp, *emulator) {
	t.Helper()
	ours, theirs := net.Pipe()
	e := &emulator{theirs, make(chan string, 100), says}
	go e.run()
	q := newQMP(ours)
	t.Cleanup(func() { ours.Close(); theirs.Close(); <-q.closed })
	return q, e
}

func (e *emulator) run() {
	fmt.Fprint(e.conn, `{"QMP": {"version": {}}}`)
	d := json.NewDecoder(e.conn)
	for {
		var c struct {
			Execute   string
			Arguments json.RawMessage
		}
		if d.Decode(&c) != nil {
			return
		}
		e.did <- c.Execute + " " + string(c.Arguments)
		if _, err := io.WriteString(e.conn, e.says(c.Execute)); err != nil {
			return
		}
	}
}

func agrees(string) string { return `{"return": {}}` }

func TestUnpluggingWaitsUntilTheDeviceIsGone(t *testing.T) {
	const others = `{"return": {}}{"event": "DEVICE_DELETED", "data": {"device": "b"}}{"event": "DEVICE_DELETED", "data": {"path": "/x"}}`
	const gone = `{"event": "DEVICE_DELETED", "data": {"device": "a"}}`
	for name, c := range map[string]struct {
		says string
		wait time.Duration
		ends bool
	}{
		"it is gone after the answer":   {others + gone, soon, true},
		"it is gone before the answer":  {gone + others, soon, true},
		"it stays, another one is gone": {others, 50 * time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			q, _ := newEmulator(t, func(string) string { return c.says })
			ctx, cancel := context.WithTimeout(t.Context(), c.wait)
			defer cancel()
			if err := q.remove(ctx, "a"); (err == nil) != c.ends {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatQEMURefusesIsSaid(t *testing.T) {
	q, _ := newEmulator(t, func(string) string {
		return `{"error": {"class": "GenericError", "desc": "Property 'chardev' is in use"}}`
	})
	if err := q.do(t.Context(), "device_add", nil); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("got %v", err)
	}
}

func TestADeadMachineEndsEveryWait(t *testing.T) {
	q, e := newEmulator(t, agrees)
	e.conn.Close()
	if err := q.do(t.Context(), "device_add", nil); err == nil {
		t.Error("a command went to a machine that is gone")
	}
}

// theatre is a machine without QEMU: the test plays the guest at the other end of talk.
func theatre(t *testing.T) (m *machine, guest net.Conn, qemu *emulator, wire net.Conn) {
	t.Helper()
	talk, guest := net.Pipe()
	near, far := net.Pipe()
	q, qemu := newEmulator(t, agrees)
	t.Cleanup(func() { talk.Close(); guest.Close(); near.Close(); far.Close() })
	return &machine{qmp: q, talk: talk, lines: bufio.NewReader(talk), wires: map[string]net.Conn{"a": near}}, guest, qemu, far
}

func TestTheGuestLeadsAndItsRowsAreKept(t *testing.T) {
	m, guest, qemu, _ := theatre(t)
	answered := make(chan string, 1)
	go func() {
		row := line.Encode(line.Message{Row: &line.Row{Device: "d", Event: "e", Seen: "s"}})
		_, _ = guest.Write(append([]byte("\n"), row...))
		_, _ = guest.Write(line.Encode(line.Message{Ask: &line.Ask{Do: line.PlugSerial, ID: "a", Serial: "S", Port: "2"}}))
		b, _ := bufio.NewReader(guest).ReadString('\n')
		answered <- b
		_, _ = guest.Write(line.Encode(line.Message{Done: &line.Done{Scenarios: 2}}))
	}()
	var rows []line.Row
	if err := m.play(t.Context(), 2, func(r line.Row) { rows = append(rows, r) }); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || rows[0].Seen != "s" {
		t.Errorf("rows %v", rows)
	}
	if got := <-answered; strings.TrimSpace(got) != `{"answer":{}}` {
		t.Errorf("answered %s", got)
	}
	const plugged = `device_add {"bus":"xhci.0","chardev":"wire-a","driver":"usb-serial","id":"a","port":"2","serial":"S"}`
	if got := <-qemu.did; got != plugged {
		t.Errorf("QEMU was told %s, want %s", got, plugged)
	}
}

func TestAPlayThatDoesNotEndWellIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		guest func(net.Conn)
		want  string
	}{
		"the machine stops":       {func(g net.Conn) { g.Close() }, "stopped before it was done"},
		"something was left out":  {func(g net.Conn) { _, _ = g.Write(line.Encode(line.Message{Done: &line.Done{Scenarios: 1}})) }, "1 played"},
		"the line brings garbage": {func(g net.Conn) { _, _ = g.Write([]byte("Kernel panic\n")) }, "Kernel panic"},
	} {
		t.Run(name, func(t *testing.T) {
			m, guest, _, _ := theatre(t)
			go c.guest(guest)
			if err := m.play(t.Context(), 2, func(line.Row) {}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestASilentMachineEndsWithItsTime(t *testing.T) {
	m, _, _, _ := theatre(t)
	why := errors.New("not done in time")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.play(ctx, 1, func(line.Row) {}) }()
	cancel(why)
	if err := <-ended; !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestWiresCarryBytesBothWays(t *testing.T) {
	m, _, _, far := theatre(t)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	got := make([]byte, 3)
	sent := make(chan error, 1)
	go func() {
		_, err := m.serve(ctx, line.Ask{Do: line.Send, ID: "a", Data: []byte("28\r"), Pace: time.Microsecond})
		sent <- err
	}()
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "28\r" || <-sent != nil {
		t.Errorf("the far end got %q, %v", got, err)
	}
	go func() { _, _ = far.Write([]byte{27, '@'}) }()
	if back, err := m.serve(ctx, line.Ask{Do: line.Receive, ID: "a", Data: make([]byte, 2)}); err != nil || string(back) != "\x1b@" {
		t.Errorf("back came %q, %v", back, err)
	}
}

func TestTheHostSaysWhatItCannotDo(t *testing.T) {
	m, _, _, _ := theatre(t)
	for _, ask := range []line.Ask{{Do: "explode"}, {Do: line.Send, ID: "z"}, {Do: line.Receive, ID: "z"}} {
		if _, err := m.serve(t.Context(), ask); err == nil {
			t.Errorf("%+v was done", ask)
		}
	}
}

func TestKeysArePressedAndReleasedInTurn(t *testing.T) {
	m, _, qemu, _ := theatre(t)
	if err := m.keys(t.Context(), []string{"2", "ret"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`true,"key":{"data":"2"`, `false,"key":{"data":"2"`, `true,"key":{"data":"ret"`, `false,"key":{"data":"ret"`} {
		if got := <-qemu.did; !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
