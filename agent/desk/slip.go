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

// Slip gives the slip of a redemption as lines of plain text, 32 or 42 columns wide; a hanzi takes two. An *Error with
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
var slipWidths = map[string]int{"": 32, "32": 32, "42": 42}

func (s *Server) slip(w http.ResponseWriter, r *http.Request) {
	id, refusal := redemptionID(r)
	lang, width := r.URL.Query().Get("lang"), slipWidths[r.URL.Query().Get("width")]
	switch {
	case refusal != nil:
		refuse(w, *refusal)
		return
	case lang != "" && lang != "zh" && lang != "en":
		refuse(w, *refused(http.StatusBadRequest, "lang 须是 zh 或 en。", `lang must be "zh" or "en".`))
		return
	case width == 0:
		refuse(w, *refused(http.StatusBadRequest, "width 须是 32 或 42。", "width must be 32 or 42."))
		return
	}
	sold, there, err := s.sales.Sale(r.Context(), id)
	switch {
	case err != nil:
		fail(w, err)
	case !there:
		refuse(w, *refused(http.StatusNotFound, "本机没有这笔核销。", "This till has no such redemption."))
	case sold.Answer.Answer != voucher.Final && sold.Answer.Answer != voucher.Provisional:
		refuse(w, *refused(http.StatusConflict, "这一笔没有核销成功，没有小票。", "This one was not redeemed, so it has no slip."))
	default:
		s.print(w, sold.Answer, lang, width)
	}
}

func (s *Server) print(w http.ResponseWriter, a Answer, lang string, width int) {
	if lang == "" {
		lang = "zh"
	}
	v := s.counter.View()
	text := ui.Slip(ui.Receipt{
		Shop: v.Merchant, Campaign: v.Campaign, Terminal: string(v.Terminal), Answer: a.Answer, Risk: a.Risk, Voided: a.Voided,
		Copy: !s.slips.original(a), Redemption: a.Redemption, Tier: cmp.Or(a.TierName.In(lang), string(a.Tier)), Voucher: a.Voucher, Order: a.Order,
		Bill: a.Bill, Face: a.Face, Pay: a.Pay, At: a.At,
	}, lang, width)
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, text) // an error means that the caller has gone
}

// slips knows which answers have not been printed yet. The first slip of an answer that this desk has given since the
// agent began is the original. Every other one is a copy: a slip that is wrongly called a copy can be explained, two
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
