package cashier

import (
	"errors"
	"strings"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Tech is what the technician has typed. It is forgotten as soon as the pages are left.
type Tech struct {
	PIN   string // the right one, while the settings are open
	Typed string // the digits so far
	Fresh string // a new PIN, typed once
	New   bool   // a new PIN is asked for
}

// Events of the settings.
type (
	pinDone    struct{} // the PIN is typed
	pinWanted  struct{} // another PIN is wanted
	pinChecked struct {
		pin string
		err error
	}
	pinChanged struct {
		next string
		err  error
	}
	set string   // one setting is to be another
	now struct { // the settings are these now
		settings desk.Settings
		err      error
	}
	sounded desk.Answer // the sound of this answer is wanted
)

// pin takes one key of the PIN.
func (s State) pin(k Key) State {
	t := s.Tech.Typed
	switch {
	case s.Order != nil:
		return s
	case k == Clear:
		t = ""
	case k == Back:
		t = t[:max(0, len(t)-1)]
	case k >= '0' && k <= '9' && len(t) < desk.MaxPIN:
		t += string(k)
	}
	s.Tech.Typed, s.Trouble, s.Note = t, nil, nil
	return s
}

// pinEnd looks at the PIN that was typed: it is asked of the desk, or it is a new one and has to be typed twice.
func (s State) pinEnd() State {
	t := s.Tech
	switch {
	case s.Page != PINPage || s.Order != nil || !s.View.Settings.PINSet:
		return s
	case len(t.Typed) < desk.MinPIN:
		return s.pinAgain(say.pinShort)
	case !t.New:
		s.Order = checking(t.Typed)
		return s
	case t.Fresh == "":
		s.Tech = Tech{PIN: t.PIN, New: true, Fresh: t.Typed}
		return s
	case t.Fresh != t.Typed:
		s.Tech.Fresh = ""
		return s.pinAgain(say.pinDiffers)
	}
	s.Order = changing{t.PIN, t.Typed}
	return s
}

// pinNew asks for another PIN.
func (s State) pinNew() State {
	if s.Page == SettingsPage && s.Order == nil {
		s.Page, s.Tech, s.Mark, s.Trouble, s.Note = PINPage, Tech{PIN: s.Tech.PIN, New: true}, 0, nil, nil
	}
	return s
}

// pinAgain begins the PIN anew and says why.
func (s State) pinAgain(why voucher.Text) State {
	s.Tech.Typed, s.Trouble, s.Mark = "", &why, 0
	return s
}

func (s State) pinChecked(e pinChecked) State {
	s.Order = nil
	switch {
	case s.Page != PINPage:
		return s
	case e.err != nil:
		return s.pinAgain(pinTrouble.say(e.err))
	}
	s.Page, s.Tech, s.Mark, s.Trouble = SettingsPage, Tech{PIN: e.pin}, 0, nil
	return s
}

func (s State) pinChanged(e pinChanged) State {
	s.Order = nil
	switch {
	case s.Page != PINPage:
		return s
	case e.err != nil:
		s.Tech.Fresh = ""
		return s.pinAgain(pinTrouble.say(e.err))
	}
	s.Page, s.Tech, s.Mark, s.Trouble, s.Note = SettingsPage, Tech{PIN: e.next}, 0, nil, &say.pinChanged
	return s
}

// set asks the desk for another setting; what is shown is always what the desk has.
func (s State) set(e set) State {
	if s.Page != SettingsPage || s.Order != nil {
		return s
	}
	wish := e.on(s.View.Settings)
	s.Trouble, s.Note = nil, nil
	if wish != s.View.Settings {
		s.Order = setting{s.Tech.PIN, wish}
	}
	return s
}

func (s State) setNow(e now) State {
	s.Order = nil
	if e.err != nil {
		t := settingTrouble.say(e.err)
		if wrongPIN(e.err) && s.Page == SettingsPage { // it was changed elsewhere
			s = s.turn(PINPage)
		}
		s.Trouble = &t
		return s
	}
	return s.settings(s.View.Settings, e.settings)
}

// wrongPIN tells whether the desk refused because of the PIN.
func wrongPIN(err error) bool {
	refusal := new(desk.Error)
	return errors.As(err, &refusal) && (refusal.Status == 403 || refusal.Status == 429)
}

// settings takes what the desk holds. The language of the window follows when it is set, not when a View comes again.
func (s State) settings(before, next desk.Settings) State {
	s.View.Settings = next
	if next.Lang != before.Lang && (next.Lang == "zh" || next.Lang == "en") && !(s.KeepLang && before.Lang == "") {
		s.Lang = next.Lang
	}
	return s
}

func (s State) pinChoices() []choice {
	if !s.View.Settings.PINSet {
		return []choice{{"leave", say.backToSale, turned(SalePage)}}
	}
	return []choice{{"pin ok", say.ok, pinDone{}}, {"step back", say.backOne, backOne{}}}
}

// Steps of the settings that go up and down.
const (
	volumeStep = 10
	textStep   = 10
)

// on gives the settings with the one changed.
func (e set) on(v desk.Settings) desk.Settings {
	switch e {
	case "lang":
		v.Lang = other(v.Lang)
	case "quieter":
		v.Volume = max(0, v.Volume-volumeStep)
	case "louder":
		v.Volume = min(desk.MaxVolume, v.Volume+volumeStep)
	case "speech":
		v.Speech = !v.Speech
	case "smaller":
		v.TextSize = max(desk.MinTextSize, v.TextSize-textStep)
	case "larger":
		v.TextSize = min(desk.MaxTextSize, v.TextSize+textStep)
	case "full":
		v.FullScreen = !v.FullScreen
	case "practice":
		v.Practice = !v.Practice
	}
	return v
}

// settingsChoices go through the page as it is read; the way back is the first.
func (s State) settingsChoices() []choice {
	v := s.View.Settings
	return []choice{
		{"step back", say.backToSale, backOne{}},
		{"set lang", languageName(v.Lang), set("lang")},
		{"quieter", say.less, set("quieter")},
		{"louder", say.more, set("louder")},
		{"sound final", say.soundFinal, sounded(sample(voucher.Final))},
		{"sound provisional", say.soundProvisional, sounded(sample(voucher.Provisional))},
		{"sound refused", say.soundRefused, sounded(sample(voucher.Refused))},
		{"sound again", say.soundAgain, sounded(sample(voucher.ScanAgain))},
		{"set speech", onOff(v.Speech), set("speech")},
		{"smaller", say.less, set("smaller")},
		{"larger", say.more, set("larger")},
		{"set full", onOff(v.FullScreen), set("full")},
		{"set practice", onOff(v.Practice), set("practice")},
		{"set up", guide.open, guided{}},
		{"pin change", say.pinChange, pinWanted{}},
	}
}

// sample is an answer to hear; it bears Practice, since nothing was redeemed.
func sample(a voucher.Answer) desk.Answer {
	return desk.Answer{Answer: a, Practice: true}
}

// fact is a line that a technician reads out on the telephone.
type fact struct{ head, value string }

func (s State) facts(address string) []fact {
	v := s.View
	said := func(t voucher.Text) string { return t.In(s.Lang) }
	hub := s.hubSign()
	var guns []string
	for _, g := range v.Scanners {
		how := say.connected
		if !g.Connected {
			how = say.notConnected
		}
		guns = append(guns, g.Name+" "+said(how))
	}
	if len(guns) == 0 {
		guns = []string{said(say.keyboard)}
	}
	since := hub.value
	if !v.Hub.Since.IsZero() {
		since += " (" + v.Hub.Since.In(s.zone()).Format(time.DateOnly) + ")"
	}
	return []fact{
		{said(say.till), string(v.Terminal)},
		{said(say.version), v.Version},
		{said(say.deskAddress), address},
		{said(say.hub), since},
		{said(say.scanner), strings.Join(guns, ", ")},
		{said(say.queue), s.queueSign().value},
		{said(say.lease), s.leaseSign().value},
	}
}
