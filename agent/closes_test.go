package agent_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// threeClosed is a till that has closed three shifts of one sale each and sold one more.
func threeClosed(t *testing.T) *bench {
	t.Helper()
	b := ready(t, true)
	for n := 1; n <= 3; n++ {
		b.sell(voucher.Serial(n), 58_00)
		b.close(n)
		time.Sleep(time.Hour)
	}
	b.sell(4, 60_00)
	return b
}

func (b *bench) shiftsFile() string { return filepath.Join(b.dir, "shifts.log") }

// spoil changes the file of shifts while the agent does not run.
func (b *bench) spoil(change func([]byte) []byte) {
	b.t.Helper()
	b.stop()
	raw, err := os.ReadFile(b.shiftsFile())
	if err != nil {
		b.t.Fatal(err)
	}
	if raw = change(raw); raw == nil {
		err = os.Remove(b.shiftsFile())
	} else {
		err = os.WriteFile(b.shiftsFile(), raw, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.open()
	b.start()
	b.Line(true, time.Now(), voucher.Text{})
}

// line changes one line, counted from 0.
func line(n int, change func([]byte)) func([]byte) []byte {
	return func(raw []byte) []byte {
		change(bytes.Split(raw, []byte("\n"))[n])
		return raw
	}
}

func flip(line []byte) { line[len(line)/2] ^= 4 }

// Whatever befalls the file of closed shifts: no sale is lost, no number is given twice, and the screen says so until the
// next closing.
func TestADamagedFileOfShifts(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func([]byte) []byte
		warning string
		numbers []int // of the shifts still listed, the newest first
		running int
		sales   int // in the running shift
	}{
		{"nothing", func(raw []byte) []byte { return raw }, "", []int{3, 2, 1}, 4, 1},
		{"its last line break is gone", func(raw []byte) []byte { return raw[:len(raw)-1] }, "", []int{3, 2, 1}, 4, 1},
		{"the newest closing", line(3, flip), desk.WarnShifts, []int{2, 1}, 4, 2},
		{"one in the middle", line(2, flip), desk.WarnShifts, []int{3, 1}, 4, 1},
		{"the head", line(0, flip), desk.WarnShifts, []int{3, 2, 1}, 4, 1},
		{"it is cut off within the newest", func(raw []byte) []byte { return raw[:len(raw)-40] }, desk.WarnShifts, []int{2, 1}, 4, 2},
		{"it is full of zeros", func(raw []byte) []byte { return make([]byte, len(raw)) }, desk.WarnShifts, nil, 1, 4},
		{"it is empty", func([]byte) []byte { return []byte{} }, desk.WarnShifts, nil, 1, 4},
		{"it is gone", func([]byte) []byte { return nil }, desk.WarnNoShifts, nil, 1, 4},
		{"a closing stands twice", func(raw []byte) []byte {
			lines := bytes.SplitAfter(raw, []byte("\n"))
			return append(raw, lines[3]...)
		}, desk.WarnShifts, []int{3, 2, 1}, 5, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := threeClosed(t)
				b.spoil(c.spoil)
				for range 2 { // a restart changes nothing
					got := []int{}
					for _, s := range b.shifts() {
						got = append(got, s.Number)
					}
					if !slices.Equal(got, c.numbers) || b.shift().Number != c.running || b.shift().Standing.Count != c.sales {
						t.Errorf("listed %v, %d runs with %d sales", got, b.shift().Number, b.shift().Standing.Count)
					}
					for _, w := range []string{desk.WarnShifts, desk.WarnNoShifts} {
						if _, warned := b.view(w); warned != (w == c.warning) {
							t.Errorf("warning %s: %v", w, warned)
						}
					}
					b.again()
					b.Line(true, time.Now(), voucher.Text{})
				}
				if lines, err := b.Day(t.Context(), ""); err != nil || len(lines) != 4 {
					t.Errorf("%d sales in the day's list, %v", len(lines), err)
				}
				aside, _ := filepath.Glob(b.shiftsFile() + ".bad-*")
				if kept := c.warning == desk.WarnShifts; kept != (len(aside) == 1) {
					t.Errorf("set aside: %v", aside)
				}
				b.close(c.running)
				if _, warned := b.view(c.warning); c.warning != "" && warned {
					t.Error("it still warns behind a closing")
				}
				if b.shift().Number != c.running+1 || b.shift().Standing.Count != 0 {
					t.Errorf("the next one is %+v", b.shift())
				}
			})
		})
	}
}

// Any one byte of the file changed (every ninth is tried, and all line breaks): the agent starts, no number is given twice,
// and either every sale is in a listed shift or in the running one, or the screen says what happened.
func TestEveryByteOfTheFileOfShifts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := threeClosed(t)
		b.stop()
		whole, err := os.ReadFile(b.shiftsFile())
		if err != nil {
			t.Fatal(err)
		}
		for i, was := range whole {
			if i%9 != 0 && was != '\n' {
				continue
			}
			bad := bytes.Clone(whole)
			bad[i] ^= 1 << (i % 8)
			if err := os.WriteFile(b.shiftsFile(), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			b.open()
			b.start()
			sales := b.shift().Standing.Count
			for _, s := range b.shifts() {
				sales += s.Standing.Count
			}
			running := b.shift().Number
			lines, err := b.Day(t.Context(), "")
			if _, warned := b.view(desk.WarnShifts); sales != 4 && !warned || running < 4 || len(lines) != 4 || err != nil {
				t.Errorf("byte %d: %d sales, %d runs", i, sales, running)
			}
			b.stop()
			aside, _ := filepath.Glob(b.shiftsFile() + ".bad-*")
			for _, name := range aside {
				os.Remove(name)
			}
		}
	})
}

// A file that cannot be read is left alone, and no shift is closed over it.
func TestAFileOfShiftsThatIsNotOurs(t *testing.T) {
	for name, spoil := range map[string]func(b *bench){
		"a folder in its place": func(b *bench) {
			os.Remove(b.shiftsFile())
			if err := os.Mkdir(b.shiftsFile(), 0o700); err != nil {
				b.t.Fatal(err)
			}
		},
		"a later version": func(b *bench) {
			if err := os.WriteFile(b.shiftsFile(), later, 0o600); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := threeClosed(t)
				b.stop()
				spoil(b)
				b.open()
				b.start()
				if _, warned := b.view(desk.WarnShifts); !warned {
					t.Error("no warning")
				}
				if _, err := b.CloseShift(t.Context(), b.shift().Number); err == nil || !strings.Contains(err.Error(), desk.ErrNotKept.Error()) {
					t.Errorf("closed over it: %v", err)
				}
				if b.shift().Standing.Count != 4 {
					t.Errorf("%+v", b.shift())
				}
			})
		})
	}
}

// later is a head of format 2, with its checksum.
var later = func() []byte {
	head := `{"format":2,"least":1}`
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum([]byte(head), crc32.MakeTable(crc32.Castagnoli)), head)
}()

// A journal that was put back to before the last closing: what is sold from then on is of the running shift, though its
// numbers were given before.
func TestAJournalThatIsOlderThanItsShifts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		b.close(1)
		b.stop()
		old := map[string][]byte{}
		for _, name := range []string{"journal.db", "journal.log"} {
			raw, err := os.ReadFile(filepath.Join(b.dir, name))
			if err != nil {
				t.Fatal(err)
			}
			old[name] = raw
		}
		b.open()
		b.start()
		b.Line(true, time.Now(), voucher.Text{})
		for serial := voucher.Serial(2); serial <= 4; serial++ {
			b.sell(serial, 58_00)
		}
		b.close(2)
		b.stop()
		for name, raw := range old {
			if err := os.WriteFile(filepath.Join(b.dir, name), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		b.open()
		b.start()
		b.hub = newHub()
		b.hub.last = 1 // of this till's chain it has only the first
		b.Line(true, time.Now(), voucher.Text{})
		a := b.sell(5, 60_00)
		if s := b.shift(); s.Number != 3 || s.Standing.Count != 1 || s.First != a.Redemption {
			t.Errorf("%+v", s)
		}
	})
}
