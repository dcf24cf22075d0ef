package journal_test

import (
	"slices"
	"testing"
	"time"

	"hexiao/agent/journal"
)

// want is what a stamp should say, with its time counted from noon.
type want struct {
	at           time.Duration
	sure, behind bool
}

func checkStamp(t *testing.T, j *journal.Journal, w want) {
	t.Helper()
	s := j.Stamp()
	if got := (want{s.At.Sub(noon), s.Sure, s.Behind}); got != w {
		t.Fatalf("stamp is %+v, want %+v", got, w)
	}
}

func TestTrustedTime(t *testing.T) {
	const hour, sec = time.Hour, time.Second
	cases := []struct {
		name string
		do   func(p *pc, hear func(time.Duration), restart func())
		want want
	}{
		{"before any hub time the PC's clock is believed, but not sure",
			func(p *pc, hear func(time.Duration), restart func()) { p.run(hour) },
			want{at: hour}},
		{"a hub time runs on with the monotonic clock",
			func(p *pc, hear func(time.Duration), restart func()) { hear(hour); p.run(10 * sec) },
			want{at: hour + 10*sec, sure: true}},
		{"a clock that was always slow is no reason to doubt",
			func(p *pc, hear func(time.Duration), restart func()) { hear(9 * hour); p.run(sec) },
			want{at: 9*hour + sec, sure: true}},
		{"a clock that is always fast is no reason to doubt either",
			func(p *pc, hear func(time.Duration), restart func()) { hear(-9 * hour); p.run(sec) },
			want{at: -9*hour + sec, sure: true}},
		{"the clock set back by an hour is behind",
			func(p *pc, hear func(time.Duration), restart func()) { hear(0); p.run(sec); p.wall = p.wall.Add(-hour) },
			want{at: sec, behind: true}},
		{"the clock set back by four seconds is still sure",
			func(p *pc, hear func(time.Duration), restart func()) {
				hear(0)
				p.run(sec)
				p.wall = p.wall.Add(-4 * sec)
			},
			want{at: sec, sure: true}},
		{"the clock set ahead takes trusted time along and is not sure",
			func(p *pc, hear func(time.Duration), restart func()) { hear(0); p.run(sec); p.wall = p.wall.Add(hour) },
			want{at: hour + sec}},
		{"a PC that slept knows that time went on",
			func(p *pc, hear func(time.Duration), restart func()) { hear(0); p.wall = p.wall.Add(8 * hour) },
			want{at: 8 * hour}},
		{"the next hub time ends all doubt",
			func(p *pc, hear func(time.Duration), restart func()) {
				hear(0)
				p.wall = p.wall.Add(-hour)
				p.run(40 * sec)
				hear(40 * sec)
				p.run(sec)
			},
			want{at: 41 * sec, sure: true}},
		{"after a restart nothing is sure, and the highest time holds",
			func(p *pc, hear func(time.Duration), restart func()) { hear(0); p.run(sec); restart(); p.run(sec) },
			want{at: 2 * sec}},
		{"a clock set back before a restart is behind after it",
			func(p *pc, hear func(time.Duration), restart func()) { hear(0); p.wall = p.wall.Add(-hour); restart() },
			want{at: 0, behind: true}},
		{"a clock that is always an hour slow is not behind after a restart",
			func(p *pc, hear func(time.Duration), restart func()) { hear(hour); p.run(sec); restart(); p.run(sec) },
			want{at: hour + 2*sec}},
		{"a slow clock that was set right is taken as it is",
			func(p *pc, hear func(time.Duration), restart func()) {
				hear(hour)
				p.run(sec)
				p.wall = p.wall.Add(hour)
				restart()
			},
			want{at: hour + sec}},
		{"an older hub time does not turn trusted time back",
			func(p *pc, hear func(time.Duration), restart func()) { hear(hour); p.run(sec); hear(0); p.run(sec) },
			want{at: hour, sure: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, dir := newPC(), t.TempDir()
			j := open(t, dir, p.options())
			c.do(p, func(at time.Duration) { j.Hear(noon.Add(at)) }, func() {
				must(t, j.Close())
				j = open(t, dir, p.options())
			})
			checkStamp(t, j, c.want)
		})
	}
}

func TestHubTimeIsWrittenDownOncePerHalfMinute(t *testing.T) {
	p, dir := newPC(), t.TempDir()
	j := open(t, dir, p.options())
	for _, c := range []struct{ after, kept time.Duration }{
		{0, 0}, {29 * time.Second, 0}, {2 * time.Second, 31 * time.Second}, {29 * time.Second, 31 * time.Second},
	} {
		p.run(c.after)
		j.Hear(p.wall)
		elsewhere := open(t, copied(t, dir), (&pc{wall: noon.Add(-time.Hour)}).options())
		checkStamp(t, elsewhere, want{at: c.kept, behind: true})
	}
}

func TestWrongYearOfTheClockIsForgottenWhenTheHubIsHeard(t *testing.T) {
	p, dir := newPC(), t.TempDir()
	p.wall = noon.AddDate(7, 0, 0)
	j := open(t, dir, p.options())
	asked, err := j.Ask(sold(1))
	must(t, err)
	if !asked.At.Equal(p.wall) {
		t.Fatalf("stamped %v, the clock said %v", asked.At, p.wall)
	}
	must(t, j.Close())

	p.wall = noon
	j = open(t, dir, p.options())
	if s := j.Stamp(); !s.Behind {
		t.Fatalf("a clock seven years behind the last record is not called behind: %+v", s)
	}
	j.Hear(noon)
	checkStamp(t, j, want{at: 0, sure: true})
	today, err := j.Ask(sold(2))
	must(t, err)
	if day := j.Day(noon, noon.Add(time.Hour)); len(day) != 1 || day[0] != today {
		t.Fatalf("sold today, behind a sale of a wrong year: %+v", day)
	}
	must(t, j.Close())

	j = open(t, dir, p.options())
	checkStamp(t, j, want{at: 0})
}

func TestRealClockIsSureAfterAHubTime(t *testing.T) {
	j := open(t, t.TempDir(), journal.Options{})
	now := time.Now()
	j.Hear(now)
	if s := j.Stamp(); !s.Sure || s.Behind || s.At.Before(now.Truncate(time.Millisecond)) || s.Wall.Before(now.Round(0)) {
		t.Fatalf("%+v", s)
	}
}

// A program that is started anew knows how far time had come without the hub, and without anything being recorded.
func TestTimeWithoutTheHubIsWrittenDown(t *testing.T) {
	p, dir := newPC(), t.TempDir()
	j := open(t, dir, p.options())
	p.run(time.Hour)
	j.Note() // nothing but the PC's clock says so
	j.Hear(p.wall)
	p.run(31 * time.Second)
	j.Note()
	p.run(29 * time.Second)
	j.Note()
	p.wall = p.wall.Add(-time.Hour)
	must(t, j.Close())
	j = open(t, dir, p.options())
	checkStamp(t, j, want{at: time.Hour + 31*time.Second, behind: true})
	must(t, j.Close())

	p, dir = newPC(), t.TempDir()
	p.wall = noon.AddDate(6, 0, 0) // the PC started in the wrong year
	j = open(t, dir, p.options())
	p.run(time.Hour)
	j.Note()
	must(t, j.Close())
	p.wall = noon
	j = open(t, dir, p.options())
	checkStamp(t, j, want{at: 0})
}

func TestTheBootClockRuns(t *testing.T) {
	before := journal.SinceBoot()
	if after := journal.SinceBoot(); before <= 0 || after < before || after-before > time.Minute {
		t.Fatal(before, after)
	}
}

// A stamp may be too late where only the PC's clock vouched for it. The days' lists have each sale once all the same.
func TestDaysWithStampsThatFall(t *testing.T) {
	p := newPC()
	j := open(t, t.TempDir(), p.options())
	ask := func(serial uint64) {
		_, err := j.Ask(sold(serial))
		must(t, err)
	}
	ask(1)
	p.wall = noon.Add(72 * time.Hour)
	ask(2) // on a day that has not come
	p.wall = noon.Add(time.Hour)
	j.Hear(p.wall)
	ask(3)
	p.run(24 * time.Hour)
	ask(4)
	for i, want := range [][]uint64{{1, 3}, {4}, {}, {2}} {
		day := j.Day(noon.Add(time.Duration(24*i)*time.Hour), noon.Add(time.Duration(24*i+24)*time.Hour))
		var got []uint64
		for _, s := range day {
			got = append(got, s.Number)
		}
		if len(got) != len(want) || !slices.Equal(got, want) && len(want) > 0 {
			t.Errorf("day %d: %v, want %v", i, got, want)
		}
	}
}
