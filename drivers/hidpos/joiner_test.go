package hidpos_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/hidpos"
	"pgregory.net/rapid"
)

var noon = time.Date(2023, 12, 11, 12, 0, 0, 0, time.UTC)

var voucher = "HX1" + strings.Repeat("ABCDEFG234567", 12)[:149]

func parsed(t testing.TB, m model) hidpos.Parsed {
	t.Helper()
	p, err := hidpos.Parse(m.descriptor)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	return p
}

// texts says what scans are, a damaged one as "!" and its cause.
func texts(scans []drivers.Scan) (all []string) {
	for _, s := range scans {
		if s.Damaged {
			all = append(all, "!"+string(s.Cause))
		} else {
			all = append(all, s.Text)
		}
	}
	return all
}

func TestEveryLayoutIsRead(t *testing.T) {
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			j := hidpos.NewJoiner(parsed(t, m), drivers.Framing{})
			codes := []string{"6901234567892", voucher, strings.Repeat("Z", m.room), strings.Repeat("Y", m.room+1), "芦山消费券", strings.Repeat("X", 4000)}
			now := noon
			for _, code := range codes {
				var got []drivers.Scan
				for _, r := range m.reports(code, "]Q1") {
					now = now.Add(time.Millisecond)
					j.Empty()
					got = append(got, j.Add(r, now)...)
				}
				want := drivers.Scan{Device: "counter", Text: code, Symbology: "]Q1", At: now}
				if len(got) != 1 || got[0] != want {
					t.Errorf("%d bytes: read %q, %v", len(code), texts(got), got)
				}
			}
		})
	}
}

func TestLayoutsThatLackAPart(t *testing.T) {
	for _, m := range []model{withoutLength, withoutMore} {
		t.Run(m.name, func(t *testing.T) {
			j := hidpos.NewJoiner(parsed(t, m), drivers.Framing{})
			for _, code := range []string{"6901234567892", strings.Repeat("Z", m.room)} {
				for _, r := range m.reports(code, "") {
					if got := texts(j.Add(r, noon)); !slices.Equal(got, []string{code}) {
						t.Errorf("read %q, want %q", got, code)
					}
				}
			}
		})
	}
}

func TestOtherDevicesAreNoScanners(t *testing.T) {
	keyboard := []byte{0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x75, 0x08, 0x95, 0x08, 0x09, 0x04, 0x81, 0x02, 0xC0}
	cases := []struct {
		name       string
		descriptor []byte
		want       error
	}{
		{"nothing", nil, hidpos.ErrNotPOS},
		{"a keyboard", keyboard, hidpos.ErrNotPOS},
		{"a scale, which is a POS device too", cat([]byte{0x05, 0x8D, 0x09, 0x20, 0xA1, 0x01}, oneByteEach, data56, end), hidpos.ErrNotPOS},
		{"decoded data outside the scanner's application", cat([]byte{0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x05, 0x8C}, oneByteEach, data56, end), hidpos.ErrNotPOS},
		{"a scanner that only takes settings", cat(scannerApplication, oneByteEach, []byte{0x95, 0x38, 0x09, 0xFE, 0x91, 0x02}, end), hidpos.ErrNotPOS},
		{"decoded data that is constant", cat(scannerApplication, oneByteEach, []byte{0x95, 0x38, 0x09, 0xFE, 0x81, 0x03}, end), hidpos.ErrNotPOS},
		{"data in bits", cat(scannerApplication, []byte{0x75, 0x01, 0x95, 0x38, 0x09, 0xFE, 0x81, 0x02}, end), hidpos.ErrNotPOS},
		{"data that does not begin at a byte", cat(scannerApplication, []byte{0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02}, oneByteEach, data56, end), hidpos.ErrNotPOS},
		{"cut off inside an item", honeywellLike.descriptor[:5], hidpos.ErrBroken},
		{"cut off inside a long item", []byte{0xFE, 0x04, 0x00, 0x01}, hidpos.ErrBroken},
		{"report number 0", []byte{0x85, 0x00}, hidpos.ErrBroken},
		{"report number 256", []byte{0x86, 0x00, 0x01}, hidpos.ErrBroken},
		{"pop without push", []byte{0xB4}, hidpos.ErrBroken},
		{"pushes without end", slices.Repeat([]byte{0xA4}, 100), hidpos.ErrBroken},
		{"collections without end", slices.Repeat([]byte{0xA1, 0x01}, 100), hidpos.ErrBroken},
		{"an end too many", []byte{0xC0}, hidpos.ErrBroken},
		{"four thousand million fields", cat(scannerApplication, []byte{0x75, 0x08, 0x97, 0xFF, 0xFF, 0xFF, 0xFF, 0x09, 0xFE, 0x81, 0x02}, end), hidpos.ErrBroken},
		{"a report of two megabytes", cat(scannerApplication, []byte{0x77, 0x00, 0x00, 0x10, 0x00, 0x95, 0x10, 0x09, 0xFE, 0x81, 0x02}, end), hidpos.ErrBroken},
		{"longer than the kernel has it", make([]byte, 4097), hidpos.ErrBroken},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := hidpos.Parse(c.descriptor); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestOnlyAReportOfOneByteWakesAScanner(t *testing.T) {
	two := slices.Clone(wakeFeature)
	two[8] = 2 // the count
	scanner := cat(scannerApplication, scannedData(2), oneByteEach, lengthByte, data56, end)
	for name, c := range map[string]struct {
		descriptor []byte
		want       bool
	}{
		"it has one": {honeywellLike.descriptor, true}, "it has none": {models[1].descriptor, false}, "it is of two bytes": {cat(scanner, two, end), false},
	} {
		p, err := hidpos.Parse(c.descriptor)
		if err != nil || p.Wakes() != c.want {
			t.Errorf("%s: wakes %v, %v", name, p.Wakes(), err)
		}
	}
}

// step is what happens to a joiner, at a time since noon.
type step struct {
	at     time.Duration
	report []byte // nil: it is looked at and nothing is there
	unplug bool
	want   []string
}

func TestJoiner(t *testing.T) {
	m := honeywellLike
	long := m.reports(voucher, "]Q1") // three reports
	other := m.reports(strings.Repeat("B", 100), "]C1")
	short := m.reports("6901234567892", "]E0")[0]
	tooLong := m.reports(strings.Repeat("L", 5000), "]Q1")
	lies := slices.Clone(long[0])
	lies[1] = 57
	const ms = time.Millisecond
	var flood []step
	for i, r := range tooLong {
		s := step{at: time.Duration(i) * ms, report: r}
		if i == 4096/56 {
			s.want = []string{"!too_long"}
		}
		flood = append(flood, s)
	}
	cases := []struct {
		name  string
		steps []step
	}{
		{"a code in one report, twice in a second, and again", []step{{0, short, false, []string{"6901234567892"}}, {500 * ms, short, false, nil}, {1600 * ms, short, false, []string{"6901234567892"}}}},
		{"a code in three", []step{{0, long[0], false, nil}, {ms, long[1], false, nil}, {2 * ms, long[2], false, []string{voucher}}}},
		{"CR and LF at the end", []step{{0, m.reports("6901234567892\r\n", "")[0], false, []string{"6901234567892"}}}},
		{"a CR inside stays inside", []step{{0, m.reports("HX1\rAAA\x1d1\r", "")[0], false, []string{"HX1\rAAA\x1d1"}}}},
		{"a suffix in a report of its own", []step{{0, m.report([]byte(voucher[:56]), [3]byte{}, true), false, nil}, {ms, m.report([]byte("\r"), [3]byte{}, false), false, []string{voucher[:56]}}}},
		{"the AIM identifier in the data, too", []step{{0, m.reports("]Q1HX1AAA", "]Q1")[0], false, []string{"HX1AAA"}}}},
		{"an ECI mark that the identifier beside it announces", []step{{0, m.reports("\\000026HX1AAA", "]Q2")[0], false, []string{"HX1AAA"}}}},
		{"a mark that no identifier announces is the code's own", []step{{0, m.reports("\\000026HX1AAA", "]Q1")[0], false, []string{"\\000026HX1AAA"}}}},
		{"a bracket that the scanner says is none", []step{{0, m.reports("]Q1HX1AAA", "]C1")[0], false, []string{"]Q1HX1AAA"}}}},
		{"nothing at all", []step{{0, m.reports("", "]Q1")[0], false, nil}, {ms, m.reports("\r\n", "]Q1")[0], false, nil}}},
		{"a report of another kind between", []step{{0, long[0], false, nil}, {ms, []byte{5, 1, 2}, false, nil}, {ms, nil, false, nil}, {ms, []byte{}, false, nil}, {ms, long[1], false, nil}, {2 * ms, long[2], false, []string{voucher}}}},
		{"neither UTF-8 nor GB18030", []step{{0, m.reports("\xff\xff\xff", "")[0], false, []string{"!garbled"}}}},
		{"GB18030", []step{{0, m.reports("\xcf\xfb\xb7\xd1", "")[0], false, []string{"消费"}}}},
		{"the end never comes: said once, and the next code is read again after it", []step{
			{0, long[0], false, nil}, {999 * ms, nil, false, nil}, {1000 * ms, nil, false, []string{"!lost"}}, {1250 * ms, nil, false, nil},
			{2500 * ms, short, false, []string{"!lost"}}, {4000 * ms, short, false, []string{"6901234567892"}}}},
		{"the end comes late: it is no code", []step{{0, long[0], false, nil}, {1000 * ms, nil, false, []string{"!lost"}}, {1100 * ms, long[2], false, nil}, {3000 * ms, short, false, []string{"6901234567892"}}}},
		{"the end is lost and another kind of code follows", []step{
			{0, long[0], false, nil}, {ms, other[0], false, []string{"!lost"}}, {2 * ms, other[1], false, nil}, {3 * ms, short, false, []string{"6901234567892"}}}},
		{"the end is lost and a code in one report follows", []step{{0, long[0], false, nil}, {ms, short, false, []string{"!lost"}}, {2 * ms, m.reports("HX1NEXT", "]Q1")[0], false, []string{"HX1NEXT"}}}},
		{"a length beyond the report", []step{{0, lies, false, []string{"!lost"}}, {ms, long[1], false, nil}, {2 * ms, long[2], false, nil}, {3 * ms, short, false, []string{"6901234567892"}}}},
		{"a report cut short", []step{{0, long[0], false, nil}, {ms, long[1][:30], false, []string{"!lost"}}, {2 * ms, long[2], false, nil}, {3 * ms, short, false, []string{"6901234567892"}}}},
		{"unplugged inside a code", []step{{0, long[0], false, nil}, {ms, nil, true, []string{"!lost"}}, {2 * ms, short, false, []string{"6901234567892"}}}},
		{"unplugged between codes", []step{{0, short, false, []string{"6901234567892"}}, {ms, nil, true, nil}}},
		{"more than a code can be", append(flood, step{time.Second, short, false, []string{"6901234567892"}})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			j := hidpos.NewJoiner(parsed(t, m), drivers.Framing{})
			for i, s := range c.steps {
				var got []drivers.Scan
				switch now := noon.Add(s.at); {
				case s.unplug:
					got = j.Unplugged(now)
				case s.report == nil:
					j.Empty()
					got = j.Flush(now)
				default:
					j.Empty()
					got = j.Add(s.report, now)
				}
				if !slices.Equal(texts(got), s.want) {
					t.Errorf("step %d: %q, want %q", i, texts(got), s.want)
				}
			}
		})
	}
}

func TestKeepAIMKeepsWhatStandsInTheText(t *testing.T) {
	j := hidpos.NewJoiner(parsed(t, honeywellLike), drivers.Framing{KeepAIM: true, Repeat: -1})
	got := j.Add(honeywellLike.reports("]Q1HX1AAA", "]Q1")[0], noon)
	if len(got) != 1 || got[0].Text != "]Q1HX1AAA" || got[0].Symbology != "]Q1" {
		t.Errorf("read %v", texts(got))
	}
}

// kernel is hidraw's queue for one reader: it keeps 63 reports and drops what comes after them without a word.
type kernel struct{ queue [][]byte }

func (k *kernel) arrive(report []byte) (kept bool) {
	if len(k.queue) == 63 {
		return false
	}
	k.queue = append(k.queue, report)
	return true
}

// TestDroppedReportsNeverMakeAWrongCode lets a reader be late by any amount: every whole scan is a code that was shown, each at most
// once and in order, and when nothing was dropped and the reader was never far behind, all of them come.
func TestDroppedReportsNeverMakeAWrongCode(t *testing.T) {
	m := honeywellLike
	p := parsed(t, m)
	rapid.Check(t, func(t *rapid.T) {
		j := hidpos.NewJoiner(p, drivers.Framing{Repeat: -1})
		var k kernel
		var shown, got []string
		dropped, far, damaged := false, 0, 0
		now := noon
		hear := func(scans []drivers.Scan) {
			for _, s := range texts(scans) {
				if s[0] == '!' {
					damaged++
				} else {
					got = append(got, s)
				}
			}
		}
		drain := func(n int) {
			for range n {
				if len(k.queue) == 0 {
					j.Empty()
					return
				}
				hear(j.Add(k.queue[0], now))
				k.queue = k.queue[1:]
			}
		}
		for i := range rapid.IntRange(20, 120).Draw(t, "codes") {
			code := string(rune('A'+i%26)) + strings.Repeat(string(rune('a'+i/26)), rapid.IntRange(0, 400).Draw(t, "bytes"))
			shown = append(shown, code)
			for _, r := range m.reports(code, "]Q1") {
				now = now.Add(time.Millisecond)
				dropped = !k.arrive(r) || dropped
				far = max(far, len(k.queue))
			}
			if rapid.IntRange(0, 15).Draw(t, "reader comes") == 0 {
				drain(rapid.IntRange(1, 100).Draw(t, "reads"))
			}
		}
		drain(1000)
		hear(j.Flush(now.Add(250 * time.Millisecond)))
		next := 0
		for _, code := range got {
			at := slices.Index(shown[next:], code)
			if at < 0 {
				t.Fatalf("read %q, which nobody showed, or not then", code)
			}
			next += at + 1
		}
		if dropped && damaged == 0 {
			t.Fatal("reports were dropped, and nobody was told")
		}
		if !dropped && damaged == 0 && len(got) != len(shown) {
			t.Fatalf("%d codes shown, %d read, none damaged", len(shown), len(got))
		}
	})
}

// TestACodeCutByTheKernelIsDamaged fills the kernel's queue so that it keeps the head of a code and drops its tail, or the other way round.
func TestACodeCutByTheKernelIsDamaged(t *testing.T) {
	m := honeywellLike
	code := func(n int) string { return voucher[:150] + string(rune('A'+n)) }
	for kept := range 4 { // of the three reports of the code that meets a full queue
		j := hidpos.NewJoiner(parsed(t, m), drivers.Framing{Repeat: -1})
		var k kernel
		for i := range 63 - kept {
			k.arrive(m.reports(string(rune('a'+i%26)), "")[0])
		}
		for n := range 3 {
			for _, r := range m.reports(code(n), "]Q1") {
				k.arrive(r)
			}
		}
		var got []string
		read := func() {
			for _, r := range k.queue {
				got = append(got, texts(j.Add(r, noon))...)
			}
			k.queue = nil
			j.Empty()
		}
		read()
		for n := 3; n < 6; n++ {
			for _, r := range m.reports(code(n), "]Q1") {
				k.arrive(r)
			}
			read()
		}
		want := []string{"!lost", code(4), code(5)} // the code after the gap is part of what was lost
		if kept == 3 {
			want = append([]string{code(0)}, want...)
		}
		if kept == 0 { // and once with a pause, in which it is seen that the end of the row is missing
			got = append(got, texts(late(t, m, code))...)
			want = append(want, "!lost", code(1))
		}
		if rest := got[63-kept:]; !slices.Equal(rest, want) {
			t.Errorf("%d reports kept: %q", kept, rest)
		}
	}
}

// late reads a full queue, whose last code is not in it, and after a pause one more code.
func late(t *testing.T, m model, code func(int) string) (scans []drivers.Scan) {
	j := hidpos.NewJoiner(parsed(t, m), drivers.Framing{Repeat: -1})
	for range 62 {
		j.Add(m.reports("6901234567892", "")[0], noon)
	}
	scans = j.Add(m.reports(code(0), "]Q1")[0], noon)
	j.Empty()
	scans = append(scans, j.Flush(noon.Add(250*time.Millisecond))...)
	for _, r := range m.reports(code(1), "]Q1") {
		j.Empty()
		scans = append(scans, j.Add(r, noon.Add(300*time.Millisecond))...)
	}
	return scans
}

// FuzzParse: whatever a stranger's device says of itself and sends, nothing panics, and no scan is longer than a scan may be.
func FuzzParse(f *testing.F) {
	for _, m := range append(slices.Clone(models), withoutLength, withoutMore) {
		f.Add(m.descriptor, slices.Concat(m.reports(voucher, "]Q1")...), uint16(len(m.reports("1", "")[0])))
	}
	f.Add([]byte{0xFE, 0x00, 0x00}, []byte{1}, uint16(1))
	f.Fuzz(func(t *testing.T, descriptor, stream []byte, size uint16) {
		p, err := hidpos.Parse(descriptor)
		if err != nil {
			if !errors.Is(err, hidpos.ErrBroken) && !errors.Is(err, hidpos.ErrNotPOS) {
				t.Errorf("%v", err)
			}
			return
		}
		j := hidpos.NewJoiner(p, drivers.Framing{Repeat: -1})
		for len(stream) > 0 {
			n := min(len(stream), int(size)+1)
			for _, s := range j.Add(stream[:n], noon) {
				if !s.Damaged && (s.Text == "" || len(s.Text) > 2*drivers.MaxScan) { // GB18030 grows by half as UTF-8
					t.Errorf("a scan of %d bytes", len(s.Text))
				}
			}
			stream = stream[n:]
		}
		j.Flush(noon.Add(time.Minute))
		j.Unplugged(noon.Add(time.Minute))
	})
}

func BenchmarkJoin(b *testing.B) {
	j := hidpos.NewJoiner(parsed(b, honeywellLike), drivers.Framing{Repeat: -1})
	reports := honeywellLike.reports(voucher, "]Q1")
	b.ReportAllocs()
	for b.Loop() {
		j.Empty()
		scans := 0
		for _, r := range reports {
			scans += len(j.Add(r, noon))
		}
		if scans != 1 {
			b.Fatal("no scan")
		}
	}
}
