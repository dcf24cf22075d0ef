package drivers

import "time"

// sightingsKept bounds the memory of codes seen of late; a person does not show more than this in a second.
const sightingsKept = 16

// sightings remembers the codes of one device for a short time. More than the last one is kept, because a reader that sees two codes on one
// screen reads them in turn.
type sightings struct {
	within  time.Duration
	seen    []sighting
	repeats uint64
}

type sighting struct {
	text string
	at   time.Time
}

// again notes the sighting and reports whether the same code was last seen less than the time ago. A phone left under the scanner is seen
// again and again and stays one scan; a clock that went back never makes a repeat.
func (s *sightings) again(text string, now time.Time) bool {
	repeat := false
	kept := s.seen[:0]
	for _, old := range s.seen {
		age := now.Sub(old.at)
		fresh := age >= 0 && age < s.within
		switch {
		case fresh && old.text == text:
			repeat = true
		case fresh:
			kept = append(kept, old)
		}
	}
	if len(kept) == sightingsKept {
		kept = append(kept[:0], kept[1:]...)
	}
	s.seen = append(kept, sighting{text, now})
	if repeat {
		s.repeats++
	}
	return repeat
}
