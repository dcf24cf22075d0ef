package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"hexiao/hub/voucher"
)

// Kind names a kind of fault, as --faults takes it.
type Kind string

// kinds are all there are, in the order in which a seed draws them. New ones go to the end, so that old seeds stay what
// they were.
var kinds = []Kind{"delay", "loss", "cut", "halfopen", "oneway", "partition", "tillkill", "tillpower", "tillio", "tillfull",
	"clock", "drift", "sleep", "cmos", "hubkill", "hubpower", "hubio", "hubfull", "hubclock", "suspend", "law",
	"clone", "restore", "wipe", "hubrestore", "hubtail", "revoke", "decide", "writeoff", "cheat"}

// rare kinds happen to fewer seeds, and once or twice in one: what follows from them takes time.
var rare = map[Kind]bool{"clone": true, "restore": true, "wipe": true, "hubrestore": true, "hubtail": true, "revoke": true, "writeoff": true, "cheat": true}

// Mix says which kinds of fault may happen, and how often at most; without an entry a kind does not.
type Mix map[Kind]int

// as drawn, as far as this many
const unbounded = 1 << 20

// All is every kind, as often as the seed draws it.
func All() Mix {
	m := Mix{}
	for _, k := range kinds {
		m[k] = unbounded
	}
	return m
}

// ParseMix reads "all", "none", or a list such as "cut,clone:1", where the number says how often at most.
func ParseMix(text string) (Mix, error) {
	switch text {
	case "all":
		return All(), nil
	case "none", "":
		return Mix{}, nil
	}
	m := Mix{}
	for _, word := range strings.Split(text, ",") {
		name, count, counted := strings.Cut(strings.TrimSpace(word), ":")
		n := unbounded
		if counted {
			if _, err := fmt.Sscanf(count, "%d", &n); err != nil {
				return nil, fmt.Errorf("--faults %s: %q is no number", text, count)
			}
		}
		if !slices.Contains(kinds, Kind(name)) {
			return nil, fmt.Errorf("--faults %s: there is no fault %q; there are all, none, or a list of %s", text, name, joined(kinds))
		}
		m[Kind(name)] = n
	}
	return m, nil
}

func joined(kinds []Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ",")
}

// String is what ParseMix reads.
func (m Mix) String() string {
	var words []string
	all := len(kinds) > 0
	for _, k := range kinds {
		n, has := m[k]
		all = all && n == unbounded
		switch {
		case has && n == unbounded:
			words = append(words, string(k))
		case has && n > 0:
			words = append(words, fmt.Sprintf("%s:%d", k, n))
		}
	}
	switch {
	case all:
		return "all"
	case len(words) == 0:
		return "none"
	}
	return strings.Join(words, ",")
}

// faults is who brings them.
type faults struct {
	w     *world
	begun []happening
	ends  []func() // what takes away what is still in force when the chaos ends
	dead  map[*machine]death
	keep  func() bool // says which sectors survive the next power cut of the hub
}

// happening is one fault of a seed, drawn before the play begins.
type happening struct {
	at   time.Duration
	kind Kind
	do   func()
}

// death is how a till that was doomed ends.
type death struct {
	power bool
	back  time.Duration // until it runs again
	dated time.Duration // what its clock is off by then; 0: as it was
}

func newFaults(w *world) *faults { return &faults{w: w, dead: map[*machine]death{}} }

// begin draws the faults of the seed and puts them into the queue. Each kind draws from a stream of its own, so that it
// stays the same when another is taken away.
func (f *faults) begin() {
	for _, k := range kinds {
		c := stream(f.w.seed, "fault "+string(k))
		most, may := f.w.play.Faults[k]
		share, often := 35, 6
		if rare[k] {
			share, often = 15, 2
		}
		if drawn := c.in(share); !may || !drawn && !f.w.scene.county {
			continue
		}
		for range min(c.between(1, often)*f.crowd(k), most) {
			f.begun = append(f.begun, happening{f.when(c), k, f.draw(k, c)})
		}
	}
	for _, h := range f.begun {
		f.w.queue.at(h.at, func() {
			if !f.w.calm {
				f.w.note("fault: %s", h.kind)
				f.w.result.Faults[string(h.kind)]++
				h.do()
			}
		})
	}
}

// crowd is how many times as often a kind of fault happens as with a few tills: what happens to the hub or to the office does
// not grow with the number of tills.
func (f *faults) crowd(k Kind) int {
	switch {
	case strings.HasPrefix(string(k), "hub"), k == "law", k == "delay", k == "loss":
		return 1
	case rare[k]:
		return 1 + f.w.scene.crowd/10
	}
	return f.w.scene.crowd
}

// when draws an instant, mostly near a customer: a fault that nobody meets tells nothing.
func (f *faults) when(c chance) time.Duration {
	v := f.w.scene.visits
	if len(v) == 0 || c.in(15) {
		return time.Duration(c.Int64N(int64(f.w.scene.span)))
	}
	return max(0, v[c.IntN(len(v))].at+time.Duration(c.IntN(4000)-2500)*time.Millisecond)
}

// end takes everything away.
func (f *faults) end() {
	for _, end := range f.ends {
		end()
	}
	f.ends = nil
	f.w.hub.disk.heal()
	f.w.hub.offset = 0
	for _, m := range f.w.all() {
		m.disk.SetFull(false)
		m.setClock(0, 0)
		m.wake()
		if l := m.line; l != nil && (l.up.dead || l.down.dead) {
			m.lost(l)
		}
		if !m.on {
			m.again(time.Second)
		}
	}
}

// within lets something be so for a while, at most until the chaos ends.
func (f *faults) within(d time.Duration, begin, end func()) {
	over := false
	once := func() {
		if !over {
			over = true
			end()
		}
	}
	begin()
	f.ends = append(f.ends, once)
	f.w.queue.after(d, once)
}

// draw draws one fault of a kind: what it will do when its time comes.
func (f *faults) draw(k Kind, c chance) func() {
	w := f.w
	m := w.tills[c.IntN(len(w.tills))]
	d := c.span(time.Second, w.scene.longest)
	switch k {
	case "delay":
		more := c.span(50*time.Millisecond, 8*time.Second)
		return func() { f.within(d, func() { w.net.latency += more }, func() { w.net.latency -= more }) }
	case "loss":
		more := c.between(2, 30)
		return func() { f.within(d, func() { w.net.lossy += more }, func() { w.net.lossy -= more }) }
	case "cut":
		atHub := c.in(50)
		return func() { f.cut(m, atHub) }
	case "halfopen":
		return func() {
			if m.line != nil {
				m.line.kill()
			}
		}
	case "oneway":
		up, down := 1, 0
		if c.in(50) {
			up, down = down, up
		}
		return func() { f.within(d, func() { m.block(up, down) }, func() { m.block(-up, -down) }) }
	case "partition":
		if c.in(30 / w.scene.crowd) { // the county's whole network fails as seldom as a small one's
			return func() { f.within(d, func() { w.block(1) }, func() { w.block(-1) }) }
		}
		return func() { f.within(d, func() { m.block(1, 1) }, func() { m.block(-1, -1) }) }
	}
	if do := f.drawTill(k, c, m, d); do != nil {
		return do
	}
	if do := f.drawHub(k, c, d); do != nil {
		return do
	}
	return f.drawOffice(k, c, m, d)
}

// drawTill draws what happens to one PC.
func (f *faults) drawTill(k Kind, c chance, m *machine, d time.Duration) func() {
	n := c.between(1, 5)
	switch k {
	case "tillkill":
		back := c.span(200*time.Millisecond, 10*time.Minute)
		return func() { f.doom(m, n, death{back: back}) }
	case "tillpower":
		back := c.span(5*time.Second, 3*time.Hour)
		return func() { f.doom(m, n, death{power: true, back: back}) }
	case "cmos":
		back, years := c.span(5*time.Second, time.Hour), pick(c, -13, -3, -1, 2, 7)
		return func() {
			f.doom(m, n, death{power: true, back: back, dated: time.Duration(years) * 365 * 24 * time.Hour})
		}
	case "tillio":
		return func() { m.disk.FailAt(n, syscall.EIO) }
	case "tillfull":
		return func() { f.within(d, func() { m.disk.SetFull(true) }, func() { m.disk.SetFull(false) }) }
	case "clock":
		jump := c.span(time.Second, 72*time.Hour)
		if c.in(60) {
			jump = -jump
		}
		right := c.in(50)
		return func() {
			m.setClock(m.offset+jump, m.drift)
			if right {
				f.w.queue.after(d, func() { m.setClock(0, m.drift) })
			}
		}
	case "drift":
		millionths := int64(c.between(-60000, 60000))
		return func() { m.setClock(m.wall().Sub(f.w.now()), millionths) }
	case "sleep":
		return func() { f.within(d, m.sleep, m.wake) }
	case "clone":
		after := c.span(time.Second, 5*time.Hour)
		return func() { f.clone(m, c, after) }
	case "restore":
		back := c.span(5*time.Second, time.Hour)
		return func() { f.snapshot(m, d, back) }
	case "cheat":
		return func() { f.turn(m, c) }
	case "wipe":
		back := c.span(5*time.Second, time.Hour)
		return func() { f.wipe(m, back) }
	}
	return nil
}

// drawHub draws what happens to the hub's machine.
func (f *faults) drawHub(k Kind, c chance, d time.Duration) func() {
	n, h := c.between(1, 6), f.w.hub
	if f.w.scene.county {
		d = min(d, 15*time.Minute) // somebody looks after it, and each start of the whole county's hub takes the play a while
	}
	switch k {
	case "hubkill":
		if c.in(40) {
			return func() {
				if h.up {
					h.died(errKilled)
				}
			}
		}
		return func() { h.disk.failAt(n, errKilled) }
	case "hubpower":
		hundred := pick(c, 0, 20, 50, 80, 100)
		return func() {
			h.disk.failAt(n, errPower)
			f.keep = func() bool { return c.in(hundred) }
		}
	case "hubio":
		return func() { h.disk.failAt(n, syscall.EIO) }
	case "hubfull":
		spare := int64(c.IntN(64 << 10))
		return func() { f.within(d, func() { h.disk.room = h.disk.used() + spare }, func() { h.disk.room = 0 }) }
	case "hubclock":
		jump := c.span(100*time.Millisecond, 2*time.Hour)
		if c.in(50) {
			jump = -jump
		}
		return func() { f.within(d, func() { h.offset += jump }, func() { h.offset -= jump }) }
	case "hubrestore":
		return func() { h.backup(d) }
	case "hubtail":
		groups := c.between(1, 30)
		return func() {
			h.disk.failAt(n, errPower)
			h.tail, f.keep = groups, func() bool { return false }
		}
	}
	return nil
}

// drawOffice draws what administrators do.
func (f *faults) drawOffice(k Kind, c chance, m *machine, d time.Duration) func() {
	w := f.w
	switch k {
	case "suspend":
		return func() {
			merchant := w.scene.seats[m.seat].merchant
			w.office.suspend(merchant, voucher.MerchantSuspended)
			w.queue.after(d, func() { w.office.suspend(merchant, voucher.MerchantActive) })
		}
	case "law":
		what, by := c.IntN(4), c.between(1, 20)
		if w.scene.county {
			what %= 3 // its stock and its money are as they were published
		}
		return func() { w.office.amend(what, by) }
	case "revoke":
		return func() {
			if m.id.Terminal != "" {
				w.office.revoke(m)
			}
		}
	case "decide":
		return func() { w.office.decideAny(c) }
	case "writeoff":
		past, release := c.in(30), c.in(50)
		return func() {
			if m.id.Terminal != "" {
				w.office.writeOff(m.id.Terminal, past, release)
			}
		}
	}
	return nil
}

// cut ends the line of a till as a router does that starts anew: one end hears of it.
func (f *faults) cut(m *machine, atHub bool) {
	l := m.line
	switch {
	case l == nil:
	case atHub && f.w.hub.up:
		f.w.hub.lost(l)
	default:
		m.lost(l)
	}
}

// doom lets a till die in the n-th step of its disk from now on.
func (f *faults) doom(m *machine, n int, how death) {
	if !m.on || m.doom != 0 {
		return
	}
	m.doom = m.disk.Steps() + n
	m.disk.FailAt(n, errKilled)
	f.dead[m] = how
}

// died ends a till that has come to its step.
func (f *faults) died(m *machine) {
	how := f.dead[m]
	m.stop(how.power)
	if how.dated != 0 {
		m.setClock(how.dated, m.drift)
	}
	back := how.back
	if f.w.calm {
		back = time.Second
	}
	m.again(back)
}

// survivors says which sectors that were not synced are on the disk after a power cut.
func (f *faults) survivors() func() bool {
	if f.keep == nil {
		return func() bool { return false }
	}
	return f.keep
}

// block puts cuts in force on the ways of a till, or takes them away.
func (m *machine) block(up, down int) {
	m.reach.up += up
	m.reach.down += down
	for _, l := range m.ends.open {
		if m.reach.up == 0 {
			m.w.net.freed(&l.up)
		}
		if m.reach.down == 0 {
			m.w.net.freed(&l.down)
		}
	}
}

func (w *world) block(by int) {
	for _, m := range w.tills {
		m.block(by, by)
	}
}

// setClock sets the clock on the wall to be off by so much, and to run wrong by so many millionths.
func (m *machine) setClock(off time.Duration, drift int64) {
	m.offset, m.drift, m.since = off, drift, m.w.queue.now
}

// sleep closes the lid: nothing runs, and the line is gone without a word.
func (m *machine) sleep() {
	if !m.on || m.asleep {
		return
	}
	m.asleep, m.dozed = true, m.w.queue.now
	if m.line != nil {
		m.line.kill()
	}
	m.w.note("%s sleeps", m.name)
}

// wake opens it: everything goes on where it was.
func (m *machine) wake() {
	if !m.asleep {
		return
	}
	m.asleep = false
	m.slept += m.w.queue.now - m.dozed
	m.w.note("%s wakes", m.name)
	life := m.life
	m.w.queue.after(time.Millisecond, func() {
		if m.life == life {
			m.step(func() { m.core.Tick(m.beat()) })
		}
	})
	if l := m.line; l != nil {
		l.heardAtTill = m.w.queue.now
		m.watch(l, m.w.hub.silent*2/3)
	} else if m.on {
		m.dialAfter(time.Second)
	}
}
