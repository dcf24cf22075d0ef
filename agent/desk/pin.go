package desk

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// PINRounds is how often a PIN is hashed (PBKDF2 with HMAC-SHA-256; OWASP's Password Storage Cheat Sheet asks for 600,000,
// 2023). It makes a copied file of no use for a few days at least; at the till it is the waits that count, for a PIN of
// six digits has only a million values.
const PINRounds = 600_000

const (
	freeTries   = 5 // wrong ones before the first wait
	firstLock   = time.Minute
	longestLock = time.Hour
)

// pinHash is a PIN as it is kept.
type pinHash struct {
	Salt   []byte `json:"salt"`
	Hash   []byte `json:"hash"`
	Rounds int    `json:"rounds"`
}

func hashPIN(pin string, rounds int) (*pinHash, error) {
	p := &pinHash{Salt: make([]byte, 16), Rounds: rounds}
	rand.Read(p.Salt)
	var err error
	p.Hash, err = p.of(pin)
	return p, err
}

func (p *pinHash) of(pin string) ([]byte, error) {
	return pbkdf2.Key(sha256.New, pin, p.Salt, p.Rounds, sha256.Size)
}

// is takes as long for a wrong PIN as for the right one.
func (p *pinHash) is(pin string) bool {
	hash, err := p.of(pin)
	return err == nil && subtle.ConstantTimeCompare(hash, p.Hash) == 1
}

// whole tells whether it can be one of ours; a PIN that takes minutes to be tried is none.
func (p *pinHash) whole() bool {
	return len(p.Hash) == sha256.Size && p.Rounds > 0 && p.Rounds <= 20*PINRounds
}

func (p *pinHash) same(other *pinHash) bool {
	return p != nil && other != nil && string(p.Hash) == string(other.Hash) && string(p.Salt) == string(other.Salt)
}

// tries is what went wrong since the last right PIN. It is on disk, so that a restart wins nobody a try.
type tries struct {
	Wrong int       `json:"wrong"`
	Until time.Time `json:"until"` // nothing is tried before; the PC's clock
}

// whole tells whether they can be ours.
func (t tries) whole() bool { return t.Wrong >= 0 && t.Wrong < 1_000_000_000 }

// lock is how long to wait after so many wrong ones.
func lock(wrong int) time.Duration {
	if wrong < freeTries {
		return 0
	}
	return min(firstLock<<min(wrong-freeTries, 10), longestLock)
}

// wait is what is left of it. A clock that was set back makes it no longer than it was meant to be.
func (t tries) wait(now time.Time) time.Duration {
	return max(0, min(t.Until.Sub(now), lock(t.Wrong)))
}

// CheckPIN tells whether a PIN is right: nil, or an *Error as Client.CheckPIN says. It takes some tenths of a second, and
// one PIN is tried at a time.
func (f *SettingsFile) CheckPIN(pin string) error {
	f.trying.Lock()
	defer f.trying.Unlock()
	return f.try(pin)
}

// try is CheckPIN under its lock.
func (f *SettingsFile) try(pin string) error {
	f.takeNewPIN()
	k := f.contents()
	switch wait := k.Tries.wait(f.now()); {
	case k.PIN == nil:
		return refused(http.StatusForbidden, "还没有设过 PIN；请技术人员在本机执行 hexiao-agent pin。", "No PIN was set yet; the technician sets it on this PC with hexiao-agent pin.")
	case wait > 0:
		zh, en := span(wait)
		return refused(http.StatusTooManyRequests, "PIN 错的次数太多，请等 "+zh+"再试。", "The PIN was wrong too often; wait "+en+", then try again.")
	case k.PIN.is(pin):
		f.forgive(k)
		return nil
	}
	return f.count(k)
}

// forgive forgets the wrong ones.
func (f *SettingsFile) forgive(k kept) {
	if k.Tries == (tries{}) {
		return
	}
	k.Tries = tries{}
	f.note(k)
}

// count notes a wrong one before anybody hears of it, and says what is left.
func (f *SettingsFile) count(k kept) *Error {
	k.Tries.Wrong++
	wait := lock(k.Tries.Wrong)
	if wait > 0 {
		k.Tries.Until = f.now().Add(wait).Round(0)
	}
	f.log.Warn("wrong PIN", "wrong", k.Tries.Wrong, "wait", wait)
	f.note(k)
	if wait > 0 {
		zh, en := span(wait)
		return refused(http.StatusForbidden, fmt.Sprintf("PIN 不对，已错 %d 次；请等 %s再试。", k.Tries.Wrong, zh), fmt.Sprintf("The PIN is wrong, %d times by now; wait %s, then try again.", k.Tries.Wrong, en))
	}
	left := freeTries - k.Tries.Wrong
	return refused(http.StatusForbidden, fmt.Sprintf("PIN 不对；还可以试 %d 次。", left), fmt.Sprintf("The PIN is wrong; tries left: %d.", left))
}

// note keeps a PIN and its tries. Where the disk refuses them, memory goes on with them.
func (f *SettingsFile) note(k kept) (written bool) {
	err := f.write(k)
	if err != nil {
		f.log.Error("PIN or its tries not written", "error", err)
		f.adopt(k)
	}
	return err == nil
}

// span says a wait: minutes, or seconds when it is less than one; rounded up.
func span(d time.Duration) (zh, en string) {
	if d < time.Minute {
		s := (d + time.Second - 1) / time.Second
		return fmt.Sprintf("%d 秒", s), fmt.Sprintf("%d s", s)
	}
	m := (d + time.Minute - 1) / time.Minute
	return fmt.Sprintf("%d 分钟", m), fmt.Sprintf("%d min", m)
}

// SetPIN changes the PIN. Errors as CheckPIN, and 400 for a new one that will not do.
func (f *SettingsFile) SetPIN(pin, next string) error {
	f.trying.Lock()
	defer f.trying.Unlock()
	if err := f.try(pin); err != nil {
		return err
	}
	if err := CheckNewPIN(next); err != nil {
		return err
	}
	hash, err := hashPIN(next, f.rounds)
	if err != nil {
		return f.unwritten(err)
	}
	k := f.contents()
	k.PIN = hash
	if err := f.write(k); err != nil {
		return f.unwritten(err)
	}
	f.log.Info("PIN changed")
	return nil
}

// CheckNewPIN tells whether a PIN will do; the error is an *Error with status 400. Those that people try first will not:
// one digit all over, and rows that go up or down.
func CheckNewPIN(pin string) error {
	switch {
	case len(pin) < MinPIN || len(pin) > MaxPIN || strings.Trim(pin, "0123456789") != "":
		return refused(http.StatusBadRequest, fmt.Sprintf("PIN 须是 %d 到 %d 位数字。", MinPIN, MaxPIN), fmt.Sprintf("A PIN is %d to %d digits.", MinPIN, MaxPIN))
	case isRow(pin):
		return refused(http.StatusBadRequest, "这个 PIN 太好猜（全同或连号）；请换一个。", "That PIN is easily guessed (one digit all over, or a row); take another.")
	}
	return nil
}

// isRow: each digit is as far from the one before, and that is 0 or 1; 9 is beside 0.
func isRow(pin string) bool {
	step := (pin[1] - pin[0] + 10) % 10
	for i := 1; i < len(pin); i++ {
		if (pin[i]-pin[i-1]+10)%10 != step {
			return false
		}
	}
	return step == 0 || step == 1 || step == 9
}

// LeavePIN leaves a new PIN for the agent of a data folder, whether it runs or not: only its hash, in a file of its own, so
// that the agent remains the only one who writes the settings. It takes the place of a forgotten one, and so does not
// ask for that: whoever may write into the agent's folder may do as much anyway. The agent takes it in when it is next
// asked for its settings. Errors: CheckNewPIN's, or the system's.
func LeavePIN(dir, pin string) error { return leavePIN(dir, pin, PINRounds) }

func leavePIN(dir, pin string, rounds int) error {
	if err := CheckNewPIN(pin); err != nil {
		return err
	}
	hash, err := hashPIN(pin, rounds)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(hash)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, newPINFile)
	part := path + ".part"
	if err = put(part, string(raw), 0o600); err == nil {
		err = giveTo(part, dir)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return fmt.Errorf("leave the PIN: %w", err)
	}
	return nil
}

// TakeNewPIN takes in what LeavePIN has left.
func (f *SettingsFile) TakeNewPIN() {
	f.trying.Lock()
	defer f.trying.Unlock()
	f.takeNewPIN()
}

func (f *SettingsFile) takeNewPIN() {
	path := filepath.Join(f.dir, newPINFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	hash := new(pinHash)
	if err == nil {
		err = json.Unmarshal(raw, hash)
	}
	if err == nil && !hash.whole() {
		err = errors.New("it is not whole")
	}
	if err != nil {
		f.log.Error("new PIN not taken; set it again with hexiao-agent pin", "file", path, "error", err)
		return
	}
	if f.takePIN(hash) {
		os.Remove(path)
	}
}

// takePIN puts a PIN in force that was set on the PC itself; wrong tries before it are forgotten. It tells whether it is on the
// disk: until then the file stays that it was left in, or the PIN before it would be back after a restart.
func (f *SettingsFile) takePIN(hash *pinHash) (kept bool) {
	k := f.contents()
	if !k.PIN.same(hash) { // else it was taken before, and not written or its file not removed then
		k.PIN, k.Tries = hash, tries{}
		f.log.Info("PIN set on this PC")
	}
	return f.note(k)
}
