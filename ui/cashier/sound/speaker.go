package sound

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hexiao/agent/desk"
	"hexiao/ui/tone"
)

// Config is what a Speaker needs.
type Config struct {
	Folder string       // of this user and program alone; the sounds are kept there for players that read files
	Lang   string       // "zh" or "en": to speak until settings say otherwise
	Log    *slog.Logger // hears once that sound or speech is missing
}

// Speaker plays and speaks answers, one at a time: a newer one cuts the older off. Tell and Set are safe for concurrent
// use and never wait.
type Speaker struct {
	config Config
	outlet outlet
	told   chan desk.Answer // holds the newest answer that Run has not taken

	mu       sync.Mutex // guards settings
	settings desk.Settings

	silent, mute sync.Once // said that there is no sound, no speech
}

// NewSpeaker makes a speaker with the default settings; it starts nothing.
func NewSpeaker(c Config) *Speaker {
	s := &Speaker{config: c, outlet: newOutlet(c.Folder), told: make(chan desk.Answer, 1), settings: desk.DefaultSettings()}
	s.settings.Lang = c.Lang
	return s
}

// Set takes the till's settings; they hold from the next answer on. An empty language leaves the one before.
func (s *Speaker) Set(now desk.Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Lang == "" {
		now.Lang = s.settings.Lang
	}
	s.settings = now
}

func (s *Speaker) set() desk.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Tell lets an answer be heard, and cuts off the one before.
func (s *Speaker) Tell(a desk.Answer) {
	for {
		select {
		case s.told <- a:
			return
		default:
		}
		select { // nobody has heard of that one yet
		case <-s.told:
		default:
		}
	}
}

// Run plays until ctx ends, and leaves nothing sounding behind. It returns nil.
func (s *Speaker) Run(ctx context.Context) error {
	var sounding sync.WaitGroup
	cut := func() {}
	defer sounding.Wait()
	defer func() { cut() }()
	for {
		select {
		case a := <-s.told:
			cut()
			sounding.Wait()
			part, end := context.WithCancel(ctx)
			cut = end
			sounding.Go(func() { s.utter(part, a, s.set()) })
		case <-ctx.Done():
			return nil
		}
	}
}

// speechWait bounds a sentence: the longest takes some ten seconds.
const speechWait = 30 * time.Second

// utter plays the answer's sound, then speaks it.
func (s *Speaker) utter(ctx context.Context, a desk.Answer, now desk.Settings) {
	what := tone.Sound{Answer: a.Answer, Practice: a.Practice}
	samples := what.Samples(now.Volume)
	if len(samples) == 0 {
		return
	}
	if err := s.outlet.play(ctx, tone.WAV(samples), tone.Lasts(len(samples))); err != nil && ctx.Err() == nil {
		s.silent.Do(func() {
			s.config.Log.Warn("answers are not heard: no sound can be played; install PipeWire, PulseAudio or ALSA's aplay", "error", err)
		})
	}
	if !now.Speech || ctx.Err() != nil {
		return
	}
	part, end := context.WithTimeout(ctx, speechWait)
	defer end()
	if err := s.outlet.speak(part, Sentence(a, now.Lang), now.Lang, now.Volume); err != nil && ctx.Err() == nil {
		s.mute.Do(func() { s.config.Log.Warn("answers are not spoken", "error", err) })
	}
}
