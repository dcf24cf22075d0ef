package desk

import (
	"errors"
	"fmt"
	"net/http"
)

// router adds one address to the desk's face.
type router func(method, path string, h http.HandlerFunc)

// shiftRoutes are the addresses of shifts and practice.
func (s *Server) shiftRoutes(on router) {
	if s.shifts != nil {
		on("GET", "/v1/shift", s.shift)
		on("POST", "/v1/shift/close", s.closeShift)
		on("GET", "/v1/shifts", s.closedShifts)
	}
	if s.practice != nil {
		on("PUT", "/v1/practice", s.practise)
	}
}

func (s *Server) shift(w http.ResponseWriter, r *http.Request) {
	shift, err := s.shifts.Shift(r.Context())
	answer(w, shift, err)
}

func (s *Server) closeShift(w http.ResponseWriter, r *http.Request) {
	var n int
	if e := read(w, r, whole("number", true, &n, 1, 999_999_999)); e != nil {
		refuse(w, *e)
		return
	}
	shift, err := s.shifts.CloseShift(r.Context(), n)
	if err != nil {
		s.log.Warn("shift not closed", "number", n, "error", err)
	}
	answer(w, shift, err)
}

func (s *Server) closedShifts(w http.ResponseWriter, r *http.Request) {
	shifts, err := s.shifts.Shifts(r.Context())
	if shifts == nil {
		shifts = []Shift{}
	}
	answer(w, shifts, err)
}

func (s *Server) practise(w http.ResponseWriter, r *http.Request) {
	var practice struct {
		On bool `json:"on"`
	}
	if e := read(w, r, flag("on", true, &practice.On)); e != nil {
		refuse(w, *e)
		return
	}
	answer(w, practice, s.practice.Practise(r.Context(), practice.On))
}

// answer answers with what was asked for, or says the error.
func answer(w http.ResponseWriter, body any, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, body)
}

// shiftRefused says the errors of shifts and practice.
func shiftRefused(err error) *Error {
	if no, ok := errors.AsType[*NoShift](err); ok {
		return noShift(no)
	}
	switch {
	case errors.Is(err, ErrPractising):
		return refused(http.StatusConflict, "本机正在练习，没有交班；请先结束练习。", "This till is practising, so the shift was not closed; end practice first.")
	case errors.Is(err, ErrNoPractice):
		return refused(http.StatusForbidden, "本机不允许练习；请技术人员在设置里打开。", "Practice is switched off on this till; the technician can switch it on in the settings.")
	case errors.Is(err, ErrNoRoom):
		return refused(http.StatusInsufficientStorage, "磁盘已满，没有交班；请清理磁盘后再交班，核销一笔不少。",
			"The disk is full, so the shift was not closed; free some disk space and close it again. No redemption is lost.")
	case errors.Is(err, ErrNotKept):
		return refused(http.StatusInternalServerError, "磁盘写入失败，没有交班；请再试一次，仍不行请联系技术支持。核销一笔不少。",
			"The disk could not be written, so the shift was not closed; try again, and call support if it fails again. No redemption is lost.")
	}
	return refused(http.StatusConflict, "没有这一班。", "There is no such shift.")
}

func noShift(no *NoShift) *Error {
	if no.Asked > no.Running {
		return refused(http.StatusConflict, fmt.Sprintf("现在是第 %d 班，还没有第 %d 班；请刷新后再交班。", no.Running, no.Asked),
			fmt.Sprintf("Shift %d runs now and there is no shift %d yet; look again, then close it.", no.Running, no.Asked))
	}
	return refused(http.StatusConflict, fmt.Sprintf("第 %d 班的记录本机已不保存；现在是第 %d 班。", no.Asked, no.Running),
		fmt.Sprintf("This till no longer holds the record of shift %d; shift %d runs now.", no.Asked, no.Running))
}
