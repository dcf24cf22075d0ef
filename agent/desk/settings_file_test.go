package desk_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
)

// settings opens the settings of a folder, and sets thePIN when there is none. The hash is made once only: what makes it
// slow is tried by itself.
func settings(t *testing.T, dir string, change func(*desk.SettingsConfig)) *desk.SettingsFile {
	t.Helper()
	c := desk.SettingsConfig{Dir: dir, Rounds: 1}
	if change != nil {
		change(&c)
	}
	f := desk.OpenSettings(c)
	if !f.Settings().PINSet {
		if err := f.AdoptPIN(thePIN); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func status(err error) int {
	if e := new(desk.Error); errors.As(err, &e) {
		return e.Status
	}
	return 0
}

func TestSettingsAreKept(t *testing.T) {
	dir := t.TempDir()
	f := settings(t, dir, nil)
	want := desk.DefaultSettings()
	want.PINSet = true
	if f.Settings() != want {
		t.Errorf("the first ones are %+v", f.Settings())
	}
	told := 0
	f.OnChange(func() { told++ })
	want.Lang, want.Volume, want.Speech, want.TextSize, want.FullScreen, want.Practice = "en", 0, true, 150, true, false
	asked := want
	asked.PINSet = false // which is not settable
	for range 2 {        // the second time nothing changes, and nobody is told
		if got, err := f.SetSettings(thePIN, asked); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	for range 2 {
		if got := settings(t, dir, nil).Settings(); got != want {
			t.Errorf("opened again: %+v", got)
		}
		if got := desk.ReadSettings(dir); got != want {
			t.Errorf("read: %+v", got)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "settings.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".desk-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFolderWithoutSettings(t *testing.T) {
	dir := t.TempDir()
	f := desk.OpenSettings(desk.SettingsConfig{Dir: dir})
	if f.Settings() != desk.DefaultSettings() || desk.ReadSettings(dir) != desk.DefaultSettings() {
		t.Errorf("%+v", f.Settings())
	}
	if _, damaged := f.Warning(); damaged {
		t.Error("it warns")
	}
	for name, err := range map[string]error{"check": f.CheckPIN(thePIN), "settings": second(f.SetSettings(thePIN, f.Settings())), "PIN": f.SetPIN("", thePIN)} {
		if status(err) != 403 || !strings.Contains(err.Error(), "hexiao-agent pin") {
			t.Errorf("%s without a PIN: %v", name, err)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("it wrote %v", list)
	}
}

func second[A any](_ A, err error) error { return err }

func TestSettingsOutOfTheirRange(t *testing.T) {
	for name, change := range map[string]func(*desk.Settings){
		"no language":    func(s *desk.Settings) { s.Lang = "" },
		"too loud":       func(s *desk.Settings) { s.Volume = 101 },
		"below silence":  func(s *desk.Settings) { s.Volume = -1 },
		"text too large": func(s *desk.Settings) { s.TextSize = 400 },
		"no text":        func(s *desk.Settings) { s.TextSize = 0 },
	} {
		f := settings(t, t.TempDir(), nil)
		s := f.Settings()
		change(&s)
		if _, err := f.SetSettings(thePIN, s); status(err) != 400 {
			t.Errorf("%s: %v", name, err)
		}
		if f.Settings().Lang != "zh" || f.Settings().Volume != 70 || f.Settings().TextSize != 100 {
			t.Errorf("%s: it holds all the same: %+v", name, f.Settings())
		}
	}
}

// A damaged file: the defaults, no PIN that anybody could guess, and a warning until somebody has set them again.
func TestDamagedSettings(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"one digit changed":      func(b []byte) []byte { return bytes.Replace(b, []byte(`"volume":20`), []byte(`"volume":21`), 1) },
		"cut off":                func(b []byte) []byte { return b[:len(b)/2] },
		"empty":                  func([]byte) []byte { return []byte{} },
		"full of zeros":          func(b []byte) []byte { return make([]byte, len(b)) },
		"something else":         func([]byte) []byte { return []byte("hello\n") },
		"the sum alone is there": func(b []byte) []byte { return b[bytes.IndexByte(b, '\n'):] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := settings(t, dir, nil)
			s := f.Settings()
			s.Volume = 20
			if _, err := f.SetSettings(thePIN, s); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "settings.json")
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			open := func() *desk.SettingsFile {
				return desk.OpenSettings(desk.SettingsConfig{Dir: dir, Rounds: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
			}
			for range 2 { // a restart changes nothing
				f = open()
				if f.Settings() != desk.DefaultSettings() {
					t.Errorf("%+v", f.Settings())
				}
				w, damaged := f.Warning()
				if !damaged || w.Code != desk.WarnSettings || w.Text.Zh == "" || w.Text.En == "" || w.Next.En == "" || w.Since.IsZero() {
					t.Errorf("%v, %+v", damaged, w)
				}
			}
			if !strings.Contains(log.String(), "settings cannot be read") {
				t.Errorf("the log says %q", log.String())
			}
			if kept, err := os.ReadFile(path + ".bad"); err != nil || !bytes.Equal(kept, spoil(raw)) {
				t.Errorf("not set aside: %v", err)
			}
			if err := f.AdoptPIN(thePIN); err != nil {
				t.Fatal(err)
			}
			if _, damaged := f.Warning(); !damaged {
				t.Error("a PIN alone ends the warning")
			}
			told := false
			f.OnChange(func() { told = true })
			if _, err := f.SetSettings(thePIN, f.Settings()); err != nil {
				t.Fatal(err)
			}
			if _, damaged := f.Warning(); damaged || !told {
				t.Errorf("it goes on warning: %v, told %v", damaged, told)
			}
			if _, damaged := open().Warning(); damaged {
				t.Error("it warns again after a restart")
			}
		})
	}
}

func TestADiskThatRefusesSettings(t *testing.T) {
	dir := t.TempDir()
	f := settings(t, dir, nil)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s := f.Settings()
	was := s
	s.Volume = 5
	if _, err := f.SetSettings(thePIN, s); status(err) != 500 || f.Settings() != was {
		t.Errorf("%v, %+v", err, f.Settings())
	}
	if err := f.SetPIN(thePIN, "314159"); status(err) != 500 || f.CheckPIN(thePIN) != nil {
		t.Errorf("%v", err)
	}
	for range 5 {
		f.CheckPIN("000000")
	}
	if err := f.CheckPIN(thePIN); status(err) != 429 { // memory counts on
		t.Errorf("%v", err)
	}
}

func TestTries(t *testing.T) {
	now := time.Date(2023, 12, 11, 9, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	open := func() *desk.SettingsFile {
		return settings(t, dir, func(c *desk.SettingsConfig) { c.Now = func() time.Time { return now } })
	}
	f := open()
	wrong := func(want int, zh, en string) {
		t.Helper()
		err := f.CheckPIN("000000")
		if e := new(desk.Error); !errors.As(err, &e) || e.Status != want || !strings.Contains(e.Text.Zh, zh) || !strings.Contains(e.Text.En, en) {
			t.Errorf("%v: %+v", want, err)
		}
		f = open() // which wins nobody a try
	}
	right := func(want int) {
		t.Helper()
		if err := f.CheckPIN(thePIN); status(err) != want {
			t.Errorf("the right one: %v", err)
		}
	}
	wrong(403, "还可以试 4 次", "tries left: 4")
	wrong(403, "还可以试 3 次", "tries left: 3")
	right(0) // begins anew
	for left := 4; left > 0; left-- {
		wrong(403, "还可以试", "tries left: "+string(rune('0'+left)))
	}
	for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		wrong(403, "请等", "wait")
		right(429)
		now = now.Add(wait*time.Minute - time.Second)
		right(429)
		wrong(429, "请等 1 秒再试", "wait 1 s,")
		now = now.Add(time.Second)
	}
	now = now.Add(-240 * time.Hour) // a clock that was set back makes a wait no longer
	right(429)
	now = now.Add(240 * time.Hour)
	right(0)
	wrong(403, "还可以试 4 次", "tries left: 4")
}

func TestNewPINs(t *testing.T) {
	for _, pin := range []string{"", "1", "12345", "1234567890123", "12345a", "１２３４５６", " 271828", "27 1828", "271828\n",
		"000000", "999999999999", "123456", "012345", "654321", "987654321", "890123", "210987"} {
		if err := desk.CheckNewPIN(pin); status(err) != 400 {
			t.Errorf("%q: %v", pin, err)
		}
	}
	for _, pin := range []string{"271828", "123457", "112233", "135790", "000001", "271828182845"} {
		if err := desk.CheckNewPIN(pin); err != nil {
			t.Errorf("%q: %v", pin, err)
		}
	}
}

// A technician on the PC sets a PIN that was forgotten, whether the agent runs or not; a wait is over then.
func TestAPINThatIsLeftInTheFolder(t *testing.T) {
	dir := t.TempDir()
	if err := desk.LeavePINQuickly(dir, "123456"); status(err) != 400 {
		t.Errorf("%v", err)
	}
	if err := desk.LeavePINQuickly(dir, "314159"); err != nil {
		t.Fatal(err)
	}
	if !desk.ReadSettings(dir).PINSet {
		t.Error("it does not count before the agent has taken it in")
	}
	f := settings(t, dir, nil) // an agent that starts
	if err := f.CheckPIN("314159"); err != nil {
		t.Error(err)
	}
	for range 5 {
		f.CheckPIN(thePIN)
	}
	if err := f.CheckPIN("314159"); status(err) != 429 {
		t.Errorf("%v", err)
	}
	told := false
	f.OnChange(func() { told = true })
	if err := desk.LeavePINQuickly(dir, "161803"); err != nil {
		t.Fatal(err)
	}
	if err := f.CheckPIN("161803"); err != nil { // one that runs
		t.Error(err)
	}
	if err := f.CheckPIN("314159"); status(err) != 403 {
		t.Errorf("the old one: %v", err)
	}
	if told {
		t.Error("whether a PIN is set has not changed, and yet somebody was told")
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); !slices.Equal(names, []string{filepath.Join(dir, "settings.json")}) {
		t.Errorf("left behind: %v", names)
	}
	if err := os.WriteFile(filepath.Join(dir, "pin.new"), []byte(`{"salt":"","hash":"AAAA"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.CheckPIN("161803"); err != nil { // rubbish changes nothing
		t.Error(err)
	}
}

// G15: neither PIN nor wrong tries stand in the log or, in clear, in the folder; and whoever copies the file has to work
// for each guess.
func TestAPINIsNowhereInClear(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	if err := desk.LeavePIN(dir, thePIN); err != nil {
		t.Fatal(err)
	}
	f := desk.OpenSettings(desk.SettingsConfig{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	f.CheckPIN("8675309")
	if err := f.SetPIN(thePIN, "314159"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SetSettings("314159", f.Settings()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{thePIN, "8675309", "314159"} {
		if strings.Contains(log.String(), secret) || bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%s is to be read: %s\n%s", secret, log.String(), raw)
		}
	}
	if !bytes.Contains(raw, []byte(`"rounds":600000`)) {
		t.Errorf("hashed too seldom: %s", raw)
	}
}

func BenchmarkCheckPIN(b *testing.B) {
	dir := b.TempDir()
	if err := desk.LeavePIN(dir, thePIN); err != nil {
		b.Fatal(err)
	}
	f := desk.OpenSettings(desk.SettingsConfig{Dir: dir})
	for b.Loop() {
		if err := f.CheckPIN(thePIN); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAPINThatTheDiskRefusedOutlivesARestart: the technician was told that his new PIN holds.
func TestAPINThatTheDiskRefusedOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	f := settings(t, dir, nil)
	inTheWay := filepath.Join(dir, "settings.json")
	if err := errors.Join(os.Remove(inTheWay), os.MkdirAll(filepath.Join(inTheWay, "x"), 0o700), desk.LeavePINQuickly(dir, "314159")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.CheckPIN("314159"); err != nil {
			t.Fatalf("the new one: %v", err)
		}
	}
	if err := os.RemoveAll(inTheWay); err != nil {
		t.Fatal(err)
	}
	f = settings(t, dir, nil)
	if err := f.CheckPIN("314159"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if left, err := os.Stat(filepath.Join(dir, "pin.new")); err == nil {
		t.Errorf("%s is still there", left.Name())
	}
}
