package agent_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// A history is what happens to a PC's clocks, in a small language; steps are parted by semicolons.
//
//	hear          the hub is heard for a moment: its time, and a lease for three days from now
//	run D         time goes on
//	drift D E     time goes on by D, and the PC's clock by E
//	sleep D       the PC sleeps: its clock goes on; the monotonic one too, where it counts sleep
//	step D        somebody, or NTP, sets the PC's clock by so much
//	set T         somebody sets it to an instant
//	restart       the program is started anew
//	off D         the PC is off for so long; its clock goes on
//	dead D T      the PC is off for so long, and starts at T: the battery of its clock is empty
//	sell [REASON] a voucher is scanned without the hub: "ok" is PROVISIONAL. Without a reason the oracle alone judges
//
// Durations are Go's, and days: "2d". Instants are UTC.
type history struct {
	name  string
	start time.Time // of the history; the zero time is atNoon
	steps string
}

// The law of the histories: two phases of ten days, around the leap day of 2024, in Beijing time.
var (
	atNoon   = time.Date(2024, 2, 27, 12, 0, 0, 0, beijing)
	leapDay  = time.Date(2024, 2, 29, 23, 0, 0, 0, beijing) // an hour before the first phase ends
	firstEnd = time.Date(2024, 3, 1, 0, 0, 0, 0, beijing)
	y2038    = time.Date(2038, 1, 19, 3, 14, 0, 0, time.UTC) // 8 s before 32-bit seconds end
	beijing  = time.FixedZone("Asia/Shanghai", 8*60*60)
)

const leaseFor = 72 * time.Hour

// player relives one history: a till with its journal on a disk in memory, and the PC's clocks.
type player struct {
	t       *testing.T
	name    string
	counts  bool // the monotonic clock counts sleep
	truth   time.Time
	wall    time.Time
	mono    time.Duration
	steady  time.Duration // what patience is measured with
	wrong   bool          // the PC's clock was wrong since the hub was last heard
	until   time.Time
	phases  []voucher.Phase
	disk    *journal.Memory
	journal *journal.Journal
	core    *agent.Core
	serial  voucher.Serial
	lease   uint32
	top     int64 // latest time stamped
	sold    int
}

func relive(t *testing.T, h history, counts bool) *player {
	start := h.start
	if start.IsZero() {
		start = atNoon
	}
	p := &player{t: t, name: h.name, counts: counts, truth: start, wall: start, disk: new(journal.Memory)}
	p.phases = []voucher.Phase{{No: 1, Start: firstEnd.AddDate(0, 0, -10), End: firstEnd}, {No: 2, Start: firstEnd, End: firstEnd.AddDate(0, 0, 10)}}
	if start.Year() != firstEnd.Year() {
		p.phases = []voucher.Phase{{No: 1, Start: start.AddDate(0, 0, -5), End: start.AddDate(0, 0, 5)}}
	}
	p.open()
	p.rule()
	for step := range strings.SplitSeq(h.steps, ";") {
		if words := strings.Fields(step); len(words) > 0 {
			p.do(words)
		}
	}
	if err := p.journal.Close(); err != nil {
		t.Error(err)
	}
	return p
}

func (p *player) open() {
	j, err := journal.Open("", terminal, journal.Options{
		Now: func() time.Time { return p.wall }, Mono: func() time.Duration { return p.mono }, Disk: p.disk,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.journal, p.core = j, agent.NewCore(agent.Config{Journal: j})
	j.OnSettled(p.core.Settled)
	p.core.Wake(p.now())
	p.core.Line(false, p.now(), voucher.Text{})
}

func (p *player) rule() {
	law := newLaw()
	law.Campaign.Phases = p.phases
	law.Campaign.Offline.Count, law.Campaign.Offline.Sum = 1000, 1_000_000_00
	raw, err := wire.Seal(law, hubKey, wire.ForLaw)
	if err == nil {
		err = p.journal.AdoptLaw(raw, law)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) do(words []string) {
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[0] {
	case "hear":
		p.hear()
	case "run":
		p.pass(p.span(arg(1)), p.span(arg(1)), true)
	case "drift":
		p.pass(p.span(arg(1)), p.span(arg(2)), true)
	case "sleep":
		p.pass(p.span(arg(1)), p.span(arg(1)), p.counts)
	case "step":
		p.wall = p.wall.Add(p.span(arg(1)))
	case "set":
		p.wall = p.instant(arg(1))
	case "restart":
		p.restart()
	case "off":
		p.pass(p.span(arg(1)), p.span(arg(1)), false)
		p.mono = 0
		p.restart()
	case "dead":
		p.pass(p.span(arg(1)), p.span(arg(1)), false)
		p.mono, p.wall = 0, p.instant(arg(2))
		p.restart()
	case "sell":
		p.sell(arg(1))
	default:
		p.t.Fatalf("%s: %q is no step", p.name, words)
	}
	p.wrong = p.wrong || p.wall.Sub(p.truth).Abs() > journal.Slack
}

func (p *player) span(text string) time.Duration {
	if days, is := strings.CutSuffix(text, "d"); is {
		n, err := strconv.Atoi(days)
		if err != nil {
			p.t.Fatalf("%s: %q is no duration", p.name, text)
		}
		return time.Duration(n) * 24 * time.Hour
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	return d
}

func (p *player) instant(text string) time.Time {
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	return at
}

func (p *player) pass(truth, wall time.Duration, mono bool) {
	p.truth, p.wall = p.truth.Add(truth), p.wall.Add(wall)
	if mono {
		p.mono += truth
	}
	p.steady += truth
	p.core.Tick(p.now())
}

// now is the instant of the driver, which nobody sets.
func (p *player) now() time.Time { return atNoon.Add(p.steady) }

func (p *player) restart() {
	if err := p.journal.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.open()
}

func (p *player) hear() {
	p.journal.Hear(p.truth)
	p.lease++
	p.until = p.truth.Add(leaseFor)
	l := newLease(100)
	l.Serial, l.Granted, l.Until, l.Count, l.Sum = p.lease, p.truth.UnixMilli(), p.until.UnixMilli(), 1000, 1_000_000_00
	raw, err := wire.Seal(l, hubKey, wire.ForLease)
	if err == nil {
		err = p.journal.AdoptLease(raw, l)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.wrong, p.top = false, 0 // what only the PC's clock said may have been too late
}

// sell scans a voucher of the first phase and holds the answer against the truth.
func (p *player) sell(want string) {
	p.serial++
	var a desk.Answer
	p.core.Redeem(desk.Sale{Bill: 58_00, Code: code(p.serial)}, func(got desk.Answer) { a = got }, p.now())
	if want != "" && a.Reason.String() != want {
		p.fail("is %s %s, want %s", a.Answer, a.Reason, want)
	}
	if a.Message.Zh == "" || a.Message.En == "" || a.Next.Zh == "" || a.Next.En == "" {
		p.fail("says too little: %+v", a)
	}
	if a.Answer == voucher.Provisional {
		p.sold++
		p.accepted()
	} else {
		p.refused(a)
	}
}

// accepted: what the till takes is inside phase and lease by the time that it stamps; that time never falls; where it is
// said to be sure it is the true one; and what the hub was heard to say is never in the future, so that the hub can tell
// from it and from when the record comes whether the phase's end may have lain between.
func (p *player) accepted() {
	raws := p.journal.Unsettled(p.journal.State().Last-1, 1)
	r, err := wire.DecodeRecord(raws[0])
	if err != nil {
		p.t.Fatal(err)
	}
	phase := p.phases[0]
	switch at := r.Time(); {
	case at.Before(phase.Start), !at.Before(phase.End):
		p.fail("accepted at %v, outside the phase", at)
	case !at.Before(p.until):
		p.fail("accepted at %v, after the lease", at)
	case r.At < p.top:
		p.fail("stamped %v after %v", at, time.UnixMilli(p.top))
	case r.Heard > p.truth.UnixMilli():
		p.fail("heard %v from the hub, in the future", time.UnixMilli(r.Heard))
	case r.Sure && at.Sub(p.truth).Abs() > journal.Slack:
		p.fail("is sure of %v", at)
	case (r.Sure || !p.wrong) && !(p.inPhase() && p.inLease()):
		p.fail("accepted, sure: %v", r.Sure)
	}
	p.top = r.At
}

func (p *player) inPhase() bool {
	return !p.truth.Before(p.phases[0].Start) && p.truth.Before(p.phases[0].End)
}
func (p *player) inLease() bool { return p.truth.Before(p.until) }

// refused: every refusal has a reason that is true, or the PC's clock was wrong; and then a person is told.
func (p *player) refused(a desk.Answer) {
	_, warned := p.warned()
	explained := p.wrong
	switch a.Reason {
	case voucher.Expired:
		explained = explained || !p.truth.Before(p.phases[0].End)
	case voucher.NotYetValid:
		explained = explained || p.truth.Before(p.phases[0].Start)
	case voucher.OfflineLimit:
		explained = explained || !p.inLease()
	case voucher.HubSilent:
		explained = p.lease == 0
	case voucher.ClockUntrusted:
		explained = explained && warned
	default:
		explained = false
	}
	if !explained {
		p.fail("refused with %s; the PC's clock was wrong: %v, warned of it: %v", a.Reason, p.wrong, warned)
	}
}

func (p *player) warned() (desk.View, bool) {
	v := p.core.View(p.now())
	return v, slices.ContainsFunc(v.Warnings, func(w desk.Warning) bool { return w.Code == desk.WarnClock })
}

func (p *player) fail(format string, with ...any) {
	p.t.Helper()
	p.t.Errorf("%s (true time %s, the PC's %s): scan %d %s", p.name, p.truth.UTC().Format(time.DateTime), p.wall.UTC().Format(time.DateTime),
		p.serial, fmt.Sprintf(format, with...))
}

// told are histories whose answers are known beforehand.
var told = []history{
	{"nothing happens", time.Time{}, "hear; sell ok; run 2d; sell ok; run 11h; sell ok; run 1h; sell expired"},
	{"before the hub was ever heard there is no lease", time.Time{}, "sell hub_silent; restart; sell hub_silent"},
	{"the clock is set back by an hour", time.Time{}, "hear; sell ok; step -1h; sell clock_untrusted; run 59m; sell clock_untrusted; step 1h; sell ok"},
	{"the clock is set back by an hour, and its owner waits", time.Time{}, "hear; step -1h; sell clock_untrusted; run 1h; sell clock_untrusted; hear; sell ok"},
	{"NTP steps the clock back a little", time.Time{}, "hear; step -4s; sell ok; run 1h; sell ok; restart; sell ok"},
	{"NTP steps the clock forward a little", time.Time{}, "hear; step 4s; sell ok; run 1h; sell ok; restart; sell ok"},
	{"NTP steps a clock right that was always slow", time.Time{}, "step -1h; hear; sell ok; run 10m; step 1h; sell ok; restart; sell ok"},
	{"NTP steps a clock right that was always fast", time.Time{}, "step 1h; hear; sell ok; run 10m; step -1h; sell ok; restart; sell ok"},
	{"a clock that is always slow, through a restart", time.Time{}, "step -1h; hear; sell ok; restart; sell ok; off 10h; sell ok"},
	{"the PC sleeps over night", time.Time{}, "hear; sell ok; sleep 10h; sell ok"},
	{"the PC hibernates over the end of the phase", leapDay, "hear; sell ok; sleep 2h; sell expired; restart; sell expired"},
	{"the PC is off over the end of the phase", leapDay, "hear; sell ok; off 2h; sell expired"},
	{"the phase ends at midnight of the leap day", leapDay, "hear; run 59m; sell ok; run 59s; sell ok; run 1s; sell expired"},
	{"the phase ends at midnight of the leap day, after a restart", leapDay, "hear; restart; run 59m; sell ok; run 1m; sell expired"},
	{"after the end of the phase the clock is set back before it", leapDay, "hear; sell ok; run 2h; sell expired; step -2h; sell expired; restart; sell expired"},
	{"the clock is set back while the PC sleeps over the end, and nobody was there", leapDay, "hear; restart; sleep 2h; step -2h; run 1s; sell"},
	{"the lease ends", time.Time{}, "hear; run 2d; run 11h; hear; run 59m; run 3h; sell; run 3d; sell expired"},
	{"the battery of the clock is empty", time.Time{}, "hear; sell ok; dead 2h 2000-01-01T00:00:00; sell clock_untrusted; run 5h; sell clock_untrusted; hear; sell ok"},
	{"the battery is empty, and the hub was heard in that life", time.Time{}, "dead 2h 2000-01-01T00:00:00; sell clock_untrusted; hear; sell ok; run 3h; sell ok; restart; sell ok"},
	{"the battery is empty, and the PC starts in the same year each time", time.Time{}, "dead 1h 2024-01-01T00:00:00; hear; run 1h; sell ok; dead 2h 2024-01-01T00:00:00; sell clock_untrusted; dead 2h 2024-01-01T00:00:00; sell clock_untrusted; hear; sell ok"},
	{"the PC starts in the year 2030, and is set right without the hub", time.Time{}, "hear; dead 1h 2030-01-01T00:00:00; sell expired; set 2024-02-27T05:00:00; sell ok; hear; sell ok; restart; sell ok"},
	{"the clock is set ahead and back again before anything is sold", time.Time{}, "hear; step 24h; step -24h; sell ok"},
	{"the clock is set ahead over the end and back again", leapDay, "hear; step 24h; sell expired; step -24h; sell ok; restart; sell ok; hear; sell ok"},
	{"32-bit seconds end", y2038, "hear; sell ok; run 10s; sell ok; restart; sell ok; off 1h; sell ok"},
	{"32-bit seconds end while the PC sleeps", y2038, "hear; sleep 1h; sell ok; hear; sell ok"},
	{"32-bit seconds wrap around to 1901", y2038, "hear; run 8s; set 1901-12-13T20:45:52; sell clock_untrusted; restart; sell clock_untrusted; hear; sell ok"},
	{"the program is started anew without the hub, again and again", time.Time{}, "hear; sell ok; restart; sell ok; restart; run 1h; sell ok; restart; restart; sell ok"},
	{"a clock that runs fast by a minute a day", time.Time{}, "hear; drift 1h 1h2s; sell ok; drift 1h 1h2s; sell ok; drift 1h 1h2s; sell ok; drift 1h 1h2s; sell ok"},
	{"a clock that runs slow by a minute a day", time.Time{}, "hear; drift 1h 59m58s; sell ok; drift 1h 59m58s; sell ok; drift 1h 59m58s; sell clock_untrusted"},
}

// upsets are what may happen to clocks, made into histories by where in the campaign it happens.
var upsets = []string{
	"run 10m", "step -1h", "step 1h", "step -4s; step -4s", "step 4s; step 4s", "step -6s", "step 6s", "sleep 2h", "off 2h", "restart",
	"step -24h; restart", "step 24h; restart", "step 24h; step -24h", "step 24h; sell; step -24h", "step 24h; sell; step -24h; restart",
	"dead 2h 2000-01-01T00:00:00", "dead 2h 2024-01-01T00:00:00", "dead 2h 2000-01-01T00:00:00; run 3h",
	"dead 2h 2000-01-01T00:00:00; hear; restart", "dead 2h 2000-01-01T00:00:00; hear; run 1h; dead 2h 2000-01-01T00:00:00",
	"off 2h; step -2h", "off 2h; step -1h", "sleep 1h; restart; sleep 1h", "drift 10h 10h30s", "drift 10h 9h59m30s",
	"set 2038-01-19T03:14:08", "set 1970-01-01T00:00:00", "step -30m; sell; restart; step 30m", "sleep 2h; restart; step -1h; sell; step 1h",
	"step 30m; hear; restart; step -30m",
}

// Without a monotonic clock that counts sleep this one cannot be told from a PC that did not sleep: the clock is put back
// by just as long as it slept. Linux and Windows have such a clock (journal.SinceBoot).
const setBackBySleep = "sleep 2h; step -2h"

func histories() (all []history) {
	all = append(all, told...)
	for _, at := range []struct {
		name  string
		start time.Time
		first string
	}{
		{"far from any end", time.Time{}, "hear"},
		{"an hour before the phase ends", leapDay, "hear"},
		{"an hour before the lease ends", atNoon.AddDate(0, 0, -5), "hear; run 71h"},
		{"an hour before both end", leapDay.Add(-71 * time.Hour), "hear; run 71h"},
	} {
		for _, upset := range upsets {
			all = append(all, history{at.name + ": " + upset, at.start, at.first + "; sell; " + upset + "; sell; run 1h30m; sell; restart; sell; hear; sell; run 10m; sell"})
		}
	}
	return all
}

// TestClockHistories: nothing is accepted that should not be, and every refusal has a reason that is true.
func TestClockHistories(t *testing.T) {
	sold, all := 0, histories()
	for _, counts := range []bool{true, false} {
		for _, h := range all {
			sold += relive(t, h, counts).sold
		}
	}
	relive(t, history{setBackBySleep, leapDay, "hear; sell ok; " + setBackBySleep + "; sell expired; restart; sell expired"}, true)
	if len(all) < 60 || sold < 3*len(all) {
		t.Errorf("%d histories, %d sales: too few to tell anything", len(all), sold)
	}
	t.Logf("%d histories with two kinds of monotonic clock, %d offline acceptances", len(all), sold)
}

// TestAnyClockHistory draws histories nobody has thought of.
func TestAnyClockHistory(t *testing.T) {
	steps := rapid.SampledFrom(append([]string{
		"hear", "sell", "sell", "run 1m", "run 3h", "run 30h", "sleep 20m", "sleep 9h", "off 30m", "restart",
		"step -5s", "step 5s", "step -3h", "step 3h", "set 2024-02-29T15:59:00", "set 2024-03-01T00:00:00",
	}, upsets...))
	rapid.Check(t, func(r *rapid.T) {
		script := strings.Join(rapid.SliceOfN(steps, 1, 25).Draw(r, "steps"), "; ")
		before := t.Failed()
		relive(t, history{script, leapDay, "hear; " + script + "; sell"}, rapid.Bool().Draw(r, "counts sleep"))
		if t.Failed() && !before {
			r.Fatal("see above")
		}
	})
}
