package desk

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// Sales finds what was sold at this till.
type Sales interface {
	// Sale gives one redemption as the day's list does; false when this till has none of that number. It may wait for the
	// disk; the error is ErrStopping, or ctx's.
	Sale(ctx context.Context, id voucher.RedemptionID) (Line, bool, error)
}

// Slip gives the slip of a redemption as lines of plain text, 32, 42 or 48 columns wide; a hanzi takes two. An *Error with
// status 404 means that there is no such redemption, with 409 that it did not stand and so has no slip.
func (c *Client) Slip(ctx context.Context, id voucher.RedemptionID, lang string, width int) (string, error) {
	answer, err := c.ask(ctx, "GET", "/v1/redemptions/"+url.PathEscape(id.String())+"/slip?lang="+url.QueryEscape(lang)+"&width="+strconv.Itoa(width), nil)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", c.take(answer, nil)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	return string(text), err
}

// slipWidths are those of receipt printers for paper of 58 and 80 mm.
var slipWidths = map[string]int{"": 32, "32": 32, "42": 42, "48": 48}

func badLang() *Error {
	return refused(http.StatusBadRequest, "lang 须是 zh 或 en。", `lang must be "zh" or "en".`)
}

func badWidth() *Error {
	return refused(http.StatusBadRequest, "width 须是 32、42 或 48。", "width must be 32, 42 or 48.")
}

func (s *Server) slip(w http.ResponseWriter, r *http.Request) {
	id, refusal := redemptionID(r)
	paper := Paper{Lang: r.URL.Query().Get("lang"), Width: slipWidths[r.URL.Query().Get("width")]}
	switch {
	case refusal != nil:
	case paper.Lang != "" && paper.Lang != "zh" && paper.Lang != "en":
		refusal = badLang()
	case paper.Width == 0:
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
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	for _, row := range s.rows(a, !s.slips.original(a), paper) {
		io.WriteString(w, row.Text+"\n") // an error means that the caller has gone
	}
}

// standing is the answer that a sale has now. The error is an *Error where there is no slip of it, or one of the Counter's.
func (s *Server) standing(ctx context.Context, id voucher.RedemptionID) (Answer, error) {
	sold, there, err := s.sales.Sale(ctx, id)
	switch {
	case err != nil:
		return Answer{}, err
	case !there:
		return Answer{}, refused(http.StatusNotFound, "本机没有这笔核销。", "This till has no such redemption.")
	case sold.Answer.Answer != voucher.Final && sold.Answer.Answer != voucher.Provisional:
		return Answer{}, refused(http.StatusConflict, "这一笔没有核销成功，没有小票。", "This one was not redeemed, so it has no slip.")
	}
	return sold.Answer, nil
}

// rows are the slip of an answer.
func (s *Server) rows(a Answer, copied bool, paper Paper) []ui.Row {
	lang := cmp.Or(paper.Lang, "zh")
	v := s.counter.View()
	return ui.SlipRows(ui.Receipt{
		Shop: v.Merchant, Campaign: v.Campaign, Terminal: string(v.Terminal), Answer: a.Answer, Risk: a.Risk, Voided: a.Voided,
		Notice: voucher.Text{Zh: a.Message.Zh + a.Next.Zh, En: a.Message.En + " " + a.Next.En},
		Copy:   copied, Redemption: a.Redemption, Tier: cmp.Or(a.TierName.In(lang), string(a.Tier)), Voucher: a.Voucher, Order: a.Order,
		Bill: a.Bill, Face: a.Face, Pay: a.Pay, Source: a.BillSource, Chain: a.Chain, At: a.At,
	}, lang, cmp.Or(paper.Width, 32))
}

// slips knows which answers have not been printed yet. The first slip of an answer that this desk has given since the
// agent began is the original, unless it was given before (Answer.Again). Every other one is a copy: a slip that is wrongly called a copy can be explained, two
// originals of one sale can be taken for two. That a provisional sale became final is another answer, with a slip of its
// own. It is safe for concurrent use.
type slips struct {
	mu    sync.Mutex // guards both
	fresh map[string]bool
	known []string // the newest last
}

// slipsKept bounds the memory: more than the answers that wait for the slowest reader of events.
const slipsKept = 4096

func slipOf(a Answer) string {
	if a.Voided {
		return a.Redemption + " voided"
	}
	return a.Redemption + " " + string(a.Answer)
}

// given notes that somebody is told an answer, which the events tell to more than one.
func (s *slips) given(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := slipOf(a)
	if _, known := s.fresh[name]; known || a.Redemption == "" {
		return
	}
	if s.fresh == nil {
		s.fresh = map[string]bool{}
	}
	s.fresh[name], s.known = true, append(s.known, name)
	if len(s.known) > slipsKept {
		delete(s.fresh, s.known[0])
		s.known = slices.Delete(s.known, 0, 1)
	}
}

// original tells whether the slip of an answer is the first one, which it then has been.
func (s *slips) original(a Answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.fresh[slipOf(a)]
	if first {
		s.fresh[slipOf(a)] = false
	}
	return first
}

// giveBack says that the original of an answer has not come out after all: the next slip is the first again.
func (s *slips) giveBack(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.fresh[slipOf(a)]; known {
		s.fresh[slipOf(a)] = true
	}
}
