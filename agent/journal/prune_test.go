package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const day = 24 * time.Hour

// later closes a journal, lets time pass that the hub is heard after, and opens it again.
func later(t *testing.T, dir string, j *journal.Journal, p *pc, d time.Duration) *journal.Journal {
	t.Helper()
	p.run(d)
	j.Hear(p.wall)
	must(t, j.Close())
	return open(t, dir, p.options())
}

func wordAt(number uint64, result voucher.Result, at time.Time) voucher.Outcome {
	o := word(number, result, voucher.OK)
	o.At = at.UnixMilli()
	return o
}

// TestWhatIsOldGoes makes three sales (records 1, 2 and 3, answered at noon) and more, and looks how far the base is so
// many days later. The campaign's only phase ends 2 days after noon.
func TestWhatIsOldGoes(t *testing.T) {
	for _, c := range []struct {
		name string
		days int
		base uint64
		more func(t *testing.T, dir string, j *journal.Journal)
	}{
		{"all is answered and old", 31, 3, nil},
		{"all is answered, and not old yet", 29, 0, nil},
		{"one is not answered", 31, 3, func(t *testing.T, _ string, j *journal.Journal) { accept(t, j, 4) }},
		{"one that is not answered keeps those behind it", 31, 3, func(t *testing.T, _ string, j *journal.Journal) {
			accept(t, j, 4)
			accept(t, j, 5)
			settle(t, j, 5, word(5, voucher.Redeemed, voucher.OK))
		}},
		{"an old sale was voided later", 31, 1, func(t *testing.T, _ string, j *journal.Journal) {
			_, err := j.Void(2)
			must(t, err)
			settle(t, j, 4, wordAt(4, voucher.Undone, noon.Add(10*day)))
		}},
		{"and the void is old too", 41, 4, func(t *testing.T, _ string, j *journal.Journal) {
			_, err := j.Void(2)
			must(t, err)
			settle(t, j, 4, wordAt(4, voucher.Undone, noon.Add(10*day)))
		}},
		{"one is in dispute", 170, 3, func(t *testing.T, _ string, j *journal.Journal) {
			accept(t, j, 4)
			settle(t, j, 4, word(4, voucher.Disputed, voucher.AlreadyRedeemed))
		}},
		{"one was in dispute for half a year", 181, 4, func(t *testing.T, _ string, j *journal.Journal) {
			accept(t, j, 4)
			settle(t, j, 4, word(4, voucher.Disputed, voucher.AlreadyRedeemed))
		}},
		{"the void of an old sale stands behind one in dispute", 41, 1, func(t *testing.T, _ string, j *journal.Journal) {
			accept(t, j, 4)
			_, err := j.Void(2)
			must(t, err)
			settle(t, j, 5, word(4, voucher.Disputed, voucher.AlreadyRedeemed), word(5, voucher.Undone, voucher.OK))
		}},
		{"a lease was given back", 31, 4, func(t *testing.T, _ string, j *journal.Journal) {
			must(t, j.Surrender(1))
			settle(t, j, 4, word(4, voucher.Noted, voucher.OK))
		}},
		{"the phase is not over", 31, 0, func(t *testing.T, _ string, j *journal.Journal) {
			l := lawBody(2, voucher.AtClaim)
			l.Campaign.Phases[0].End = noon.Add(60 * day)
			adopt(t, j, l)
		}},
		{"the phase is of another campaign", 31, 3, func(t *testing.T, _ string, j *journal.Journal) {
			l := lawBody(2, voucher.AtClaim)
			l.Campaign.Number, l.Campaign.Phases[0].End = 8, noon.Add(60*day)
			adopt(t, j, l)
		}},
		{"the hub has records that this disk has not", 31, 0, func(t *testing.T, _ string, j *journal.Journal) {
			_, err := j.Meet(9, make([]byte, 32))
			must(t, err)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, p := inMemory(t), newPC()
			j := open(t, dir, p.options())
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
			for n := uint64(1); n <= 3; n++ {
				accept(t, j, n)
				settle(t, j, n, word(n, voucher.Redeemed, voucher.OK))
			}
			if c.more != nil {
				c.more(t, dir, j)
			}
			before := j.State()
			j = later(t, dir, j, p, time.Duration(c.days)*day)
			s := j.State()
			if s.Base != c.base || s.Last != before.Last || s.Head != before.Head || s.Used.Count != before.Used.Count || s.Queued != before.Queued || s.Settled != before.Settled {
				t.Fatalf("%+v, before %+v", s, before)
			}
			for n := uint64(1); n <= s.Last; n++ {
				if _, ok := j.Sale(n); ok && n <= c.base {
					t.Fatalf("sale %d is still there", n)
				}
				if _, err := j.Hash(n); (err == nil) != (n >= c.base) {
					t.Fatalf("hash of %d: %v", n, err)
				}
			}
			must(t, j.Verify())
			if gave := before.Given > 0; gave != j.Returned() {
				t.Fatalf("returned: %v", j.Returned())
			}
			_, err := j.Ask(sold(99))
			must(t, err)
			if s := j.State(); s.Last != before.Last+1 {
				t.Fatalf("the next record is %d", s.Last)
			}
			must(t, j.Verify())
		})
	}
}

func TestOnlyTheHubsClockMakesRecordsOld(t *testing.T) {
	dir, p := inMemory(t), newPC()
	j := open(t, dir, p.options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, j, 1)
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK))
	must(t, j.Close())
	p.wall = p.wall.Add(20 * 365 * day) // an empty battery may wake up anywhere
	j = open(t, dir, p.options())
	_, err := j.Ask(sold(2))
	must(t, err)
	must(t, j.Close())
	if s := open(t, dir, p.options()).State(); s.Base != 0 {
		t.Fatalf("%+v", s)
	}
}

func TestAnUnprovenJournalKeepsEverything(t *testing.T) {
	dir, p := inMemory(t), newPC()
	j := open(t, dir, p.options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, j, 1)
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK))
	p.run(40 * day)
	j.Hear(p.wall)
	must(t, j.Close())
	must(t, os.Remove(filepath.Join(dir, "journal.db")))
	if s := open(t, dir, p.options()).State(); s.Base != 0 || !s.Unproven {
		t.Fatalf("%+v", s)
	}
}

// TestNothingElseChangesWhenOldRecordsGo plays any history, lets time pass, and compares what is left with what was.
func TestNothingElseChangesWhenOldRecordsGo(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, p := inMemory(t), newPC()
		j, err := journal.Open(dir, till, p.options())
		must(t, err)
		adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1000))
		answered := uint64(0)
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			number := rapid.Uint64Range(1, 12).Draw(r, "number")
			switch rapid.IntRange(0, 6).Draw(r, "what") {
			case 0:
				j.Ask(sold(number))
			case 1:
				j.Accept(sold(number))
			case 2:
				j.Confirm(number)
			case 3:
				j.Reverse(number)
			case 4:
				j.Void(number)
			case 5:
				p.run(time.Duration(rapid.IntRange(0, 15*24).Draw(r, "hours")) * time.Hour)
				j.Hear(p.wall)
			case 6:
				last := min(j.State().Last, answered+rapid.Uint64Range(1, 5).Draw(r, "answers"))
				var words []voucher.Outcome
				for ; answered < last; answered++ {
					raw := j.Unsettled(answered, 1)[0]
					rec, err := wire.DecodeRecord(raw)
					must(t, err)
					result := voucher.Noted
					if rec.Sale != nil {
						result = rapid.SampledFrom([]voucher.Result{voucher.Redeemed, voucher.Disputed}).Draw(r, "result")
					}
					words = append(words, wordAt(answered+1, result, p.wall))
				}
				if len(words) > 0 {
					settle(t, j, last, words...)
				}
			}
		}
		before, sales := j.State(), j.Day(time.Time{}, time.Unix(1<<40, 0))
		p.run(time.Duration(rapid.IntRange(0, 60).Draw(r, "days")) * day)
		j.Hear(p.wall)
		must(t, j.Close())
		j, err = journal.Open(dir, till, p.options())
		must(t, err)
		s := j.State()
		if s.Last != before.Last || s.Head != before.Head || s.Queued != before.Queued || s.Settled != before.Settled {
			r.Fatalf("%+v, before %+v", s, before)
		}
		old := p.wall.Add(-30 * day).UnixMilli()
		for _, was := range sales {
			now, there := j.Sale(was.Number)
			switch {
			case there && fmt.Sprintf("%+v", now) != fmt.Sprintf("%+v", was) && now.State() != was.State():
				r.Fatalf("%+v, before %+v", now, was)
			case there == (was.Number <= s.Base):
				r.Fatalf("sale %d is there: %v, with base %d", was.Number, there, s.Base)
			case !there && (was.Outcome == nil || was.Outcome.At >= old || (was.Voided || was.Reversed) && (was.Undone == nil || was.Undone.At >= old)):
				r.Fatalf("gone too early: %+v", was)
			}
		}
		for n := s.Base + 1; n <= s.Settled; n++ {
			if raws, proof, err := j.Proven(n-1, 100); err != nil || proof == nil || len(raws) == 0 {
				r.Fatalf("record %d with base %d has no proof: %v", n, s.Base, err)
			}
		}
		must(t, j.Verify())
		must(t, j.Close())
		for _, file := range []string{"journal.db", "journal.log"} {
			must(t, os.Remove(filepath.Join(dir, file)))
			if j, err = journal.Open(dir, till, p.options()); err != nil {
				r.Fatal(err)
			}
			if again := j.State(); again.Base != s.Base || again.Head != s.Head {
				r.Fatalf("without %s: %+v", file, again)
			}
			must(t, j.Close())
		}
	})
}

// TestTheFilesGetSmaller lets 25,000 sales go, in two starts.
func TestTheFilesGetSmaller(t *testing.T) {
	dir, p := inMemory(t), newPC()
	j := open(t, dir, p.options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	must(t, j.Fill(sold(1_000), 25_000))
	last := j.State()
	size := func() (db, log int64) {
		for file, to := range map[string]*int64{"journal.db": &db, "journal.log": &log} {
			info, err := os.Stat(filepath.Join(dir, file))
			must(t, err)
			*to = info.Size()
		}
		return db, log
	}
	db, log := size()
	j = later(t, dir, j, p, 31*day)
	if s := j.State(); s.Base != 20_000 || s.Size >= last.Size {
		t.Fatalf("%+v", s)
	}
	must(t, j.Verify())
	must(t, j.Close())
	j = open(t, dir, p.options())
	if s := j.State(); s.Base != 25_000 || s.Last != 25_000 || s.Head != last.Head {
		t.Fatalf("%+v", s)
	}
	must(t, j.Verify())
	must(t, j.Close())
	j = open(t, dir, p.options())
	smallDB, smallLog := size()
	if smallLog > 1<<20 || smallDB > db {
		t.Fatalf("journal.db went from %d to %d bytes, journal.log from %d to %d", db, smallDB, log, smallLog)
	}
	if _, err := j.Hash(24_999); !errors.Is(err, journal.ErrNoSale) {
		t.Fatal(err)
	}
	_, err := j.Ask(sold(1))
	must(t, err)
	must(t, j.Verify())
}
