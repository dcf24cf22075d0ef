//go:build !windows

package sound

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Errors of an outlet: what this PC lacks.
var (
	errNoPlayer = errors.New("no player is installed (pw-play, paplay or aplay)")
	errNoVoice  = errors.New("no voice is installed (espeak-ng or spd-say)")
)

// outlet is the system's sound, through the programs that bring it to the loudspeaker. Which of them there are is asked
// each time: an answer is rare, and sound may be installed, or a loudspeaker plugged in, while the window is open.
type outlet struct{ folder string }

func newOutlet(folder string) outlet { return outlet{folder} }

// players are tried in this order: the one that the desktop's mixer belongs to comes first.
var players = [][]string{{"pw-play"}, {"paplay"}, {"aplay", "-q"}}

// stuck is how much longer than the sound a player may take: longer, and the sound server hangs.
const stuck = 5 * time.Second

// play blocks until the sound is over or ctx ends, which cuts it off.
func (o outlet) play(ctx context.Context, wav []byte, long time.Duration) error {
	ctx, end := context.WithTimeout(ctx, long+stuck)
	defer end()
	file := filepath.Join(o.folder, "answer.wav")
	if err := os.WriteFile(file, wav, 0o600); err != nil {
		return fmt.Errorf("keep the sound: %w", err)
	}
	all := make([][]string, len(players))
	for i, p := range players {
		all[i] = append(p[:len(p):len(p)], file)
	}
	return first(ctx, all, errNoPlayer)
}

// speak blocks until the sentence is over or ctx ends, which cuts it off. espeak-ng comes first: it ends with its process,
// while speech-dispatcher speaks on by itself and must be told.
func (o outlet) speak(ctx context.Context, text, lang string, volume int) error {
	tongue := lang
	if lang == "zh" {
		tongue = "cmn"
	}
	err := first(ctx, [][]string{{"espeak-ng", "-v", tongue, "-a", strconv.Itoa(2 * volume), "--", text}}, errNoVoice)
	path, missing := exec.LookPath("spd-say")
	if err == nil || ctx.Err() != nil || missing != nil {
		return err
	}
	err = run(ctx, path, []string{"--wait", "--language", lang, "--volume", strconv.Itoa(2*volume - 100), "--", text})
	if ctx.Err() != nil {
		hush(path)
	}
	return err
}

// hush stops what speech-dispatcher is saying.
func hush(path string) {
	ctx, end := context.WithTimeout(context.Background(), time.Second)
	defer end()
	exec.CommandContext(ctx, path, "--stop").Run()
}

// first runs the first of some programs that does what it is asked; none is the error when there is none of them.
func first(ctx context.Context, programs [][]string, none error) error {
	failed := []error{}
	for _, p := range programs {
		path, err := exec.LookPath(p[0])
		if err != nil {
			continue
		}
		if err = run(ctx, path, p[1:]); err == nil || ctx.Err() != nil {
			return err
		}
		failed = append(failed, err)
	}
	if len(failed) == 0 {
		return none
	}
	return errors.Join(failed...)
}

// run ends the program with ctx, by its process.
func run(ctx context.Context, path string, args []string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s: %w %s", filepath.Base(path), err, said)
	}
	return nil
}
