package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"hexiao/hub/voucher"
)

// world is one play: everything that takes part, and what has been found.
type world struct {
	seed    uint64
	play    Play
	scene   *scene
	queue   queue
	net     network
	hub     *hub
	tills   []*machine                  // PCs, one for each seat, in order
	copies  []*machine                  // PCs that run on copies of disks
	copied  map[voucher.TerminalID]bool // a disk of theirs was copied, put back or wiped; looked up only
	crooked map[voucher.TerminalID]bool // whose keeper has turned crook; looked up only
	people  *people
	office  *office
	watcher *watcher
	lanes   chance // of technicians and their lane tests
	book    *cashbook
	audit   *audit
	faults  *faults
	calm    bool // the chaos is over
	lied    bool // the hub's disk lost what it had called written

	log     io.Writer // nil: nobody reads it
	found   *Violation
	seen    map[string]int // rare situations, by name
	cashout Found
	result  Result
}

// Violation is a promise that was not kept.
type Violation struct {
	Guarantee string        `json:"guarantee"`
	What      string        `json:"what"`
	At        time.Duration `json:"at_ns"` // since the play began
}

func (v *Violation) String() string { return fmt.Sprintf("%s at %s: %s", v.Guarantee, v.At, v.What) }

var background = context.Background()

// now is the true time, which only the play knows.
func (w *world) now() time.Time { return w.scene.start.Add(w.queue.now) }

// fail notes the first promise that was not kept, and ends the play.
func (w *world) fail(guarantee, format string, args ...any) {
	if w.found == nil {
		w.found = &Violation{guarantee, fmt.Sprintf(format, args...), w.queue.now}
		w.note("VIOLATION of %s: %s", guarantee, w.found.What)
	}
}

// met counts a rare situation.
func (w *world) met(situation string) {
	w.seen[situation]++
	if w.seen[situation] == 1 {
		w.note("met: %s", situation)
	}
}

// note writes a line of the log.
func (w *world) note(format string, args ...any) {
	if w.log == nil {
		return
	}
	fmt.Fprintf(w.log, "%s ", w.now().Format("01-02 15:04:05.000"))
	fmt.Fprintf(w.log, format, args...)
	io.WriteString(w.log, "\n")
}

// until lets things happen up to an instant, or until a promise is broken.
func (w *world) until(end time.Duration) {
	for w.found == nil && w.queue.step(end) {
	}
	if w.found == nil {
		w.queue.now = max(w.queue.now, end)
	}
}

// guarded runs the play, and makes a violation of a panic in what it drives.
func (w *world) guarded(play func()) {
	defer func() {
		if r := recover(); r != nil {
			w.fail("panic", "%v in %s", r, stackOf(debug.Stack()))
		}
	}()
	play()
}

// stackOf shortens a stack to the functions of this house, which are the same each time; addresses are not.
func stackOf(stack []byte) string {
	var names []string
	for _, l := range bytes.Split(stack, []byte("\n")) {
		name, _, isCall := strings.Cut(string(l), "(0x")
		if isCall && strings.HasPrefix(name, "hexiao/") {
			names = append(names, strings.TrimPrefix(name, "hexiao/"))
		} else if name, _, isCall := strings.Cut(string(l), "({0x"); isCall && strings.HasPrefix(name, "hexiao/") {
			names = append(names, strings.TrimPrefix(name, "hexiao/"))
		}
	}
	return strings.Join(names[:min(len(names), 6)], " < ")
}
