package sound

import (
	"context"
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// outlet is the system's sound: PlaySound of winmm, which is in every Windows.
type outlet struct{}

func newOutlet(string) outlet { return outlet{} }

var playSound = windows.NewLazySystemDLL("winmm.dll").NewProc("PlaySoundW")

// The flags of PlaySoundW (playsoundapi.h).
const (
	sndAsync     = 0x0001
	sndNoDefault = 0x0002
	sndMemory    = 0x0004
)

// play blocks until the sound is over or ctx ends, which cuts it off. The system plays out of wav's own memory, which is
// held here for as long.
func (outlet) play(ctx context.Context, wav []byte, long time.Duration) error {
	if err := playSound.Find(); err != nil {
		return err
	}
	if done, _, _ := playSound.Call(uintptr(unsafe.Pointer(&wav[0])), 0, sndMemory|sndAsync|sndNoDefault); done == 0 {
		return errors.New("PlaySound took nothing: there may be no sound device")
	}
	over := time.NewTimer(long)
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
	}
	playSound.Call(0, 0, 0) // nothing plays out of wav any more
	_ = wav[0]
	return ctx.Err()
}

// speak is missing here: Windows speaks through COM (SAPI), which this program does not use, or PowerShell, which it must
// not start.
func (outlet) speak(context.Context, string, string, int) error {
	return errors.New("speech on Windows is not built yet; turn it off in the settings")
}
