package streams

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// ratings is what a scorer keeps while it reads alerts.
type ratings struct {
	rows    map[string]*Row
	best    map[string]float64 // highest score, watch or alert
	first   map[string]int64   // first alert of a crook after his first fake
	early   map[merchantDay]bool
	wrong   map[merchantDay]bool
	seen    []int64
	unknown int
}

type merchantDay struct {
	merchant string
	day      int64
}

func localDay(t int64) int64 { return (t + zone) / day }

// rate works out the figures; days below 0: not known.
func rate(truth []Row, alerts []Alert, days int) (Result, error) {
	s := &ratings{rows: map[string]*Row{}, best: map[string]float64{}, first: map[string]int64{},
		early: map[merchantDay]bool{}, wrong: map[merchantDay]bool{}}
	for i := range truth {
		slices.SortStableFunc(truth[i].Fakes, func(a, b Fake) int { return cmp.Compare(a.Arrival, b.Arrival) })
		s.rows[truth[i].Merchant] = &truth[i]
	}
	for i := range alerts {
		if err := s.add(&alerts[i]); err != nil {
			return Result{}, err
		}
	}
	r := Result{Merchants: len(truth), FalseAlerts: len(s.wrong), EarlyAlerts: len(s.early), Unknown: s.unknown}
	s.found(&r, truth)
	s.rank(&r, truth)
	s.money(&r, truth)
	s.falseRate(&r, truth, days)
	s.tables(&r, truth)
	return r, nil
}

func (s *ratings) add(a *Alert) error {
	row := s.rows[a.Merchant]
	t, err := parseTime(a.Time)
	if err != nil || row == nil {
		s.unknown++
		return err
	}
	s.seen = append(s.seen, t)
	if best, ok := s.best[a.Merchant]; !ok || a.Score > best {
		s.best[a.Merchant] = a.Score
	}
	switch {
	case a.Level == "watch":
	case row.Label != "cashout":
		s.wrong[merchantDay{a.Merchant, localDay(t)}] = true
	case t < row.Fakes[0].Arrival:
		s.early[merchantDay{a.Merchant, localDay(t)}] = true
	default:
		if first, ok := s.first[a.Merchant]; !ok || t < first {
			s.first[a.Merchant] = t
		}
	}
	return nil
}

// accused are the honest merchants that were alerted.
func (s *ratings) accused() map[string]bool {
	all := map[string]bool{}
	for w := range s.wrong {
		all[w.merchant] = true
	}
	return all
}

func (s *ratings) found(r *Result, truth []Row) {
	for i := range truth {
		if truth[i].Label == "cashout" {
			r.Cashout++
		}
	}
	r.TP, r.FP = len(s.first), len(s.accused())
	r.Alerted = r.TP + r.FP
	if r.Alerted > 0 {
		r.Precision = Figure(r.TP) / Figure(r.Alerted)
	}
	if r.Cashout > 0 {
		r.Recall = Figure(r.TP) / Figure(r.Cashout)
	}
	if r.Precision+r.Recall > 0 {
		r.F1 = 2 * r.Precision * r.Recall / (r.Precision + r.Recall)
	}
}

// ranked is a merchant's place in the ranking.
type ranked struct {
	score float64
	bad   int
}

// rank works out average precision, ties as one step, and precision at k, ties against the detector.
func (s *ratings) rank(r *Result, truth []Row) {
	floor := 0.0
	if len(s.best) > 0 {
		floor = math.Inf(1)
		for _, x := range s.best {
			floor = min(floor, x)
		}
	}
	var all []ranked
	for i := range truth {
		p := ranked{floor - 1, 0}
		if x, ok := s.best[truth[i].Merchant]; ok {
			p.score = x
		}
		if truth[i].Label == "cashout" {
			p.bad = 1
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.bad, b.bad)) })
	r.PRAUC = Figure(averagePrecision(all, r.Cashout))
	r.PAtN = precisionAt(all, r.Cashout)
	if r.Cashout != 20 {
		r.PAt20 = precisionAt(all, 20)
	}
	if r.Cashout != 50 {
		r.PAt50 = precisionAt(all, 50)
	}
}

func averagePrecision(all []ranked, bad int) (sum float64) {
	if bad == 0 {
		return math.NaN()
	}
	hits := 0
	for i := 0; i < len(all); {
		step, j := 0, i
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			step += all[j].bad
		}
		hits += step
		sum += float64(step) / float64(bad) * (float64(hits) / float64(j))
		i = j
	}
	return sum
}

func precisionAt(all []ranked, k int) *Figure {
	if k <= 0 || k > len(all) {
		return nil
	}
	sum := 0
	for _, p := range all[:k] {
		sum += p.bad
	}
	f := Figure(sum) / Figure(k)
	return &f
}

// lost is the face value in fen of fakes up to and including the first alert, and of all.
func (s *ratings) lost(row *Row) (lost, total int64) {
	at, found := s.first[row.Merchant]
	for _, f := range row.Fakes {
		total += f.Face
		if !found || f.Arrival <= at {
			lost += f.Face
		}
	}
	return lost, total
}

func (s *ratings) money(r *Result, truth []Row) {
	var delays, losses []float64
	before, total := int64(0), int64(0)
	for i := range truth {
		row := &truth[i]
		if row.Label != "cashout" {
			continue
		}
		lost, all := s.lost(row)
		before, total = before+lost, total+all
		losses = append(losses, float64(lost)/100)
		if at, ok := s.first[row.Merchant]; ok {
			delays = append(delays, float64(at-row.Fakes[0].Arrival)/3600)
		}
	}
	slices.Sort(delays)
	r.DelayFound, r.DelayAll = Figure(math.Inf(1)), Figure(math.Inf(1))
	if len(delays) > 0 {
		r.DelayFound = Figure(median(delays))
	}
	if mid := (r.Cashout - 1) / 2; r.Cashout > 0 && mid < len(delays) {
		r.DelayAll = Figure(delays[mid])
	}
	if len(losses) > 0 {
		r.LossMedian, r.LossMean = Figure(median(losses)), Figure(float64(before)/100/float64(len(losses)))
	}
	r.FakeTotal = Figure(float64(total) / 100)
	if total > 0 {
		r.Stopped = Figure(1 - float64(before)/float64(total))
	}
}

func (s *ratings) falseRate(r *Result, truth []Row, days int) {
	if days < 0 {
		days = 0
		seen := slices.Clone(s.seen)
		for i := range truth {
			for _, f := range truth[i].Fakes {
				seen = append(seen, f.Arrival)
			}
		}
		if len(seen) > 0 {
			days = int(localDay(slices.Max(seen))-localDay(slices.Min(seen))+1) * (r.Merchants - r.Cashout)
		}
	}
	r.HonestDays, r.FalsePer1k = days, Figure(math.NaN())
	if days > 0 {
		r.FalsePer1k = 1000 * Figure(r.FalseAlerts+r.EarlyAlerts) / Figure(days)
	}
}

// tables count by pattern, by level and by kind of honest look-alike.
func (s *ratings) tables(r *Result, truth []Row) {
	patterns, levels, looks := tally{}, tally{}, tally{}
	accused := s.accused()
	for i := range truth {
		row := &truth[i]
		switch _, found := s.first[row.Merchant]; {
		case row.Label == "cashout":
			lost, _ := s.lost(row)
			patterns.add(row.Pattern, found, float64(lost)/100)
			if row.Level > 0 {
				levels.add(strconv.Itoa(row.Level), found, float64(lost)/100)
			}
		case row.Pattern != "":
			looks.add(row.Pattern, accused[row.Merchant], math.NaN())
		case accused[row.Merchant]:
			r.PlainHonest++
		}
	}
	r.ByPattern, r.ByLevel, r.Lookalikes = patterns.founds(), levels.founds(), looks.founds()
}

// tally counts under names.
type tally map[string]*count

type count struct {
	found, of int
	losses    []float64
}

func (t tally) add(name string, found bool, loss float64) {
	if t[name] == nil {
		t[name] = &count{}
	}
	t[name].of++
	if found {
		t[name].found++
		t[name].losses = append(t[name].losses, loss)
	}
}

func (t tally) founds() map[string]Found {
	all := map[string]Found{}
	for name, c := range t {
		loss := math.NaN()
		if len(c.losses) > 0 {
			loss = median(c.losses)
		}
		all[name] = Found{c.found, c.of, Figure(loss)}
	}
	return all
}

func median(xs []float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	n := len(xs)
	if n%2 == 1 {
		return xs[n/2]
	}
	return (xs[n/2-1] + xs[n/2]) / 2
}
