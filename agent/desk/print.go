package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// Printer puts slips on paper.
type Printer interface {
	// Print blocks until a slip is on paper, for less than half a minute. The error is an *Unprinted. Safe for concurrent use.
	Print(ctx context.Context, slip []ui.Row) error
}

// Paper is how slips are set unless whoever prints asks otherwise.
type Paper struct {
	Lang  string // "zh" or "en"; "": zh
	Width int    // in columns: 32, 42 or 48; 0: 32
	Each  bool   // every accepted redemption is printed by itself, see PrintEach
}

// Unprinted is why a slip is not on paper, and what to do.
type Unprinted struct {
	Text    voucher.Text
	Perhaps bool // the printer took all of it: it may come out all the same
}

// Error is the English sentence.
func (u *Unprinted) Error() string { return u.Text.En }

// Printed is what came of printing.
type Printed struct {
	Printed bool `json:"printed"`
	Copy    bool `json:"copy"` // it says 补打 COPY
}

// Print has the till's printer put a slip on paper; lang "" and width 0 are as the printer is set up. It blocks until that is
// done. An *Error with status 404 or 409 is Slip's, with 503 says that there is no printer, or why it did not print.
func (c *Client) Print(ctx context.Context, id voucher.RedemptionID, lang string, width int) (Printed, error) {
	var p Printed
	return p, c.call(ctx, "POST", "/v1/redemptions/"+url.PathEscape(id.String())+"/print", struct {
		Lang  string `json:"lang,omitempty"`
		Width int    `json:"width,omitempty"`
	}{lang, width}, &p)
}

func (s *Server) print(w http.ResponseWriter, r *http.Request) {
	id, refusal := redemptionID(r)
	paper := s.paper
	if refusal == nil && r.ContentLength != 0 {
		refusal = read(w, r, str("lang", false, &paper.Lang, slipLang), whole("width", false, &paper.Width, 0, 1000))
	}
	if refusal == nil && paper.Width != 0 && slipWidths[strconv.Itoa(paper.Width)] == 0 {
		refusal = badWidth()
	}
	if refusal != nil {
		refuse(w, *refusal)
		return
	}
	a, err := s.standing(r.Context(), id)
	if err != nil {
		fail(w, err)
		return
	}
	first := s.printer != nil && s.slips.original(a)
	if err := s.onPaper(r.Context(), a, first, paper); err != nil {
		refuse(w, *unprinted(err))
		return
	}
	reply(w, http.StatusOK, Printed{Printed: true, Copy: !first})
}

func slipLang(s string) *Error {
	if s != "zh" && s != "en" {
		return badLang()
	}
	return nil
}

// onPaper prints the slip of an answer. An original that did not come out is still to come. One that may come out all the
// same counts as printed: two originals of one sale can be taken for two sales.
func (s *Server) onPaper(ctx context.Context, a Answer, first bool, paper Paper) error {
	if s.printer == nil {
		return errNoPrinter
	}
	err := s.printer.Print(ctx, s.rows(a, !first, paper))
	if err == nil {
		s.lanePrinted(ctx, a)
		return nil
	}
	u, known := errors.AsType[*Unprinted](err)
	if first && !(known && u.Perhaps) {
		s.slips.giveBack(a)
	}
	s.log.Warn("slip not printed", "redemption", a.Redemption, "copy", !first, "error", err)
	return err
}

// lanePrinted tells the lane test, of which a slip is the last step. An error means that the till is stopping.
func (s *Server) lanePrinted(ctx context.Context, a Answer) {
	if s.lanes == nil {
		return
	}
	if err := s.lanes.LanePrinted(ctx, a.Redemption); err != nil {
		s.log.Warn("printed slip not noted", "redemption", a.Redemption, "error", err)
	}
}

var errNoPrinter = &Unprinted{Text: voucher.Text{
	Zh: "这台电脑没有设置小票打印机：请技术人员在 agent.toml 里写上 [printer]。",
	En: "No slip printer is set up on this PC: ask the technician to add [printer] to agent.toml.",
}}

// unprinted says an error of onPaper.
func unprinted(err error) *Error {
	u, known := errors.AsType[*Unprinted](err)
	switch {
	case !known:
		return refused(http.StatusServiceUnavailable, "小票没有打出来，请再打印一次。", "The slip was not printed; print it again.")
	case u.Perhaps:
		return refused(http.StatusServiceUnavailable, u.Text.Zh+"。小票也许已经打出或稍后会打出；再打印的那张会标“补打”。",
			u.Text.En+". The slip may have come out, or may come out later; one that is printed again says COPY.")
	}
	return refused(http.StatusServiceUnavailable, u.Text.Zh, u.Text.En)
}
