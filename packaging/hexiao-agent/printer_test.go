package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/drivers/printer"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

var update = flag.Bool("update", false, "write the golden slips anew")

func receipt() ui.Receipt {
	return ui.Receipt{Shop: "芦山惠民超市（一店）", Campaign: voucher.Text{Zh: "芦山县“冬日送暖”消费券", En: "Lushan County winter vouchers"}, Terminal: "T000001",
		Answer: voucher.Final, Redemption: "T000001-1-42", Tier: "商超 满 ¥50.00 减 ¥10.00", Voucher: "3f0c9e5b7a214d68", Order: "A-1001", Source: "pos",
		Bill: 58_00, Face: 10_00, Pay: 48_00, Chain: "3f2a91bc04d7", At: time.Date(2023, 12, 11, 14, 2, 3, 0, time.FixedZone("", 8*60*60))}
}

// TestSlipsArePrintedAsTheyWere compares what goes to the printer, byte for byte.
func TestSlipsArePrintedAsTheyWere(t *testing.T) {
	for name, change := range map[string]func(*ui.Receipt){
		"final":       func(*ui.Receipt) {},
		"copy":        func(r *ui.Receipt) { r.Copy = true },
		"provisional": func(r *ui.Receipt) { r.Answer, r.Risk = voucher.Provisional, voucher.MerchantBears },
		"refused-later": func(r *ui.Receipt) {
			r.Answer, r.Pay, r.Notice = voucher.Refused, r.Bill, voucher.Text{Zh: "先前离线受理的一笔没有通过，减免 ¥10.00 由本店承担。", En: "An earlier offline redemption did not stand; the shop bears ¥10.00."}
		},
		"voided": func(r *ui.Receipt) { r.Voided, r.Pay = true, r.Bill },
	} {
		for _, lang := range []string{"zh", "en"} {
			for _, width := range []int{32, 42, 48} {
				r := receipt()
				change(&r)
				got := printer.Page(linesOf(ui.SlipRows(r, lang, width)))
				file := filepath.Join("testdata", "slips", fmt.Sprintf("%s.%s.%d.escpos", name, lang, width))
				if *update {
					if err := os.WriteFile(file, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if bytes.Contains(got, []byte("??")) {
					t.Errorf("%s has characters that no printer has", file)
				}
				if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, got) {
					t.Errorf("%s differs (%v): %q", file, err, got)
				}
			}
		}
	}
}

// controls are the bytes of a page below a space, with their arguments' letters: all that a printer may take for a command.
func controls(page []byte) (n map[byte]int) {
	n = map[byte]int{}
	for i := 0; i < len(page); i++ {
		switch c := page[i]; {
		case c >= 0x81: // the pair's other half is no command whatever it is
			i++
		case c < ' ' || c == 0x7f:
			n[c]++
		}
	}
	return n
}

// TestAHostileNameIsPrintedAsText puts commands of printers, halves of hanzi and tricks of Unicode into every text of a slip.
func TestAHostileNameIsPrintedAsText(t *testing.T) {
	clean := receipt()
	clean.Shop, clean.Order = "店名", "o"
	for _, bad := range []string{"\x1b@", "\x1bp\x00\x19\xfa", "\x1dV\x00", "\x10\x04\x01", "\x1c.", "\x81", "\xff\xfe", "\u009b2J", "\u202e", "\u200f", "𠀀😀", "俓亅", "a\u0301"} {
		r := clean
		r.Shop, r.Terminal, r.Order, r.Chain, r.Voucher = "店"+bad+"名", "T"+bad, "o"+bad, "3f"+bad, "0123"+bad+"4567"
		r.Campaign, r.Tier, r.Redemption = voucher.Text{Zh: "活" + bad + "动"}, "t"+bad, "R"+bad
		for _, width := range []int{32, 42, 48} {
			page := func(r ui.Receipt) map[byte]int { return controls(printer.Page(linesOf(ui.SlipRows(r, "zh", width)))) }
			if got, want := page(r), page(clean); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%q at %d: %v, want %v", bad, width, got, want)
			}
		}
	}
}

var codeInQuotes = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// TestAHostileNameForgesNoLineInTheLog: names go to the log as values, never as lines.
func TestAHostileNameForgesNoLineInTheLog(t *testing.T) {
	for _, bad := range []string{"店\n2026-12-01 level=INFO msg=\"agent runs\"", "\r\n", "\x1b[2J\x1b]0;x\a", "\u009b31m", "\u202e", "\u2028x", "\xff\xfe", `a" b=c`} {
		var out bytes.Buffer
		log := newLog(&out, slog.LevelInfo)
		log.Info("merchant", "name", bad, "campaign", voucher.Text{Zh: bad, En: bad}, "tier", voucher.TierID(bad), "error", fmt.Errorf("read %s: %w", bad, io.EOF))
		log.With("shop", bad).Warn("slip not printed", "redemption", bad)
		text := out.String()
		if lines := strings.Count(text, "\n"); lines != 2 || !strings.HasSuffix(text, "\n") {
			t.Errorf("%q makes %d lines: %q", bad, lines, text)
		}
		for _, r := range strings.TrimSuffix(strings.Replace(text, "\n", "", 1), "\n") {
			if r < ' ' || r >= 0x7f && r <= 0x9f || r == 0x202e || r == 0x2028 || r == 0xfffd {
				t.Errorf("%q brings %U into the log: %q", bad, r, text)
			}
		}
		if n := strings.Count(codeInQuotes.ReplaceAllString(text, ""), "="); n != 12 { // time, level, msg and so on
			t.Errorf("%q makes %d fields of 12: %s", bad, n, text)
		}
	}
}

// tcpPrinter is a receipt printer on the network that answers nothing and keeps what comes.
func tcpPrinter(t *testing.T) (to string, pages <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	out := make(chan string, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(c)
			c.Close()
			if page := string(b); strings.Contains(page, "\x1b@") {
				out <- page
			}
		}
	}()
	return "tcp:" + l.Addr().String(), out
}

func page(t *testing.T, pages <-chan string) string {
	t.Helper()
	select {
	case p := <-pages:
		return p
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was printed")
		return ""
	}
}

func withPrinter(t *testing.T, dir, to, more string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "agent.toml"), []byte("[printer]\nto = \""+to+"\"\nlang = \"en\"\n"+more), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASlipIsPrinted(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 3)
	h.Close()
	to, pages := tcpPrinter(t)
	withPrinter(t, dir, to, "width = 48\n")
	a := start(t, dir)
	do(t, "redeem", "--data", dir, "--bill", "58.00", "--order", "A-1", code(1)).want(t, 3, "")
	do(t, "print", "--data", dir, "T000001-1-1").want(t, 0, "printed\n")
	first := page(t, pages)
	if !strings.Contains(first, "# ACCEPTED OFFLINE #\n") || !strings.Contains(first, "\x1dV\x42\x00") || strings.Contains(first, "COPY") {
		t.Errorf("%q", first)
	}
	list := do(t, "journal", "export", "--data", dir).want(t, 0, "")
	_, hash, _ := strings.Cut(list.out, `"hash":"`)
	if chain := hash[:4] + " " + hash[4:8] + " " + hash[8:12] + "\n"; !strings.Contains(first, chain) {
		t.Errorf("the slip does not bear %q: %q", chain, first)
	}
	do(t, "print", "--data", dir, "--json", "T000001-1-1").want(t, 0, `{"printed":true,"copy":true}`)
	if again := page(t, pages); strings.Count(again, "COPY") != 2 {
		t.Errorf("%q", again)
	}
	do(t, "print", "--data", dir, "T000001-1-9").want(t, 1, "no such redemption")
	for e := range a.Events(t.Context()) { // until the device is known to be there
		if v := e.View; v != nil && len(v.Devices) == 1 && v.Devices[0] == (desk.Device{Kind: desk.PrinterDevice, Name: to, Connected: true}) {
			break
		}
	}
	do(t, "print", "--data", dir, "--test").want(t, 0, "48 columns")
	if p := page(t, pages); !strings.Contains(p, printer.Ruler(48)) {
		t.Errorf("%q", p)
	}
}

// TestASaleAskedForAgainAfterARestartHasNoSecondOriginal: POS software asks again for a sale whose slip came out before the PC was started anew.
func TestASaleAskedForAgainAfterARestartHasNoSecondOriginal(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 3)
	h.Close()
	to, pages := tcpPrinter(t)
	withPrinter(t, dir, to, "")
	sale := []string{"redeem", "--data", dir, "--bill", "58.00", "--order", "A-1", code(1)}
	before := start(t, dir)
	do(t, sale...).want(t, 3, "")
	do(t, "print", "--data", dir, "--json", "T000001-1-1").want(t, 0, `"copy":false`)
	page(t, pages)
	before.stop()
	before = start(t, dir)
	do(t, sale...).want(t, 3, "T000001-1-1")
	do(t, "print", "--data", dir, "--json", "T000001-1-1").want(t, 0, `"copy":true`)
	page(t, pages)
	do(t, "void", "--data", dir, "T000001-1-1").want(t, 3, "")
	do(t, "print", "--data", dir, "--json", "T000001-1-1").want(t, 0, `"copy":false`)
	page(t, pages)
	before.stop()
	start(t, dir)
	do(t, "void", "--data", dir, "T000001-1-1").want(t, 3, "")
	do(t, "print", "--data", dir, "--json", "T000001-1-1").want(t, 0, `"copy":true`)
	page(t, pages)
}

func TestEachIsPrinted(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 3)
	h.Close()
	to, pages := tcpPrinter(t)
	withPrinter(t, dir, to, "each = true\n")
	start(t, dir)
	do(t, "redeem", "--data", dir, "--bill", "58.00", code(1)).want(t, 3, "")
	if p := page(t, pages); !strings.Contains(p, "T000001-1-1\n") || strings.Contains(p, "COPY") {
		t.Errorf("%q", p)
	}
	do(t, "void", "--data", dir, "T000001-1-1").want(t, 3, "")
	if p := page(t, pages); !strings.Contains(p, "VOIDED") || strings.Contains(p, "COPY") {
		t.Errorf("%q", p)
	}
}

func TestAPrinterThatIsAway(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 3)
	h.Close()
	withPrinter(t, dir, filepath.Join(dir, "lp0"), "each = true\n")
	a := start(t, dir)
	do(t, "redeem", "--data", dir, "--bill", "58.00", code(1)).want(t, 3, "") // the sale goes on
	do(t, "print", "--data", dir, "T000001-1-1").want(t, 1, "was not found: check that its cable")
	doIn(t, "zh_CN.UTF-8", "print", "--data", dir, "T000001-1-1").want(t, 1, "没有找到打印机")
	do(t, "print", "--data", dir, "--test").want(t, 1, "was not found")
	for e := range a.Events(t.Context()) {
		if v := e.View; v != nil && len(v.Devices) == 1 && !v.Devices[0].Connected && len(v.Warnings) > 0 && v.Warnings[len(v.Warnings)-1].Code == desk.WarnDevice {
			break
		}
	}
}
