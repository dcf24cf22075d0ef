package wedge_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/wedge"
	"pgregory.net/rapid"
)

var noon = time.Date(2023, 12, 11, 12, 0, 0, 0, time.UTC)

// frame is how often a window hands keys over: 60 times a second, all that came since with one time.
const frame = 16_700 * time.Microsecond

const code = "HX1AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINBTHAZDGM"

// press is a key and when it was pressed.
type press struct {
	r  rune
	at time.Duration
}

// typed gives the keys of a text pressed one every gap.
func typed(from time.Duration, text string, gap time.Duration) []press {
	var keys []press
	for _, r := range text {
		keys = append(keys, press{r, from})
		from += gap
	}
	return keys
}

// window hands the presses to Keys as a window does: in batches, with a Flush after each, until all is silent.
func window(k *wedge.Keys, presses []press) (scans []string, person string) {
	hear := func(h wedge.Heard) {
		for _, s := range h.Scans {
			if s.Damaged {
				s.Text = "!" + string(s.Cause)
			}
			scans = append(scans, s.Text)
		}
		person += string(h.Typed)
	}
	end := presses[len(presses)-1].at + 2*time.Second
	for now := time.Duration(0); now < end; now += frame {
		for len(presses) > 0 && presses[0].at <= now {
			hear(k.Key(presses[0].r, noon.Add(now)))
			presses = presses[1:]
		}
		hear(k.Flush(noon.Add(now)))
	}
	return scans, person
}

// typing is a row of testdata/keys.json: what is typed, each run with one key every gap, and what it is. The plain page's
// own Keys (agent/desk/page/keys.js) has to pass the same table, in a browser.
type typing struct {
	Name string
	Keys []struct {
		From  float64 `json:"from_ms"`
		Gap   float64 `json:"gap_ms"`
		Text  string
		Times int // the text is typed so often; 0: once
	}
	Scans []string // "!" and the cause for a damaged one
	Typed string
}

func (s typing) presses() (all []press) {
	const ms = float64(time.Millisecond)
	for _, run := range s.Keys {
		all = append(all, typed(time.Duration(run.From*ms), strings.Repeat(run.Text, max(run.Times, 1)), time.Duration(run.Gap*ms))...)
	}
	return all
}

func TestKeysTellsAScannerFromAPerson(t *testing.T) {
	raw, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var table []typing
	if err := json.Unmarshal(raw, &table); err != nil {
		t.Fatal(err)
	}
	for _, c := range table {
		t.Run(c.Name, func(t *testing.T) {
			scans, person := window(wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{}), c.presses())
			if !slices.Equal(scans, c.Scans) || person != c.Typed {
				t.Errorf("scans %q, person %q; want %q and %q", scans, person, c.Scans, c.Typed)
			}
		})
	}
}

func TestKeysScanCarriesDeviceAndTime(t *testing.T) {
	k := wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{})
	var heard wedge.Heard
	for i, r := range code + "\r" {
		heard = k.Key(r, noon.Add(time.Duration(i)*time.Millisecond))
	}
	want := drivers.Scan{Device: "window", Text: code, At: noon.Add(time.Duration(len(code)) * time.Millisecond)}
	if len(heard.Scans) != 1 || heard.Scans[0] != want {
		t.Errorf("heard %v, want %v", heard.Scans, want)
	}
	for _, r := range code + "\r" {
		heard = k.Key(r, noon.Add(500*time.Millisecond))
	}
	if len(heard.Scans) != 0 || len(heard.Typed) != 0 || k.Repeats() != 1 {
		t.Errorf("the same code again: %+v, %d repeats", heard, k.Repeats())
	}
}

func TestKeysHoldsAPersonsKeyNoLongerThanTheGap(t *testing.T) {
	k := wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{Gap: 50 * time.Millisecond})
	if h := k.Key('5', noon); len(h.Typed) != 0 {
		t.Errorf("handed back before it is known whose key it is: %+v", h)
	}
	deadline, ok := k.Deadline()
	if !ok || !deadline.Equal(noon.Add(50*time.Millisecond)) {
		t.Errorf("deadline %v %v", deadline, ok)
	}
	if h := k.Flush(deadline); string(h.Typed) != "5" {
		t.Errorf("at the deadline: %+v", h)
	}
	if _, ok := k.Deadline(); ok {
		t.Error("a deadline with nothing held back")
	}
}

func TestKeysGivesBackWhateverAPersonTypes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var presses []press
		var want string
		at := time.Duration(0)
		for _, r := range rapid.StringMatching(`[0-9.a-zA-Z芦山５\r\t]{1,60}`).Draw(t, "keys") {
			at += time.Duration(rapid.IntRange(85, 400).Draw(t, "gap")) * time.Millisecond
			presses = append(presses, press{r, at})
			want += string(r)
		}
		scans, person := window(wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{}), presses)
		if len(scans) != 0 || person != want {
			t.Fatalf("scans %q, person %q, want %q", scans, person, want)
		}
	})
}

func TestKeysReadsEveryScanAtAMachinesPace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var presses []press
		var want []string
		at := time.Duration(0)
		for range rapid.IntRange(1, 4).Draw(t, "scans") {
			text := rapid.StringMatching(`HX1[A-Z2-7]{20,150}|[1-6][0-9]{17}|69[0-9]{11}`).Draw(t, "code")
			if slices.Contains(want, text) {
				continue
			}
			want = append(want, text)
			pace := time.Duration(rapid.IntRange(0, 30).Draw(t, "ms a key")) * time.Millisecond
			presses = append(presses, typed(at, text+rapid.SampledFrom([]string{"\r", "\n", "\t", "\r\n"}).Draw(t, "end"), pace)...)
			at = presses[len(presses)-1].at + 400*time.Millisecond
		}
		scans, person := window(wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{}), presses)
		if !slices.Equal(scans, want) || person != "" {
			t.Fatalf("scans %q, person %q, want %q", scans, person, want)
		}
	})
}

// FuzzKeys: nothing typed is lost or made up. Each key comes back as typed, or stands in a scan, or is an end behind a scan.
func FuzzKeys(f *testing.F) {
	f.Add("58.00\rHX1AAAABBBB\r\n", []byte{30, 30, 30, 30, 30, 100, 0})
	f.Add("69012345", []byte{1})
	f.Add("00\x020000000000000", []byte("\x02")) // a control character in the middle is no end
	f.Add("5555555555\t芦山ＨＸ１", []byte{8, 0, 0, 20})
	f.Fuzz(func(t *testing.T, keys string, gaps []byte) {
		k := wedge.NewKeys("window", drivers.Framing{Repeat: -1, KeepAIM: true}, wedge.Pace{})
		now := noon
		var out []rune
		hear := func(h wedge.Heard) {
			for _, s := range h.Scans {
				out = append(out, []rune(s.Text)...)
			}
			out = append(out, h.Typed...)
			if len(h.Scans) > 1 {
				t.Errorf("%d scans at once", len(h.Scans))
			}
		}
		for i, r := range []rune(keys) {
			if len(gaps) > 0 {
				now = now.Add(time.Duration(gaps[i%len(gaps)]) * 4 * time.Millisecond)
				hear(k.Flush(now))
			}
			hear(k.Key(r, now))
		}
		hear(k.Flush(now.Add(time.Second)))
		if got, want := visible(out), visible([]rune(keys)); got != want && len(string([]rune(keys))) < drivers.MaxScan { // as characters: a broken byte becomes one of three
			t.Errorf("in %q, out %q", want, got)
		}
	})
}

// visible is the text without ends and control characters, which a scan sheds, and in ASCII where it has a full-width form.
func visible(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if r >= '\uFF01' && r <= '\uFF5E' {
			r = r - '\uFF01' + '!'
		}
		if r == '\u3000' {
			r = ' '
		}
		if r >= ' ' && r != 0x7f {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func BenchmarkKeys(b *testing.B) {
	k := wedge.NewKeys("window", drivers.Framing{Repeat: -1}, wedge.Pace{})
	text := code + code + code[:46] + "\r"
	for b.Loop() {
		var heard wedge.Heard
		for _, r := range text {
			heard = k.Key(r, noon)
		}
		if len(heard.Scans) != 1 {
			b.Fatal("no scan")
		}
	}
}
