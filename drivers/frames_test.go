package drivers_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"hexiao/drivers"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

var noon = time.Date(2023, 12, 11, 12, 0, 0, 0, time.UTC)

// texts feeds the chunks 5 ms apart, then silence, and returns what was read; damaged scans read as "!cause".
func texts(framing drivers.Framing, chunks ...string) []string {
	f := drivers.NewFrames("counter", framing)
	now := noon
	var scans []drivers.Scan
	for _, c := range chunks {
		now = now.Add(5 * time.Millisecond)
		scans = append(scans, f.Add([]byte(c), now)...)
	}
	return texted(append(scans, f.Flush(now.Add(time.Second))...))
}

func texted(scans []drivers.Scan) []string {
	got := []string{}
	for _, s := range scans {
		if s.Damaged {
			got = append(got, "!"+string(s.Cause))
		} else {
			got = append(got, s.Text)
		}
	}
	return got
}

func TestFramesCutsCodes(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("芦山消费券𠮷")
	if err != nil {
		t.Fatal(err)
	}
	keep := drivers.Framing{KeepAIM: true}
	cases := []struct {
		name    string
		framing drivers.Framing
		chunks  []string
		want    []string
	}{
		{"a CR ends a code", drivers.Framing{}, []string{"HX1AAA\r"}, []string{"HX1AAA"}},
		{"LF, TAB and ETX end a code too", drivers.Framing{}, []string{"A1\nA2\tA3\x03"}, []string{"A1", "A2", "A3"}},
		{"the LF of a CRLF in a later read is swallowed", drivers.Framing{}, []string{"HX1AAA\r", "\nHX1BBB\r\n"}, []string{"HX1AAA", "HX1BBB"}},
		{"a code comes in single bytes", drivers.Framing{}, strings.Split("HX1AAA\r", ""), []string{"HX1AAA"}},
		{"a scanner without suffix: silence ends the code", drivers.Framing{}, []string{"HX1", "AAA"}, []string{"HX1AAA"}},
		{"no silence ends a code when only a suffix may", drivers.Framing{Idle: -1}, []string{"HX1AAA"}, []string{}},
		{"STX and other control prefixes are dropped", drivers.Framing{}, []string{"\x02\x00\x1bHX1AAA\x03\r\n"}, []string{"HX1AAA"}},
		{"and suffixes of other makers, too", drivers.Framing{}, []string{"HX1AAA\x04", "\x02HX1BBB\x00\r"}, []string{"HX1AAA", "HX1BBB"}},
		{"STX begins the next code of a scanner without suffix", drivers.Framing{}, []string{"\x02HX1AAA\x02HX1BBB"}, []string{"HX1AAA", "HX1BBB"}},
		{"a group separator inside a code stays", drivers.Framing{}, []string{"01\x1d02\r"}, []string{"01\x1d02"}},
		{"nothing but ends is no code", drivers.Framing{}, []string{"\r\n\r\n\t\x02\x03"}, []string{}},
		{"the AIM prefix is taken off", drivers.Framing{}, []string{"]Q1HX1AAA\r]cmHX1BBB\r"}, []string{"HX1AAA", "HX1BBB"}},
		{"the AIM prefix is kept when so set", keep, []string{"]Q1HX1AAA\r"}, []string{"]Q1HX1AAA"}},
		{"an AIM prefix with nothing behind it is a code of its own", drivers.Framing{}, []string{"]Q1\r"}, []string{"]Q1"}},
		{"a bracket that is no AIM prefix stays", drivers.Framing{}, []string{"]1QAAA\r"}, []string{"]1QAAA"}},
		{"the ECI mark that ]Q2 announces is taken off", drivers.Framing{}, []string{`]Q2\000026HX1AAA` + "\r"}, []string{"HX1AAA"}},
		{"what looks like an ECI mark stays when none was announced", drivers.Framing{}, []string{`]Q1\000026` + "\r"}, []string{`\000026`}},
		{"letter case is left alone", drivers.Framing{}, []string{"hx1aAa\r"}, []string{"hx1aAa"}},
		{"UTF-8 is read as UTF-8", drivers.Framing{}, []string{"芦山消费券\r"}, []string{"芦山消费券"}},
		{"GB18030 is read as GB18030, cut inside a character", drivers.Framing{}, []string{gbk[:3], gbk[3:] + "\r"}, []string{"芦山消费券𠮷"}},
		{"bytes that are neither are damaged", drivers.Framing{}, []string{"HX1\xff\xff\r"}, []string{"!garbled"}},
		{"a scan of 4096 bytes is whole", drivers.Framing{}, []string{strings.Repeat("A", drivers.MaxScan) + "\r"}, []string{strings.Repeat("A", drivers.MaxScan)}},
		{"one byte more is damaged", drivers.Framing{}, []string{strings.Repeat("A", drivers.MaxScan+1) + "\r"}, []string{"!too_long"}},
		{"a much longer one is reported once, and the next code is whole", drivers.Framing{},
			[]string{strings.Repeat("A", 3*drivers.MaxScan) + "\rHX1\r"}, []string{"!too_long", "HX1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := texts(c.framing, c.chunks...); !equal(got, c.want) {
				t.Errorf("read %q, want %q", got, c.want)
			}
		})
	}
}

func TestFramesScanCarriesDeviceTimeAndSymbology(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{})
	f.Add([]byte("]Q1HX1"), noon)
	scans := f.Add([]byte("AAA\r"), noon.Add(7*time.Millisecond))
	want := drivers.Scan{Device: "counter", Text: "HX1AAA", Raw: "]Q1HX1AAA", Symbology: "]Q1", At: noon.Add(7 * time.Millisecond)}
	if len(scans) != 1 || scans[0] != want {
		t.Errorf("scans are %v, want %v", scans, want)
	}
}

func TestFramesKeepACodeAsItWasSent(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("会员卡")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ bytes, sent, text string }{
		"plain": {"6901234567892\r", "6901234567892", "6901234567892"},
		"mixed case, and what looks like an AIM prefix": {"]aBc-01~\r\n", "]aBc-01~", "c-01~"},
		"an AIM prefix":             {"]E06901234567892\r", "]E06901234567892", "6901234567892"},
		"an ECI mark":               {`]Q2\000026abc` + "\r", `]Q2\000026abc`, "abc"},
		"GB18030":                   {gbk + "\r", gbk, "会员卡"},
		"UTF-8":                     {"会员卡\r", "会员卡", "会员卡"},
		"a group separator inside":  {"01\x1d02\r", "01\x1d02", "01\x1d02"},
		"STX and ETX are around it": {"\x026901234567892\x03", "6901234567892", "6901234567892"},
		"spaces belong to it":       {" A B \t", " A B ", " A B "},
	} {
		scans := drivers.NewFrames("counter", drivers.Framing{}).Add([]byte(c.bytes), noon)
		if len(scans) != 1 || scans[0].Sent() != c.sent || scans[0].Text != c.text {
			t.Errorf("%s: %d scans, sent %q, text %q", name, len(scans), scans[0].Sent(), scans[0].Text)
		}
		if said := fmt.Sprintf("%+v %#v", scans, scans); strings.Contains(said, c.text) || strings.Contains(said, c.sent) {
			t.Errorf("%s: printed in clear: %s", name, said)
		}
	}
}

func TestFramesIdle(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{})
	if _, ok := f.Deadline(); ok {
		t.Error("a deadline without a code under way")
	}
	f.Add([]byte("HX1"), noon)
	if got := f.Flush(noon.Add(79 * time.Millisecond)); got != nil {
		t.Errorf("79 ms of silence gave %v", got)
	}
	f.Add([]byte("AAA"), noon.Add(79*time.Millisecond))
	deadline, ok := f.Deadline()
	if !ok || !deadline.Equal(noon.Add(159*time.Millisecond)) {
		t.Errorf("deadline %v %v, want 80 ms after the last byte", deadline, ok)
	}
	if got := texted(f.Flush(deadline)); !equal(got, []string{"HX1AAA"}) {
		t.Errorf("at the deadline: %q", got)
	}
	if got := f.Flush(deadline.Add(time.Hour)); got != nil {
		t.Errorf("flushed twice: %v", got)
	}
}

func TestFramesAddToleratesAStallButNotASecond(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{})
	f.Add([]byte("HX1"), noon)
	if got := texted(f.Add([]byte("AAA\r"), noon.Add(900*time.Millisecond))); !equal(got, []string{"HX1AAA"}) {
		t.Errorf("bytes handed over late by a busy PC: %q, want one code", got)
	}
	f.Add([]byte("HX1BBB"), noon.Add(2*time.Second))
	if got := texted(f.Add([]byte("HX1CCC\r"), noon.Add(4*time.Second))); !equal(got, []string{"HX1BBB", "HX1CCC"}) {
		t.Errorf("bytes 2 s apart: %q, want two codes", got)
	}
}

func TestFramesLosesOneCodeOnly(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{})
	f.Add([]byte("HX1AA"), noon)
	if got := texted(f.Lose(noon)); !equal(got, []string{"!lost"}) {
		t.Errorf("bytes lost: %q, want one damaged scan", got)
	}
	if got := f.Lose(noon); got != nil {
		t.Errorf("lost again in the same code: %v", got)
	}
	if got := texted(f.Add([]byte("AAA\rHX1BBB\r"), noon)); !equal(got, []string{"HX1BBB"}) {
		t.Errorf("after the loss: %q, want the next code only", got)
	}
	f.Lose(noon)
	if got := f.Flush(noon.Add(time.Second)); got != nil {
		t.Errorf("the silence after a loss gave %v", got)
	}
	if got := texted(f.Add([]byte("HX1CCC\r"), noon.Add(time.Second))); !equal(got, []string{"HX1CCC"}) {
		t.Errorf("when the end of the lost code was lost too: %q, want the next code", got)
	}
}

func TestFramesBreak(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{})
	if got := f.Break(noon); got != nil {
		t.Errorf("unplugged between codes: %v, want nothing", got)
	}
	f.Add([]byte("HX1AA"), noon)
	if got := texted(f.Break(noon)); !equal(got, []string{"!lost"}) {
		t.Errorf("unplugged inside a code: %q", got)
	}
	if got := texted(f.Add([]byte("HX1BBB\r"), noon)); !equal(got, []string{"HX1BBB"}) {
		t.Errorf("after the replug: %q", got)
	}
}

func TestFramesDropsRepeats(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{})
	at := func(ms int, code string) int {
		return len(f.Add([]byte(code+"\r"), noon.Add(time.Duration(ms)*time.Millisecond)))
	}
	steps := []struct {
		name string
		ms   int
		code string
		want int
	}{
		{"first sight", 0, "HX1AAA", 1},
		{"again at once", 10, "HX1AAA", 0},
		{"another code", 20, "HX1BBB", 1},
		{"the first one, still in view beside the other", 30, "HX1AAA", 0},
		{"left under the scanner, seen every 0.9 s", 930, "HX1AAA", 0},
		{"and again", 1830, "HX1AAA", 0},
		{"a second after it was last seen", 2830, "HX1AAA", 1},
		{"the clock went back", -5000, "HX1AAA", 1},
	}
	for _, s := range steps {
		if got := at(s.ms, s.code); got != s.want {
			t.Errorf("%s: %d scans, want %d", s.name, got, s.want)
		}
	}
	if f.Repeats() != 4 {
		t.Errorf("counted %d repeats, want 4", f.Repeats())
	}
	if got := texts(drivers.Framing{Repeat: -1}, "HX1\rHX1\r"); !equal(got, []string{"HX1", "HX1"}) {
		t.Errorf("with the filter off: %q", got)
	}
}

func TestFramesGiveSomeTextsAnyway(t *testing.T) {
	f := drivers.NewFrames("counter", drivers.Framing{Anyway: func(text string) bool { return strings.HasPrefix(text, "690") }})
	got := texted(f.Add([]byte("HX1\r6901\r6901\rHX1\r6901\rHX2\rHX1\r"), noon))
	if want := []string{"HX1", "6901", "6901", "6901", "HX2"}; !equal(got, want) || f.Repeats() != 2 {
		t.Errorf("read %q, dropped %d; want %q", got, f.Repeats(), want)
	}
}

// reference cuts a whole stream the slow and plain way.
func reference(stream []byte) []string {
	got := []string{}
	for _, code := range bytes.FieldsFunc(stream, func(r rune) bool { return strings.ContainsRune("\r\n\t\x02\x03", r) }) {
		code = bytes.TrimLeftFunc(code, func(r rune) bool { return r < ' ' || r == 0x7f })
		switch {
		case len(code) == 0:
		case len(code) > drivers.MaxScan:
			got = append(got, "!too_long")
		default:
			if len(code) > 3 && code[0] == ']' && bytes.ContainsAny(code[1:2], letters) && bytes.ContainsAny(code[2:3], letters+"0123456789") {
				code = withoutECI(code)
			}
			text, ok := drivers.Text(code)
			if !ok {
				text = "!garbled"
			}
			got = append(got, text)
		}
	}
	return got
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func withoutECI(code []byte) []byte {
	announced := strings.Contains("]Q2 ]Q4 ]Q6", string(code[:3]))
	code = code[3:]
	if announced && len(code) >= 8 && code[0] == '\\' && len(bytes.Trim(code[1:7], "0123456789")) == 0 {
		return code[7:]
	}
	return code
}

// cutTexts feeds the stream in pieces whose lengths are given, over and over.
func cutTexts(stream []byte, lengths []byte) []string {
	f := drivers.NewFrames("counter", drivers.Framing{Repeat: -1})
	var scans []drivers.Scan
	for i := 0; len(stream) > 0; i++ {
		n := len(stream)
		if len(lengths) > 0 {
			n = min(n, int(lengths[i%len(lengths)])+1)
		}
		scans = append(scans, f.Add(stream[:n], noon)...)
		stream = stream[n:]
	}
	return texted(append(scans, f.Flush(noon.Add(time.Second))...))
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("HX1AAA\r\nHX1BBB\r\n"), []byte{0})
	f.Add([]byte("\x02]Q1HX1AAA\x03\x02]Q2\\000026HX1BBB\x03"), []byte{2, 0, 5})
	f.Add([]byte("HX1AAAHX1BBB\r\r\n\n]Q1\r]Q1A\r]cm1\r]]1\r"), []byte{0, 3})
	f.Add([]byte("\x02hx1aaa\x02hx1b\x1dbb\x03\xef\xbc\xa8\xef\xbc\xb8\r"), []byte{})
	f.Add(append(bytes.Repeat([]byte("A"), drivers.MaxScan+1), "\rHX1\r"...), []byte{255})
	f.Add([]byte("6901234567892\t\xc2\xab\xc9\xbd\r\x00\x7f\xff"), []byte{1})
	f.Fuzz(func(t *testing.T, stream, lengths []byte) {
		want := reference(stream)
		if got := cutTexts(stream, lengths); !equal(got, want) {
			t.Errorf("cut at %v: %q, want %q", lengths, got, want)
		}
	})
}

func TestFramesReadTheSameHoweverTheStreamIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []string
		for range rapid.IntRange(1, 8).Draw(t, "codes") {
			code := rapid.StringMatching(`[A-Z0-9]{1,200}|[a-z0-9]{4}|[0-9]{18}|芦山[0-9]{6}`).Draw(t, "code")
			stream = append(stream, rapid.SampledFrom([]string{"", "\x02", "\x00\x02", "]Q1", "\x02]Q3"}).Draw(t, "prefix")...)
			stream = append(stream, code...)
			stream = append(stream, rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\t", "\x03", "\x03\r\n", "\r\r"}).Draw(t, "end")...)
			want = append(want, code)
		}
		lengths := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "cuts")
		if got := cutTexts(stream, lengths); !equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	code := []byte("HX1" + strings.Repeat("ABCDEFG234567", 12)[:151] + "\r")
	f := drivers.NewFrames("counter", drivers.Framing{})
	b.SetBytes(int64(len(code)))
	b.ReportAllocs()
	for i := range b.N {
		now := noon.Add(time.Duration(i) * 2 * time.Second)
		if len(f.Add(code, now)) != 1 {
			b.Fatal("no scan")
		}
	}
}

func equal(a, b []string) bool {
	return strings.Join(a, "\x00|") == strings.Join(b, "\x00|") && len(a) == len(b)
}
