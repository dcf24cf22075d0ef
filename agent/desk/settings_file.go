package desk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The files of the settings in the agent's data folder; both can be read by the agent's user alone.
const (
	settingsFile = "settings.json"
	newPINFile   = "pin.new" // left by LeavePIN, taken in and removed by the agent
)

// SettingsFile keeps what a technician sets, and the PIN that guards it, in one small file: its first line is JSON, its
// second that line's SHA-256. The file is written whole or not at all. One that cannot be read is set aside under another
// name: the defaults hold then, there is no PIN until `hexiao-agent pin` sets one, and a warning stands on the screen
// until the settings are set again. It is safe for concurrent use; reading never waits for a PIN that is being tried.
type SettingsFile struct {
	dir    string
	log    *slog.Logger
	now    func() time.Time
	rounds int

	trying sync.Mutex // held while a PIN is tried or anything is changed

	mu      sync.Mutex // guards what follows
	kept    kept
	changed func()
}

// kept is the file's contents.
type kept struct {
	Settings Settings `json:"settings"`
	PIN      *pinHash `json:"pin,omitempty"` // nil: none was set
	Tries    tries    `json:"tries,omitzero"`

	Damaged time.Time `json:"damaged,omitzero"` // when a file before it was found damaged; zero once somebody has set the settings again
}

// SettingsConfig is what a SettingsFile needs.
type SettingsConfig struct {
	Dir    string           // the agent's data folder
	Log    *slog.Logger     // nil: silence
	Now    func() time.Time // nil: time.Now
	Rounds int              // of the PIN's hash; 0: PINRounds
}

// OpenSettings reads the settings of a data folder. It always succeeds: see SettingsFile.
func OpenSettings(c SettingsConfig) *SettingsFile {
	f := &SettingsFile{dir: c.Dir, log: c.Log, now: c.Now, rounds: c.Rounds, changed: func() {}}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.rounds == 0 {
		f.rounds = PINRounds
	}
	f.kept.Settings = DefaultSettings()
	k, err := readSettings(filepath.Join(c.Dir, settingsFile))
	switch {
	case err == nil:
		f.kept = k
	case !errors.Is(err, fs.ErrNotExist):
		f.log.Error("settings cannot be read; the defaults hold", "error", err)
		f.beginAnew()
	}
	f.kept.Settings.PINSet = f.kept.PIN != nil
	f.takeNewPIN()
	return f
}

// beginAnew keeps a damaged file for whoever wants to look at it, and writes the defaults in its place.
func (f *SettingsFile) beginAnew() {
	path := filepath.Join(f.dir, settingsFile)
	f.kept.Damaged = f.now().Round(0)
	err := os.Rename(path, path+".bad")
	if err == nil {
		err = f.write(f.kept)
	}
	if err != nil {
		f.log.Warn("damaged settings are still in their place", "error", err)
	}
}

// ReadSettings reads the settings of a data folder whose agent does not run; the defaults when there are none that can be
// read.
func ReadSettings(dir string) Settings {
	k, err := readSettings(filepath.Join(dir, settingsFile))
	if err != nil {
		k.Settings = DefaultSettings()
	}
	_, err = os.Stat(filepath.Join(dir, newPINFile))
	k.Settings.PINSet = k.PIN != nil || err == nil
	return k.Settings
}

func readSettings(path string) (k kept, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return kept{}, err
	}
	line, sum, _ := bytes.Cut(raw, []byte("\n"))
	if want := sha256.Sum256(line); string(bytes.TrimSpace(sum)) != hex.EncodeToString(want[:]) {
		return kept{}, fmt.Errorf("%s is not as it was written", path)
	}
	k.Settings = DefaultSettings() // of what a later version adds, and an earlier file lacks
	if err := json.Unmarshal(line, &k); err != nil {
		return kept{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := k.Settings.check(); err != nil {
		return kept{}, fmt.Errorf("%s: %w", path, err)
	}
	if k.PIN != nil && !k.PIN.whole() || !k.Tries.whole() {
		return kept{}, fmt.Errorf("%s: the PIN's part is not whole", path)
	}
	return k, nil
}

// write puts contents on the disk and, when they are there, in force.
func (f *SettingsFile) write(k kept) error {
	line, err := json.Marshal(k)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(line)
	if err := put(filepath.Join(f.dir, settingsFile), string(line)+"\n"+hex.EncodeToString(sum[:]), 0o600); err != nil {
		return err
	}
	f.adopt(k)
	return nil
}

// adopt puts contents in force.
func (f *SettingsFile) adopt(k kept) {
	k.Settings.PINSet = k.PIN != nil
	f.mu.Lock()
	told := k.Settings != f.kept.Settings || k.Damaged != f.kept.Damaged
	f.kept = k
	changed := f.changed
	f.mu.Unlock()
	if told {
		changed()
	}
}

// OnChange sets who is told that the settings are other ones, or that a warning came or went. The call holds no lock that
// Settings or Warning needs.
func (f *SettingsFile) OnChange(tell func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = tell
}

// Settings gives the settings that hold now.
func (f *SettingsFile) Settings() Settings { return f.contents().Settings }

func (f *SettingsFile) contents() kept {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept
}

// Warning is what a person should know of the file; ok is false when it is whole.
func (f *SettingsFile) Warning() (w Warning, ok bool) {
	since := f.contents().Damaged
	return NewWarning(WarnSettings, "", since), !since.IsZero()
}

// SetSettings changes the settings when the PIN is right; what s says of PINSet is not looked at. Errors are *Error: as
// CheckPIN, 400 for a value out of its range, 500 or 507 when the disk could not be written and nothing was changed.
func (f *SettingsFile) SetSettings(pin string, s Settings) (Settings, error) {
	return f.Change(pin, func(now *Settings) { *now = s })
}

// Change is SetSettings for somebody who changes some of them: what is not touched stays as it is at that moment.
func (f *SettingsFile) Change(pin string, change func(*Settings)) (Settings, error) {
	f.trying.Lock()
	defer f.trying.Unlock()
	if err := f.try(pin); err != nil {
		return Settings{}, err
	}
	k := f.contents()
	change(&k.Settings)
	k.Damaged = time.Time{}
	if err := k.Settings.check(); err != nil {
		return Settings{}, err
	}
	if err := f.write(k); err != nil {
		return Settings{}, f.unwritten(err)
	}
	f.log.Info("settings changed", "lang", k.Settings.Lang, "volume", k.Settings.Volume, "speech", k.Settings.Speech,
		"text_size", k.Settings.TextSize, "fullscreen", k.Settings.FullScreen, "practice", k.Settings.Practice)
	return f.Settings(), nil
}

// unwritten says that the disk refused the file.
func (f *SettingsFile) unwritten(err error) *Error {
	f.log.Error("settings not written", "error", err)
	if isFull(err) {
		return refused(http.StatusInsufficientStorage, "磁盘已满，没有保存；请清理磁盘后再试。", "The disk is full and nothing was saved; free some disk space and try again.")
	}
	return refused(http.StatusInternalServerError, "磁盘写入失败，没有保存；请再试一次，仍不行请联系技术支持。", "The disk could not be written and nothing was saved; try again, and call support if it fails again.")
}

// check names the first value that is out of its range.
func (s Settings) check() error {
	switch {
	case s.Lang != "zh" && s.Lang != "en":
		return refused(http.StatusBadRequest, "lang 须是 zh 或 en。", `lang must be "zh" or "en".`)
	case s.Volume < 0 || s.Volume > MaxVolume:
		return refused(http.StatusBadRequest, fmt.Sprintf("volume 须在 0 到 %d 之间。", MaxVolume), fmt.Sprintf("volume lies between 0 and %d.", MaxVolume))
	case s.TextSize < MinTextSize || s.TextSize > MaxTextSize:
		return refused(http.StatusBadRequest, fmt.Sprintf("text_size 须在 %d 到 %d 之间。", MinTextSize, MaxTextSize), fmt.Sprintf("text_size lies between %d and %d.", MinTextSize, MaxTextSize))
	}
	return nil
}
