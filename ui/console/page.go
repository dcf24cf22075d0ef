package console

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// MostRows is how many redemptions a page lists at most.
const MostRows = 2000

// minor is the share of the score below which a signal is shown folded up.
const minor = 0.05

//go:embed case.html
var caseHTML string

//go:embed case.css
var caseCSS string

var page = template.Must(template.New("case").Funcs(template.FuncMap{"say": func(string, ...any) string { return "" }}).Parse(caseHTML))

// view is what the page's template is filled with.
type view struct {
	Lang     string
	Style    template.CSS
	Title    string
	Facts    [][2]string
	Means    string // what the score means
	Reasons  []reasonView
	Minor    []reasonView
	Plots    string
	Figures  []figure
	Steps    [][]string
	Next     []string
	RowsNote string
	RowsHead []string
	Rows     []rowView
}

type reasonView struct {
	Title, Points string
	Bar           float64 // 0 to 100
	Lines         []string
	Innocent      string
	Vouchers      []string
}

type rowView struct {
	Suspected, Voided bool
	Cells             []string
	Remarks           string
}

// Write writes the page in "zh" or "en"; any other language gets English. The same case gives the same bytes. Errors are
// the writer's.
func (f *CaseFile) Write(w io.Writer, lang string) error {
	if lang != "zh" {
		lang = "en"
	}
	t := &teller{f, lang}
	bound, err := page.Clone()
	if err != nil {
		return err
	}
	return bound.Funcs(template.FuncMap{"say": t.say}).Execute(w, t.view())
}

func (t *teller) view() view {
	v := view{Lang: map[string]string{"zh": "zh-CN", "en": "en"}[t.lang], Style: template.CSS(caseCSS), Title: t.say("title"), Facts: t.facts(), Figures: t.figures()}
	if t.Number == 0 && t.High < t.Cut {
		v.Title = t.say("title_none")
	}
	v.Means = t.say("score_means", t.Cut)
	v.Plots = t.say("plots_plain")
	if slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Suspected }) {
		v.Plots = t.say("plots_intro")
	}
	for i := range t.Why {
		if i > 0 && t.Why[i].Score < t.Score*minor {
			v.Minor = append(v.Minor, t.reason(&t.Why[i]))
		} else {
			v.Reasons = append(v.Reasons, t.reason(&t.Why[i]))
		}
	}
	for _, s := range t.Steps {
		v.Steps = append(v.Steps, t.step(s, minute(s.At)))
	}
	for _, s := range t.Waiting {
		v.Steps = append(v.Steps, t.step(s, t.say("waiting")))
	}
	for _, m := range t.Next {
		v.Next = append(v.Next, m.In(t.lang))
	}
	t.rows(&v)
	return v
}

// facts are the head of the page.
func (t *teller) facts() [][2]string {
	name := t.Merchant
	if t.Name != "" {
		name = t.Name + " (" + t.Merchant + ")"
	}
	town := t.Town
	if town == "" {
		town = t.say("not_known")
	}
	number := t.say("case_none")
	if t.Number > 0 {
		number = t.say("case_state", t.Number, t.State.In(t.lang))
	}
	facts := [][2]string{{t.say("merchant"), name}, {t.say("trade"), t.trade()}, {t.say("township"), town}, {t.say("case"), number}, {t.say("score"), t.score()},
		{t.say("rules"), t.Rules}, {t.say("until"), minute(t.Until)}, {t.say("made"), minute(t.Made)}}
	if !t.AnswerBy.IsZero() {
		facts = append(facts, [2]string{t.say("answer_by"), minute(t.AnswerBy)})
	}
	return append(facts, t.sums()...)
}

func (t *teller) score() string {
	key := "score_under"
	if t.Score >= t.Cut {
		key = "score_over"
	}
	parts := []string{t.say(key, t.Score, t.Cut)}
	if t.High > t.Score {
		parts = append(parts, t.say("score_high", t.High, minute(t.HighAt)))
	}
	if t.lang == "zh" {
		return strings.Join(parts, "；")
	}
	return strings.Join(parts, "; ")
}

func (t *teller) sums() [][2]string {
	var all, bad voucher.Fen
	voided, suspected := 0, 0
	for i := range t.Rows {
		r := &t.Rows[i]
		all += r.Face
		if r.Voided != nil {
			voided++
		}
		if r.Suspected {
			suspected++
			bad += r.Face
		}
	}
	held := t.say("held_none")
	if t.Held > 0 {
		held = ui.Yuan(t.Held, t.lang)
	}
	return [][2]string{{t.say("redemptions"), t.say("redeemed", len(t.Rows), ui.Yuan(all, t.lang), voided)},
		{t.say("suspected_rows"), t.say("suspected_sum", suspected, ui.Yuan(bad, t.lang))}, {t.say("held"), held}}
}

func (t *teller) reason(r *Reason) reasonView {
	s, known := cashout.SignalNamed(r.Signal)
	v := reasonView{Title: r.Signal, Points: t.say("points", r.Score), Vouchers: r.Vouchers}
	if known {
		v.Title, v.Innocent = s.Words().In(t.lang), s.Innocent().In(t.lang)
	}
	if most := t.Why[0].Score; most > 0 {
		v.Bar = max(1, min(100, 100*r.Score/most))
	}
	for _, m := range r.Marks {
		means := s.MarkWords(m.Mark).In(t.lang)
		if !known || means == "" {
			means = m.Mark
		}
		own := "—"
		if m.Of > 0 {
			own = t.percent(float64(m.Count) / float64(m.Of))
		}
		v.Lines = append(v.Lines, t.say("mark_line", m.Of, m.Count, own, means, t.peersShare(m.Peers)))
	}
	return v
}

// peersShare says a peers' rate, which the detector gives in hundredths of a percent: none is ever nothing.
func (t *teller) peersShare(x float64) string { return t.percent(max(x, 0.00001)) }

func (t *teller) step(s Step, when string) []string {
	return []string{when, s.What.In(t.lang), t.list(s.Who), s.Why}
}

// rows fills the table of redemptions.
func (t *teller) rows(v *view) {
	n := len(t.Rows)
	v.RowsNote = t.say("rows_all", n)
	if n > MostRows {
		v.RowsNote = t.say("rows_cut", n, MostRows, n-MostRows)
	}
	for _, key := range []string{"time", "voucher", "till", "bill", "from", "face", "payer", "person", "phone", "claimed", "where", "fix"} {
		v.RowsHead = append(v.RowsHead, t.say("row_"+key))
	}
	centre, from := t.centre()
	for i, r := range slices.Backward(t.Rows) {
		if n-i > MostRows {
			break
		}
		v.Rows = append(v.Rows, rowView{r.Suspected, r.Voided != nil, t.cells(&r, centre, from == "shop"), t.remarks(&r)})
	}
}

func (t *teller) cells(r *Row, centre plane, shop bool) []string {
	away := func(p *Point) string {
		if p == nil || !shop {
			return "—"
		}
		return t.metres(far(centre.of(*p)))
	}
	from := "—"
	if r.Threshold > 0 {
		from = ui.Yuan(r.Threshold, t.lang)
	}
	return []string{second(r.Time), r.Voucher, r.Terminal, t.bill(r), from, ui.Yuan(r.Face, t.lang), dash(r.Payer), dash(r.Person), dash(r.Device),
		minute(r.Claimed), away(r.ClaimAt), away(r.Fix)}
}

// bill is a row's bill with where it came from, as far as that is known.
func (t *teller) bill(r *Row) string {
	if word := ui.BillSource(r.BillSource).In(t.lang); word != "" {
		return ui.Yuan(r.Bill, t.lang) + " · " + word
	}
	return ui.Yuan(r.Bill, t.lang)
}

func (t *teller) remarks(r *Row) string {
	var all []string
	if r.Suspected {
		all = append(all, t.say("suspected"))
	}
	if r.Offline {
		all = append(all, t.say("is_offline", minute(r.Arrived)))
	}
	switch {
	case r.Voided == nil:
	case r.Voided.IsZero():
		all = append(all, t.say("voided_once"))
	default:
		all = append(all, t.say("is_voided", minute(*r.Voided)))
	}
	for _, name := range r.Signals {
		if s, known := cashout.SignalNamed(name); known {
			name = s.Words().In(t.lang)
		}
		all = append(all, name)
	}
	if t.lang == "zh" {
		return strings.Join(all, "；")
	}
	return strings.Join(all, "; ")
}

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
