package uplink_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// restore puts the hub back to where it had so many records, in a new generation.
func (h *hub) restore(records int, gen byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.chain, h.words = h.chain[:records], h.words[:records]
	h.gen, h.waits, h.proven, h.received = bytes.Repeat([]byte{gen}, 16), true, 0, 0
}

func (h *hub) goOn() { h.mu.Lock(); h.waits = false; h.mu.Unlock() }

// visitOnce is one connection that does its work and ends.
func (r *rig) visitOnce() { r.run(func() { synctest.Wait() }) }

func TestARestoredHubGetsItsWordsBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.hub.gen = bytes.Repeat([]byte{1}, 16)
		r.hub.judge = func(rec *voucher.Record) voucher.Outcome {
			return voucher.Outcome{Result: voucher.Disputed, Reason: voucher.AlreadyRedeemed, Case: rec.ID.Number} // nothing it could guess again
		}
		for _, n := range []uint64{1, 4, 150} { // acks of different sizes
			r.askMany(uint64(len(r.hub.chain))+1, n)
			r.visitOnce()
		}
		words := append([]voucher.Outcome(nil), r.hub.words...)
		r.hub.restore(3, 2)
		r.askMany(1000, 2) // that nobody has answered
		r.hub.judge = func(*voucher.Record) voucher.Outcome { return voucher.Outcome{Result: voucher.Redeemed} }
		r.run(func() {
			synctest.Wait()
			if s := r.journal.State(); len(r.hub.chain) != 155 || r.hub.proven != 152 || s.Settled != 155 || s.Queued != 2 {
				t.Fatalf("the hub has %d records, %d of them proven; the journal %+v", len(r.hub.chain), r.hub.proven, s)
			}
			for i, w := range words {
				if r.hub.words[i] != w {
					t.Errorf("word %d came back as %+v, it was %+v", i+1, r.hub.words[i], w)
				}
			}
			if l := r.last(); l.Online || !strings.Contains(l.Problem.En, "was restored") || l.Problem.Zh == "" {
				t.Errorf("a hub that decides nothing: %+v", l)
			}
			time.Sleep(time.Minute)
			r.askMany(2000, 1)
			synctest.Wait()
			if l := r.last(); l.Online {
				t.Errorf("asked again, and it decides nothing still: %+v", l)
			}
			r.hub.goOn()
			time.Sleep(20 * time.Second)
			r.agreed(158)
			if l := r.last(); !l.Online || l.Problem.En != "" {
				t.Errorf("it decides again: %+v", l)
			}
			if r.hub.visits != 4 || r.hub.received > 154+9*3 {
				t.Errorf("%d connections, %d records received: a hub that is not ready was pressed", r.hub.visits, r.hub.received)
			}
		})
	})
}

func TestAHubThatLostItsTailWithoutKnowing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.askMany(1, 7)
		r.visitOnce()
		r.hub.chain, r.hub.words = r.hub.chain[:5], r.hub.words[:5]
		r.visitOnce()
		r.agreed(7)
		if r.hub.proven != 2 {
			t.Errorf("%d records came with a proof", r.hub.proven)
		}
	})
}

// A law and a lease are shown to a hub of another generation, and to no other.
func TestWhatAHubOfAnotherGenerationIsShown(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.hub.gen = bytes.Repeat([]byte{1}, 16)
		r.ask(1, 2)
		r.visitOnce()
		r.visitOnce()
		r.hub.restore(0, 2)
		r.hub.goOn()
		r.visitOnce()
		r.visitOnce()
		if len(r.hub.hellos) != 4 {
			t.Fatalf("%d connections", len(r.hub.hellos))
		}
		for i, b := range r.hub.hellos {
			if (b.Lent != nil) != (i > 0) || (b.Named != nil) != (i == 2) {
				t.Errorf("hello %d: lent %v, named %v", i+1, b.Lent != nil, b.Named != nil)
			}
			gen := [][]byte{nil, {1}, {1}, {2}}[i]
			if !bytes.Equal(b.Generation, bytes.Repeat(gen, 16)) || b.Settled != []uint64{0, 2, 2, 2}[i] {
				t.Errorf("hello %d: generation %x, settled %d", i+1, b.Generation, b.Settled)
			}
		}
		var lease voucher.Lease
		var law wire.LawBody
		hub := r.config.Identity.HubKey
		must(t, r.hub.hellos[2].Lent.Open(&lease, hub, wire.ForLease))
		must(t, r.hub.hellos[2].Named.Open(&law, hub, wire.ForLaw))
		if lease.Serial != 1 || law.Terminal != till {
			t.Errorf("%+v, %+v", lease, law)
		}
	})
}

// A restored hub counts the revisions of its law from where its backup was: the law that it has lost does not hold against
// the one that it has.
func TestTheLawOfARestoredHubHolds(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.hub.gen = bytes.Repeat([]byte{1}, 16)
		before := r.hub.law
		r.hub.law.Revision, r.hub.law.State = 9, voucher.TerminalFrozen
		r.visitOnce()
		r.hub.law.State = voucher.TerminalGood // a hub that says another thing under the same revision is not heeded
		r.visitOnce()
		if l := r.journal.State().Law; l.State != voucher.TerminalFrozen {
			t.Errorf("%+v", l)
		}
		r.hub.restore(0, 2)
		r.hub.law = before
		for range 2 {
			r.visitOnce()
			if l := r.journal.State().Law; l.State != voucher.TerminalGood || l.Revision != before.Revision {
				t.Errorf("%+v", l)
			}
			r.reopen()
		}
		if b := r.hub.hellos; b[1].Law != 9 || b[2].Law != 0 || b[3].Law != before.Revision {
			t.Errorf("laws %d, %d, %d", b[1].Law, b[2].Law, b[3].Law)
		}
	})
}

// A hub that lost the end of its book, and the terminal with it, without knowing is shown what it signed.
func TestAHubThatDoesNotKnowTheTerminalIsShownItsPapers(t *testing.T) {
	strange := func(v *visit) {
		if v.challenge() {
			v.send(wire.Bye{Text: voucher.Text{Zh: "没有这个终端", En: "no such terminal"}, Fatal: true})
		}
	}
	bubble(t, func(t *testing.T, r *rig) {
		r.ask(1)
		r.run(func() {
			time.Sleep(11 * time.Minute)
			synctest.Wait()
			r.agreed(1)
		})
		r.visitOnce()
		for i, b := range r.hub.hellos {
			if want := i == 2 || i == 3; (b.Named != nil) != want || (b.Lent != nil) != (i > 0) {
				t.Errorf("hello %d: lent %v, named %v", i+1, b.Lent != nil, b.Named != nil)
			}
		}
		if w := r.wires.waits(); len(w) < 4 || w[1] > time.Second || w[2] < 5*time.Minute {
			t.Errorf("waits %v", w)
		}
	}, func(v *visit) { // lets it in, so that it has papers, and loses it
		if v.challenge() && v.welcome() {
			v.next()
		}
	}, strange, strange)
}

// What a terminal shows of its ratchet is on its disk: killed at any moment, it never shows an older one afterwards.
func TestTheRatchetShownIsOnDisk(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		top := wire.Ratchet{}
		check := func(turn, tick uint64, what string) {
			if turn < top.Turn || turn == top.Turn && tick < top.Tick {
				t.Errorf("%s shows turn %d, tick %d; it has shown %d, %d", what, turn, tick, top.Turn, top.Tick)
			}
			top.Turn, top.Tick = max(top.Turn, turn), tick
		}
		for round := range uint64(5) {
			r.askMany(10*round+1, round)
			r.run(func() { time.Sleep(time.Duration(round) * 21 * time.Second); synctest.Wait() })
			if s := r.journal.State(); s.Ratchet.Turn != round+1 {
				t.Errorf("on disk after connection %d: %+v", round+1, s.Ratchet)
			}
			r.reopen()
			h := r.hub.hellos[round]
			check(h.Ratchet.Turn, h.Ratchet.Tick, "a hello")
			for _, s := range r.hub.statuses {
				check(s.Turn, s.Tick, "a status")
			}
			r.hub.statuses = nil
		}
	})
}

// A disk that was put back: what it has taken since is delivered and settled as what the hub says it is, and nothing is
// accepted without the hub any more.
func TestADiskThatWasPutBackStillDelivers(t *testing.T) {
	for _, c := range []struct {
		name string
		copy uint64 // records on the disk when it was copied
		hub  uint64 // and at the hub when the copy comes
	}{
		{"the hub has more", 2, 5},
		{"the hub has as many, but others", 2, 4},
		{"the hub has fewer, but others", 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.askMany(1, c.copy)
				r.visitOnce()
				old := r.backup()
				r.askMany(100, c.hub-c.copy)
				r.visitOnce()
				r.agreed(int(c.hub))
				r.putBack(old)
				r.askMany(200, 2)
				r.run(func() {
					synctest.Wait()
					if s := r.journal.State(); !s.Older || s.Queued != 0 || !r.last().Online {
						t.Errorf("%+v, line %+v", s, r.last())
					}
					_, reason, err := r.journal.Accept(redemption(300))
					if err != nil || reason != voucher.TerminalIsFrozen {
						t.Errorf("accepted: %v, %v", reason, err)
					}
				})
				for n := c.copy + 1; n <= c.copy+2; n++ {
					if s, ok := r.journal.Sale(n); !ok || s.State() != "disputed" {
						t.Errorf("record %d: %+v", n, s)
					}
				}
				if len(r.hub.chain) != int(c.hub) || len(r.hub.strays) != 2 {
					t.Errorf("the hub has %d records and %d strays", len(r.hub.chain), len(r.hub.strays))
				}
			})
		})
	}
}

func TestADamagedJournalIsProvenByTheHub(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.askMany(1, 7)
		r.visitOnce()
		r.askMany(100, 2)
		must(t, r.journal.Close())
		must(t, os.Remove(filepath.Join(r.dir, "journal.db")))
		r.start()
		if s := r.journal.State(); !s.Unproven || s.Queued != 2 {
			t.Fatalf("%+v", s)
		}
		r.visitOnce()
		r.agreed(9)
		if s := r.journal.State(); s.Unproven || s.Older {
			t.Fatalf("%+v", s)
		}
		r.ask(200)
	})
}

func TestADamagedJournalThatLacksWhatTheHubHasStaysUnproven(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.askMany(1, 7)
		r.visitOnce()
		must(t, r.journal.Close())
		must(t, os.Remove(filepath.Join(r.dir, "journal.db")))
		must(t, os.Remove(filepath.Join(r.dir, "journal.log")))
		r.start() // as a new one
		must(t, r.journal.Close())
		must(t, os.Remove(filepath.Join(r.dir, "journal.db")))
		r.start()
		r.visitOnce()
		if s := r.journal.State(); !s.Unproven || !s.Older {
			t.Fatalf("%+v", s)
		}
	})
}
