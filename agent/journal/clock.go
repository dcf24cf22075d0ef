package journal

import "time"

// Slack is how far the PC's clock may part from the monotonic one, or lie behind the highest time known, before it is
// called unsure or behind: more than an NTP step or a slow scheduler makes, less than matters to any rule.
const Slack = 5 * time.Second

// Stamp is the time as the till can vouch for it (G11).
type Stamp struct {
	At     time.Time // trusted time: never earlier than any hub time ever heard
	Heard  time.Time // the hub's time last heard, as it was said; zero for never
	Wall   time.Time // what the PC's own clock says
	Sure   bool      // a hub time was heard in this life of the process, and the PC's clock has run on evenly since
	Behind bool      // the PC's clock is behind a time that has already been: nothing may be accepted offline (clock_untrusted)
}

// reading is one look at the PC's two clocks: the one people set, and the one nobody can set but that may stand still
// while the PC sleeps.
type reading struct {
	wall time.Time
	mono time.Duration
}

// kept is what the disk holds of the clock, in milliseconds.
type kept struct {
	Mark  int64 `cbor:"1,keyasint"` // highest time known from the hub, with what ran on since
	Guess int64 `cbor:"2,keyasint"` // highest time stamped while only the PC's clock vouched for it; 0 after a hub time was heard
	Heard int64 `cbor:"3,keyasint"` // the hub's time last heard
	Lag   int64 `cbor:"4,keyasint"` // how much the PC's clock was slow when the hub was last heard; 0 when it was not
}

// clock holds trusted time. It is pure: every reading is handed in.
//
// The highest time is kept in two parts. Mark came from the hub and never falls. Guess came from the PC's clock alone: a
// PC that boots in the year 2030 may narrow what the till does until the hub is heard, but not for ever.
//
// Lag is for old PCs whose clock is always slow: their clock would be behind after every restart without the hub. It is
// used only where the clock as it stands would be behind, so a clock that was set right meanwhile is taken as it is.
type clock struct {
	kept
	anchored bool    // a hub time was heard in this life
	parted   bool    // the two clocks have parted since
	anchor   reading // when it was heard
}

// hear takes a hub's time that has come just now.
func (c *clock) hear(hub time.Time, r reading) {
	c.Heard = hub.UnixMilli()
	c.Mark = max(c.Mark, c.Heard)
	c.Guess = 0
	c.Lag = max(0, c.Heard-r.wall.UnixMilli())
	c.anchored, c.parted, c.anchor = true, false, r
}

// vouched is how far the hub's time has come for certain since it was heard in this life; false when it was not.
func (c *clock) vouched(r reading) (time.Time, bool) {
	return time.UnixMilli(max(c.Mark, c.Heard+(r.mono-c.anchor.mono).Milliseconds())), c.anchored
}

// stamp gives trusted time. While sure it is the hub's time and what ran since; otherwise it is the latest of all that
// is known, so that doubt only ever narrows.
func (c *clock) stamp(r reading) Stamp {
	s := Stamp{Wall: r.wall}
	if c.Heard != 0 {
		s.Heard = time.UnixMilli(c.Heard)
	}
	floor := c.Mark
	if c.anchored {
		ran := r.mono - c.anchor.mono
		floor = max(floor, c.Heard+ran.Milliseconds())
		c.parted = c.parted || (r.wall.Sub(c.anchor.wall)-ran).Abs() > Slack
		if !c.parted {
			s.At, s.Sure = time.UnixMilli(floor), true
			return s
		}
	}
	floor = max(floor, c.Guess)
	wall, slack := r.wall.UnixMilli(), Slack.Milliseconds()
	if wall < floor-slack {
		wall += c.Lag
	}
	s.At, s.Behind = time.UnixMilli(max(floor, wall)), wall < floor-slack
	return s
}

// after is what is to be kept once something was stamped.
func (c *clock) after(s Stamp) kept {
	k := c.kept
	if s.Sure {
		k.Mark = max(k.Mark, s.At.UnixMilli())
	} else {
		k.Guess = max(k.Guess, s.At.UnixMilli())
	}
	return k
}
