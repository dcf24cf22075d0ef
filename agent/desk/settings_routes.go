package desk

import "net/http"

// settingsRoutes are the addresses of settings and PIN.
func (s *Server) settingsRoutes(on router) {
	if s.settings == nil {
		return
	}
	on("GET", "/v1/settings", s.getSettings)
	on("PUT", "/v1/settings", s.putSettings)
	on("POST", "/v1/pin/check", s.checkPIN)
	on("PUT", "/v1/pin", s.putPIN)
}

func (s *Server) getSettings(w http.ResponseWriter, r *http.Request) {
	s.settings.TakeNewPIN()
	reply(w, http.StatusOK, s.settings.Settings())
}

// putSettings changes those settings that are given; pin_set is taken and not looked at, so that what GET gave can be
// sent back.
func (s *Server) putSettings(w http.ResponseWriter, r *http.Request) {
	var pin string
	var asked Settings
	var set changes[Settings]
	e := read(w, r, str("pin", true, &pin, anything),
		set.given(str("lang", false, &asked.Lang, anything), func(s *Settings) { s.Lang = asked.Lang }),
		set.given(whole("volume", false, &asked.Volume, 0, MaxVolume), func(s *Settings) { s.Volume = asked.Volume }),
		set.given(flag("speech", false, &asked.Speech), func(s *Settings) { s.Speech = asked.Speech }),
		set.given(whole("text_size", false, &asked.TextSize, MinTextSize, MaxTextSize), func(s *Settings) { s.TextSize = asked.TextSize }),
		set.given(flag("fullscreen", false, &asked.FullScreen), func(s *Settings) { s.FullScreen = asked.FullScreen }),
		set.given(flag("practice", false, &asked.Practice), func(s *Settings) { s.Practice = asked.Practice }),
		flag("pin_set", false, &asked.PINSet))
	if e != nil {
		refuse(w, *e)
		return
	}
	now, err := s.settings.Change(pin, set.make)
	answer(w, now, err)
}

func (s *Server) checkPIN(w http.ResponseWriter, r *http.Request) {
	var pin string
	if e := read(w, r, str("pin", true, &pin, anything)); e != nil {
		refuse(w, *e)
		return
	}
	answer(w, struct{}{}, s.settings.CheckPIN(pin))
}

func (s *Server) putPIN(w http.ResponseWriter, r *http.Request) {
	var pin, next string
	if e := read(w, r, str("pin", true, &pin, anything), str("next", true, &next, anything)); e != nil {
		refuse(w, *e)
		return
	}
	answer(w, struct{}{}, s.settings.SetPIN(pin, next))
}
