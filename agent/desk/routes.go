package desk

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// routes is the desk's whole face (DESIGN section 7).
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	on := func(method, path string, h http.HandlerFunc) {
		mux.HandleFunc(method+" "+path, h)
		methods[path] = append(methods[path], method)
	}
	on("POST", "/v1/redemptions", s.redeem)
	on("GET", "/v1/redemptions", s.day)
	on("POST", "/v1/redemptions/{id}/void", s.void)
	on("POST", "/v1/scans", s.scan)
	on("PUT", "/v1/bill", s.bill)
	on("GET", "/v1/status", s.status)
	on("GET", eventsPath, s.stream)
	on("GET", "/{$}", s.page)
	on("GET", pagePath+"{file}", s.page)
	on("GET", openapiPath, s.describe)
	if s.pictures != nil {
		on("POST", "/v1/pictures", s.picture)
	}
	if s.sales != nil {
		on("GET", "/v1/redemptions/{id}/slip", s.slip)
		on("POST", "/v1/redemptions/{id}/print", s.print)
	}
	if s.journal != nil {
		on("GET", "/v1/journal", s.export)
		on("GET", "/v1/journal/check", s.verify)
	}
	s.shiftRoutes(on)
	s.settingsRoutes(on)
	s.doctorRoutes(on)
	s.laneRoutes(on)
	for path, allowed := range methods {
		mux.HandleFunc(path, otherMethod(allowed))
	}
	mux.HandleFunc("/", nothingHere)
	s.methods = methods
	return mux
}

func nothingHere(w http.ResponseWriter, r *http.Request) {
	refuse(w, *refused(http.StatusNotFound, "没有这个地址。", "There is nothing at this address."))
}

func otherMethod(allowed []string) http.HandlerFunc {
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", list)
		refuse(w, *refused(http.StatusMethodNotAllowed, "这个地址只接受 "+list+"。", "This address takes "+list+" only."))
	}
}

// redeem answers 200 with one of the four answers, whatever it is: a refusal is an answer, not an error.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	var sale Sale
	e := read(w, r, fen("bill_fen", &sale.Bill, voucher.CheckBill), str("code", true, &sale.Code, anything), str("order", false, &sale.Order, orderNumber),
		str("payer", false, &sale.Payer, payerName))
	if e != nil {
		refuse(w, *e)
		return
	}
	s.tell(w, s.counter.Redeem(r.Context(), sale))
}

// tell replies with an answer, of which the next slip is the first, unless it was given before: then its slip may be out.
func (s *Server) tell(w http.ResponseWriter, a Answer) {
	if !a.Again {
		s.slips.given(a)
	}
	reply(w, http.StatusOK, a)
	s.owe(a)
}

// redemptionID reads the {id} of a path.
func redemptionID(r *http.Request) (voucher.RedemptionID, *Error) {
	id, err := voucher.ParseRedemptionID(r.PathValue("id"))
	if err != nil {
		return id, refused(http.StatusBadRequest, "这不是核销编号；核销编号形如 T000001-1-42。", "This is no redemption ID; one looks like T000001-1-42.")
	}
	return id, nil
}

func (s *Server) void(w http.ResponseWriter, r *http.Request) {
	id, refusal := redemptionID(r)
	if refusal != nil {
		refuse(w, *refusal)
		return
	}
	if r.ContentLength != 0 { // nothing is asked for; what is sent all the same is named
		if e := read(w, r); e != nil {
			refuse(w, *e)
			return
		}
	}
	s.tell(w, s.counter.Void(r.Context(), id))
}

// scan is what a scanner that types like a keyboard has put into the window; the answer goes to the event streams.
func (s *Server) scan(w http.ResponseWriter, r *http.Request) {
	var text string
	if e := read(w, r, str("text", true, &text, anything)); e != nil {
		refuse(w, *e)
		return
	}
	if err := s.counter.Scan(r.Context(), text, "window"); err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusAccepted, struct{}{})
}

func (s *Server) bill(w http.ResponseWriter, r *http.Request) {
	var b Bill
	if e := read(w, r, fen("bill_fen", &b.Fen, mayClear), str("source", true, &b.Source, billSource), str("payer", false, &b.Payer, payerName)); e != nil {
		refuse(w, *e)
		return
	}
	if err := s.counter.SetBill(r.Context(), b); err != nil {
		fail(w, err)
		return
	}
	b.Payer = ""
	reply(w, http.StatusOK, b)
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, s.counter.View())
}

func (s *Server) day(w http.ResponseWriter, r *http.Request) {
	lines, err := s.counter.Day(r.Context(), r.URL.Query().Get("day"))
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, Matching(lines, r.URL.Query().Get("q")))
}

// export streams; one that stops in the middle is cut, so that nobody takes a part for the whole.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	if err := s.journal.Export(w); err != nil {
		s.log.Error("journal not exported", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// check is the answer of GET /v1/journal/check.
type check struct {
	Whole   bool   `json:"whole"`
	Problem string `json:"problem,omitempty"`
}

func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	c := check{Whole: true}
	if err := s.journal.Verify(); err != nil {
		s.log.Error("journal is not whole", "error", err)
		c = check{Problem: err.Error()}
	}
	reply(w, http.StatusOK, c)
}

// fail says an error of the Counter.
func fail(w http.ResponseWriter, err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		refuse(w, *e)
		return
	}
	switch {
	case errors.Is(err, ErrDay):
		refuse(w, *refused(http.StatusBadRequest, "day 须写成 2023-12-11 的样子。", "day is written as 2023-12-11."))
	case errors.Is(err, voucher.ErrNotPositive), errors.Is(err, voucher.ErrTooMuch):
		refuse(w, Error{http.StatusBadRequest, ui.Amount(err)})
	case errors.Is(err, ErrNoShift), errors.Is(err, ErrPractising), errors.Is(err, ErrNoPractice), errors.Is(err, ErrNoRoom), errors.Is(err, ErrNotKept):
		refuse(w, *shiftRefused(err))
	case errors.Is(err, ErrStopping):
		refuse(w, *refused(http.StatusServiceUnavailable, "服务正在停止，请稍后再试。", "The agent is stopping; try again shortly."))
	default: // the caller has gone: nobody reads this
		refuse(w, *refused(http.StatusServiceUnavailable, "没有处理完。", "The request was not finished."))
	}
}

func refuse(w http.ResponseWriter, e Error) { reply(w, e.Status, e) }

func reply(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error means that the caller has gone
}
