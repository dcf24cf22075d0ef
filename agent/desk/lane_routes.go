package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"hexiao/hub/voucher"
)

const (
	lanePath   = "/v1/lane"
	acceptPath = "/v1/lane/accept"
)

// laneRoutes are the addresses of the lane test.
func (s *Server) laneRoutes(on router) {
	if s.lanes == nil {
		return
	}
	on("GET", lanePath, s.laneOf(s.lanes.Lane))
	on("POST", lanePath, s.laneOf(s.lanes.BeginLane))
	on("DELETE", lanePath, s.laneOf(s.lanes.EndLane))
	on("POST", acceptPath, s.acceptLane)
}

// laneOf answers with the lane test after something was asked of it. A body may be left out.
func (s *Server) laneOf(ask func(context.Context) (Lane, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 && r.Method != http.MethodGet {
			if e := read(w, r); e != nil {
				refuse(w, *e)
				return
			}
		}
		l, err := ask(r.Context())
		s.tellLane(w, l, err)
	}
}

func (s *Server) tellLane(w http.ResponseWriter, l Lane, err error) {
	if err == nil && l.Code != "" && s.qr != nil {
		if l.PNG, err = s.qr(l.Code); err != nil {
			s.log.Error("test code not drawn", "error", err)
			err = nil // the text of it will do
		}
	}
	answer(w, l, laneRefused(err))
}

// laneRefused says the errors of a lane test; others stay as they are.
func laneRefused(err error) error {
	switch {
	case errors.Is(err, ErrNoLane):
		return refused(http.StatusConflict, "一小时内没有通过的通道测试，不能验收；请先做通道测试。", "No lane test has passed within the hour, so nothing can be accepted; do the lane test first.")
	case errors.Is(err, ErrPractising):
		return refused(http.StatusConflict, "本机正在练习，不能做通道测试；请先结束练习。", "This till is practising, so no lane test was begun; end practice first.")
	case errors.Is(err, ErrNotYet):
		return refused(http.StatusServiceUnavailable, "本机的日志正在和中心核对，没有验收；请看看是否在线，等一会儿再试。", "The till's journal is being settled with the hub, so nothing was accepted; see that the till is online, and try again in a moment.")
	case errors.Is(err, ErrNoRoom):
		return refused(http.StatusInsufficientStorage, "磁盘已满，没有验收；请清理磁盘后再试。", "The disk is full, so nothing was accepted; free some disk space and try again.")
	case errors.Is(err, ErrNotKept):
		return refused(http.StatusInternalServerError, "磁盘写入失败，没有验收；请再试一次，仍不行请联系技术支持。", "The disk could not be written, so nothing was accepted; try again, and call support if it fails again.")
	}
	return err
}

// acceptLane has doctor look at everything first: what fails must be put right, or be named.
func (s *Server) acceptLane(w http.ResponseWriter, r *http.Request) {
	var a Acceptance
	e := read(w, r, str("technician", true, &a.Technician, technician), str("note", false, &a.Note, note),
		texts("despite", &a.Despite), str("pin", false, &a.PIN, anything))
	if e != nil {
		refuse(w, *e)
		return
	}
	if err := s.maySign(a.PIN); err != nil {
		fail(w, err)
		return
	}
	h, err := s.handover(r.Context(), a)
	if err != nil {
		fail(w, err)
		return
	}
	l, err := s.lanes.AcceptLane(r.Context(), h)
	s.tellLane(w, l, err)
}

// maySign asks for the PIN where one is set.
func (s *Server) maySign(pin string) error {
	if s.settings == nil {
		return nil
	}
	s.settings.TakeNewPIN() // one that was left may not have been seen yet
	if !s.settings.Settings().PINSet {
		return nil
	}
	return s.settings.CheckPIN(pin)
}

// handover gathers what a handover says. The error names what fails and was not said to be known.
func (s *Server) handover(ctx context.Context, a Acceptance) (voucher.Handover, error) {
	h := voucher.Handover{Technician: a.Technician, Note: a.Note, System: runtime.GOOS + "/" + runtime.GOARCH}
	if s.fittings != nil {
		h.Fittings = s.fittings()
	}
	var findings []Finding
	if s.doctor != nil {
		var err error
		if findings, err = s.examine(ctx); err != nil {
			return h, err
		}
	}
	var zh, en []string
	for _, f := range findings {
		h.Checks = append(h.Checks, voucher.Check{Check: f.Check, State: f.State})
		switch {
		case f.State != Bad:
		case slices.Contains(a.Despite, f.Check):
			h.Despite = append(h.Despite, f.Check)
		default:
			zh, en = append(zh, f.Check+"（"+f.Text.Zh+"）"), append(en, f.Check+" ("+f.Text.En+")")
		}
	}
	if len(zh) == 0 {
		return h, nil
	}
	return h, refused(http.StatusConflict, "还有不合格的检查，没有验收："+strings.Join(zh, "、")+"。请先排除；确实要带着问题验收，请在 despite 里写明。",
		"Checks fail, and nothing was accepted: "+strings.Join(en, ", ")+". Put them right first; to accept in spite of them, name them in despite.")
}

func technician(s string) *Error {
	if voucher.Plain(s, voucher.MaxTechnician) == "" {
		return refused(http.StatusBadRequest, "technician 须写明由谁验收。", "technician must say who accepts.")
	}
	return atMost("technician", s, voucher.MaxTechnician)
}

func note(s string) *Error { return atMost("note", s, voucher.MaxNote) }

// atMost bounds a text; what cannot be seen in it is taken out later.
func atMost(name, s string, most int) *Error {
	if len([]rune(s)) > most {
		return refused(http.StatusBadRequest, fmt.Sprintf("%s 最长 %d 个字符。", name, most), fmt.Sprintf("%s may have at most %d characters.", name, most))
	}
	return nil
}

// texts takes a list of texts; it may be left out.
func texts(name string, to *[]string) field {
	return field{name: name, take: func(raw json.RawMessage) *Error {
		if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, to) != nil {
			return refused(http.StatusBadRequest, name+" 须是文字的列表。", name+" must be a list of texts.")
		}
		return nil
	}}
}
