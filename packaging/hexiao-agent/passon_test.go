package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/hub/voucher"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

// lane is a till with a scanner, and with lines to the POS and to the customer's display.
type lane struct {
	*started
	t                         *testing.T
	dir                       string
	scanner, pos, from, shown *os.File // the test's ends
	events                    <-chan desk.Event
}

// newLane starts an agent with these sections of settings, in which PASS, FROM and TO stand for the ports.
func newLane(t *testing.T, sections string) *lane {
	dir, h := enrolled(t)
	lent(t, dir, 5)
	h.Close()
	ports, l := t.TempDir(), &lane{t: t, dir: dir}
	at := func(name string) string { return filepath.Join(ports, name) }
	l.scanner, l.pos, l.from, l.shown = newScanner(t, at("scanner")), newScanner(t, at("PASS")), newScanner(t, at("FROM")), newScanner(t, at("TO"))
	for _, name := range []string{"PASS", "FROM", "TO"} {
		sections = strings.ReplaceAll(sections, `"`+name+`"`, fmt.Sprintf("%q", at(name)))
	}
	file := filepath.Join(dir, "agent.toml")
	if err := os.WriteFile(file, []byte(fmt.Sprintf("[[scanner]]\npath = %q\nname = \"counter\"\n%s", at("scanner"), sections)), 0o600); err != nil {
		t.Fatal(err)
	}
	l.started = start(t, dir, "--config", file, "--verbose")
	l.events = l.Events(t.Context())
	devices := strings.Count(sections, "to = ") + strings.Count(sections, "from = ")
	l.wait("the devices", func(e desk.Event) bool {
		if e.View == nil || len(e.View.Devices) != devices || !e.View.Scanners[0].Connected {
			return false
		}
		for _, d := range e.View.Devices {
			if !d.Connected {
				return false
			}
		}
		return true
	})
	return l
}

func (l *lane) wait(what string, so func(desk.Event) bool) {
	l.t.Helper()
	for late := time.After(soon); ; {
		select {
		case e := <-l.events:
			if so(e) {
				return
			}
		case <-late:
			l.t.Fatalf("%s did not come\n%s", what, l.log)
		}
	}
}

// answer is the next that a cashier is told.
func (l *lane) answer() (a desk.Answer) {
	l.t.Helper()
	l.wait("an answer", func(e desk.Event) bool {
		if e.Answer != nil {
			a = *e.Answer
		}
		return e.Answer != nil
	})
	return a
}

func (l *lane) says(f *os.File, text string) {
	l.t.Helper()
	if _, err := f.WriteString(text); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lane) gets(f *os.File, want string) {
	l.t.Helper()
	got, done := make([]byte, len(want)), make(chan error, 1)
	go func() { _, err := io.ReadFull(f, got); done <- err }()
	select {
	case err := <-done:
		if err != nil || string(got) != want {
			l.t.Fatalf("got %q (%v), want %q", got, err, want)
		}
	case <-time.After(soon):
		l.t.Fatalf("%q never came\n%s", want, l.log)
	}
}

// One scanner for two programs: what is no voucher reaches the POS byte for byte, in its order, and the cashier hears
// nothing of it; a voucher reaches us alone.
func TestCodesGoOnByteForByte(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("会员卡")
	if err != nil {
		t.Fatal(err)
	}
	l := newLane(t, "[pass_on]\nto = \"PASS\"\n")
	payment := "281234567890123456"
	l.says(l.scanner, payment+"\r")
	l.gets(l.pos, payment+"\r")
	for _, c := range []string{"6901234567892", "]E06901234567892", "aBc-dEf]", gbk, "会员卡", `]Q2\000026x`, "01\x1d21a"} {
		l.says(l.scanner, "\x02"+c+"\r\n")
		l.gets(l.pos, c+"\r")
	}
	var want strings.Builder
	for i := range 50 { // two of the same bottle are two
		code := fmt.Sprintf("690123456%04d\r", i/2)
		want.WriteString(code)
		l.says(l.scanner, code)
	}
	l.gets(l.pos, want.String())
	if err := l.SetBill(t.Context(), desk.Bill{Fen: 58_00, Source: "pos"}); err != nil {
		t.Fatal(err)
	}
	l.says(l.scanner, code(1)[:70]+"\r6901234567892\r")
	if a := l.answer(); a.Reason != voucher.DamagedScan {
		t.Errorf("the first answer is %s", a.Reason)
	}
	l.says(l.scanner, code(1)+"\r")
	if a := l.answer(); a.Answer != voucher.Provisional || a.BillSource != "pos" {
		t.Errorf("then %s %s, bill from %q", a.Answer, a.Reason, a.BillSource)
	}
	l.gets(l.pos, "6901234567892\r")
	if err := l.SetBill(t.Context(), desk.Bill{Fen: 60_00, Source: "pos"}); err != nil { // the next customer's, while the phone still lies there
		t.Fatal(err)
	}
	l.says(l.scanner, code(1)+"\r6901234567892\r")
	l.gets(l.pos, "6901234567892\r")
	if err := l.started.Scan(t.Context(), payment); err != nil { // as our own window hears what was typed into it
		t.Fatal(err)
	}
	if a := l.answer(); a.Answer != voucher.ScanAgain || a.Reason != voucher.PaymentCode {
		t.Errorf("through the desk: %s %s", a.Answer, a.Reason)
	}
	l.says(l.scanner, "end\r")
	l.gets(l.pos, "end\r")
	for _, secret := range []string{payment, code(1), "6901234567892"} {
		if strings.Contains(l.log.String(), secret) {
			t.Errorf("%s stands in the log", secret[:6])
		}
	}
}

// A POS that went away: the cashier is asked for the code again, by name, and is warned.
func TestACodeThatCannotGoOnIsAskedForAgain(t *testing.T) {
	l := newLane(t, "[pass_on]\nto = \"PASS\"\nend = \"none\"\n")
	l.says(l.scanner, "6901234567892\r")
	l.gets(l.pos, "6901234567892")
	l.pos.Close()
	l.wait("a warning", func(e desk.Event) bool {
		if e.View == nil || e.View.Devices[0].Connected {
			return false
		}
		d := e.View.Devices[0]
		return d.Kind == desk.PassOnDevice && d.Problem.Zh != "" && strings.Contains(e.View.Warnings[len(e.View.Warnings)-1].Code, "device_unplugged")
	})
	l.says(l.scanner, "281234567890123456\r")
	if a := l.answer(); a.Answer != voucher.ScanAgain || a.Reason != voucher.PaymentCode || !strings.Contains(a.Message.En, "28****3456") {
		t.Errorf("%+v", a)
	}
}

// The bill comes off the customer's display, is kept with the sale, and what is left to pay is shown.
func TestTheBillComesOffTheDisplay(t *testing.T) {
	l := newLane(t, "[display]\nfrom = \"FROM\"\nto = \"TO\"\nmode = \"115200 8N1\"\nshow = true\n")
	total := "\x0c\x1bQATOTAL          58.00\r"
	l.says(l.from, total)
	l.gets(l.shown, total)
	bill := func(f voucher.Fen, source string) {
		t.Helper()
		l.wait("the bill", func(e desk.Event) bool {
			return e.View != nil && e.View.Bill.Fen == f && (f == 0 || e.View.Bill.Source == source)
		})
	}
	bill(58_00, "display")
	l.says(l.scanner, code(1)+"\r")
	a := l.answer()
	if a.Answer != voucher.Provisional || a.Pay != 48_00 || a.BillSource != "display" {
		t.Errorf("%+v", a)
	}
	l.gets(l.shown, "\x0c\x1bQAVOUCHER        10.00\r\x1bQBTO PAY         48.00\r")
	l.says(l.from, "\x0c\x1bQACHANGE          2.00\r")
	l.gets(l.shown, "\x0c\x1bQACHANGE          2.00\r")
	l.says(l.from, "\x0c\x1bQATOTAL          61.50\r")
	bill(61_50, "display")
	if err := l.SetBill(t.Context(), desk.Bill{Fen: 77_00, Source: "typed"}); err != nil {
		t.Fatal(err)
	}
	bill(77_00, "typed")
	l.says(l.from, "\x0c")
	l.says(l.from, "\x0c\x1bQATOTAL 1,000,000.01\r") // more than a till takes
	l.says(l.scanner, code(2)+"\r")
	if a := l.answer(); a.Answer != voucher.Provisional || a.BillSource != "typed" {
		t.Errorf("%+v", a)
	}
	lines, err := l.Day(t.Context(), "")
	if err != nil || len(lines) != 2 || lines[0].BillSource != "display" || lines[1].BillSource != "typed" {
		t.Errorf("%+v, %v", lines, err)
	}
	do(t, "journal", "list", "--data", l.dir).want(t, 0, "from the display")
	do(t, "journal", "export", "--data", l.dir).want(t, 0, `"bill_source":"display"`)
}

// A scanner that the POS hears itself: its codes count as gone on, and are not sent again.
func TestACodeThatIsThereAlreadyIsNotSentAgain(t *testing.T) {
	sent := 0
	p := &passer{log: slog.New(slog.DiscardHandler), held: map[string]drivers.Scan{}, shared: map[string]bool{},
		send: func(string, func(error)) bool { sent++; return true }}
	p.share("keys", true)
	for _, c := range []struct {
		source string
		hold   bool
		gone   bool
		sent   int
	}{{"keys", true, true, 0}, {"line", true, true, 1}, {"window", false, false, 1}, {"keys", false, false, 1}} {
		release := func() {}
		if c.hold {
			release = p.hold(drivers.Scan{Device: c.source, Text: "6901234567892"})
		}
		if gone := p.pass(c.source, "6901234567892"); gone != c.gone || sent != c.sent {
			t.Errorf("%s, held %v: gone on %v, sent %d", c.source, c.hold, gone, sent)
		}
		release()
	}
	other := p.hold(drivers.Scan{Device: "line", Text: "281234567890123456"})
	if p.pass("line", "6901234567892") || sent != 1 {
		t.Errorf("a code that the scanner has not just read went on: sent %d", sent)
	}
	other()
	p.share("keys", false) // it was set to serial mode meanwhile
	release := p.hold(drivers.Scan{Device: "keys", Text: "6901234567892"})
	if !p.pass("keys", "6901234567892") || sent != 2 {
		t.Errorf("alone with it: sent %d", sent)
	}
	release()
	var none *passer
	none.share("keys", true)
	none.hold(drivers.Scan{Device: "keys"})()
	if none.take() != nil {
		t.Error("codes go on to nowhere")
	}
}
