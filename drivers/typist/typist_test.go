package typist_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/typist"
)

// window is a program that has the focus: it reads keys as a PC with a US keyboard does.
type window struct {
	mu     sync.Mutex // guards the rest
	lit    bool       // Caps Lock
	broken error
	opened int
	read   []byte
	at     []time.Time
}

func (w *window) open() (typist.Hands, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened++
	return typist.Hands{Press: w.press, Caps: func() bool { return w.lit }, Close: func() error { return nil }}, nil
}

func (w *window) press(s typist.Stroke) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	w.read = append(w.read, usual(s, w.lit))
	w.at = append(w.at, time.Now())
	return nil
}

func (w *window) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.read)
}

// What the keys of a PC type, from a sheet of their scan codes.
var (
	codes = "\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29\x2b\x2c\x2d\x2e\x2f\x30\x31\x32\x33\x34\x35\x39\x1c"
	bare  = "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ \r"
	upper = "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>? \r"
)

func usual(s typist.Stroke, caps bool) byte {
	i := strings.IndexByte(codes, byte(s.Key))
	shift := s.Shift
	if c := bare[i]; 'a' <= c && c <= 'z' {
		shift = shift != caps
	}
	if shift {
		return upper[i]
	}
	return bare[i]
}

func typing(t *testing.T, o typist.Options, w *window) *typist.Keyboard {
	k, err := typist.New(o)
	if err != nil {
		t.Fatal(err)
	}
	k.SetHands(w.open)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	time.Sleep(time.Second) // a new keyboard is known to the desktop
	synctest.Wait()
	return k
}

func every() string {
	var all []byte
	for c := byte(' '); c < 0x7F; c++ {
		all = append(all, c)
	}
	return string(all)
}

func TestCodesAreTypedAsTheyAre(t *testing.T) {
	for name, caps := range map[string]bool{"Caps Lock off": false, "Caps Lock on": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &window{lit: caps}
				k := typing(t, typist.Options{}, w)
				done := make(chan error, 9)
				for _, text := range []string{every(), "6901234567892", "]aBc"} {
					if !k.Type(text, func(err error) { done <- err }) {
						t.Fatalf("%q is not taken", text)
					}
				}
				for range 3 {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				if want := every() + "\r6901234567892\r]aBc\r"; w.text() != want {
					t.Errorf("the window read\n%q, want\n%q", w.text(), want)
				}
				for i := range w.at[1:] {
					if d := w.at[i+1].Sub(w.at[i]); d < 4*time.Millisecond {
						t.Fatalf("key %d came %v after the one before", i+1, d)
					}
				}
			})
		})
	}
}

func TestACodeMayEndWithNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &window{}
		k := typing(t, typist.Options{End: "none"}, w)
		done := make(chan error, 1)
		k.Type("6901234567892", func(err error) { done <- err })
		if err := <-done; err != nil || w.text() != "6901234567892" {
			t.Errorf("%q, %v", w.text(), err)
		}
	})
	if _, err := typist.New(typist.Options{End: "tab"}); err == nil || !strings.Contains(err.Error(), "enter") {
		t.Errorf("an end that does not exist: %v", err)
	}
}

func TestTextThatHasNoKeysIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &window{}
		k := typing(t, typist.Options{}, w)
		for name, text := range map[string]string{"nothing": "", "Chinese": "会员卡1", "GB18030": "\xbb\xe1", "a group separator": "01\x1d02", "a line break": "a\rb",
			"an accent": "é", "too long": strings.Repeat("1", typist.MaxText+1), "DEL": "a\x7f"} {
			if k.Type(text, nil) {
				t.Errorf("%s is taken", name)
			}
		}
		if !k.Type(strings.Repeat("1", typist.MaxText), nil) {
			t.Error("the longest text is refused")
		}
		time.Sleep(time.Minute)
		if got := w.text(); got != strings.Repeat("1", typist.MaxText)+"\r" {
			t.Errorf("typed %q", got)
		}
	})
}

func TestWhatCannotBeTypedInTimeIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &window{}
		k := typing(t, typist.Options{}, w)
		long := strings.Repeat("1", 400) // 1.6 s
		ends := make(chan error, 100)
		taken := 0
		for range 50 {
			if k.Type(long, func(err error) { ends <- err }) {
				taken++
			}
		}
		if taken == 50 {
			t.Error("what waits has no bound")
		}
		late := 0
		for range taken {
			if errors.Is(<-ends, drivers.ErrLate) {
				late++
			}
		}
		if typed := strings.Count(w.text(), "\r"); typed+late != taken || typed > 3 {
			t.Errorf("%d taken, %d typed, %d given back", taken, typed, late)
		}
		if !k.State().Connected {
			t.Error("a code that was late is no reason to be away")
		}
	})
}

func TestAKeyboardThatBreaksIsMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &window{}
		k := typing(t, typist.Options{}, w)
		w.broken = errors.New("no such device")
		ends := make(chan error, 2)
		k.Type("6901234567892", func(err error) { ends <- err })
		k.Type("6901234567893", func(err error) { ends <- err })
		for range 2 {
			if err := <-ends; err == nil {
				t.Error("a code that was not typed is said to be")
			}
		}
		synctest.Wait()
		if s := k.State(); s.Connected || s.Problem.ZH == "" || k.Type("1", nil) {
			t.Errorf("%+v", s)
		}
		w.mu.Lock()
		w.broken = nil
		w.mu.Unlock()
		time.Sleep(10 * time.Second)
		if !k.State().Connected || w.opened < 2 || !k.Type("1", nil) {
			t.Errorf("%+v", k.State())
		}
	})
}

func TestWhatWaitsAtTheEndIsGivenBackAndNoCodeIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		k, err := typist.New(typist.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if err != nil {
			t.Fatal(err)
		}
		w := &window{}
		k.SetHands(w.open)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- k.Run(ctx) }()
		if k.Type("281234567890123456", nil) {
			t.Error("taken before the keyboard is there")
		}
		time.Sleep(2 * time.Second)
		ends := make(chan error, 2)
		k.Type("281234567890123456", func(err error) { ends <- err })
		k.Type("281234567890123457", func(err error) { ends <- err })
		time.Sleep(10 * time.Millisecond)
		cancel()
		for range 2 {
			if err := <-ends; err == nil {
				t.Error("a code that was cut off is said to be typed")
			}
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if said := log.String(); strings.Contains(said, "12345678") || said == "" {
			t.Errorf("the log: %s", said)
		}
	})
}
