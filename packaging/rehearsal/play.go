package rehearsal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Play says what is to be played.
type Play struct {
	Seed      uint64
	Faults    Mix
	Terminals int  // at most; 0: as the seed draws
	Scans     int  // at most; 0: as the seed draws
	Days      int  // of the whole county's campaign; 0: a small one of the seed's own
	Merchants int  // of the county
	Owners    bool // in the county some shopkeepers turn vouchers into cash
	Log       io.Writer
}

// Result is what came of it.
type Result struct {
	Seed      uint64         `json:"seed"`
	Violation *Violation     `json:"violation,omitempty"`
	Scans     int            `json:"scans"`
	Accepted  int            `json:"accepted"`
	Redeemed  voucher.Fen    `json:"redeemed_fen"`
	Cases     uint64         `json:"cases"`
	Entries   uint64         `json:"entries"`
	Answers   map[string]int `json:"answers"`
	Met       map[string]int `json:"met"`
	Faults    map[string]int `json:"faults"`
	Span      time.Duration  `json:"span_ns"`
	Terminals int            `json:"terminals"`
	County    *County        `json:"county,omitempty"`
}

// Run plays one seed.
func Run(p Play) Result {
	w := newWorld(p)
	w.guarded(w.live)
	w.result.Violation = w.found
	return w.result
}

func newWorld(p Play) *world {
	w := &world{seed: p.Seed, play: p, scene: p.scene(), log: p.Log, seen: map[string]int{}}
	w.result = Result{Seed: p.Seed, Answers: map[string]int{}, Met: w.seen, Faults: map[string]int{}}
	c := stream(p.Seed, "network")
	w.net = network{w: w, c: c, latency: c.span(5*time.Millisecond, 200*time.Millisecond), jitter: 30 * time.Millisecond}
	c = stream(p.Seed, "hub")
	w.hub = &hub{w: w, c: c, disk: &platter{}, segment: pick(c, int64(16<<10), 32<<10, 64<<10), key: w.scene.hubKey,
		silent: w.scene.silent}
	w.people = &people{w, stream(p.Seed, "people")}
	w.office = &office{w: w, c: stream(p.Seed, "office")}
	w.copied, w.crooked = map[voucher.TerminalID]bool{}, map[voucher.TerminalID]bool{}
	w.book = newCashbook(w)
	w.audit = newAudit(w)
	w.lanes = stream(p.Seed, "lanes")
	w.watcher = &watcher{w: w, c: stream(p.Seed, "watcher")}
	w.faults = newFaults(w)
	w.seat()
	return w
}

func (p Play) scene() *scene {
	if p.Days > 0 {
		return drawCounty(p.Seed, p.Days, p.Merchants, p.Owners)
	}
	return drawScene(p.Seed, p.Terminals, p.Scans)
}

// live is the whole play: the chaos, the healing and the settling.
func (w *world) live() {
	w.note("seed %d: %s, stock at %s, %d terminals, %d visits", w.seed, w.scene.span, w.scene.campaign.StockAt, len(w.scene.seats), len(w.scene.visits))
	w.hub.start()
	w.people.found()
	w.hub.keeps()
	w.people.arrive()
	w.technicians()
	w.faults.begin()
	if w.scene.county {
		w.nights()
	}
	w.until(w.scene.span)
	w.heal()
	w.settle()
	if w.scene.county {
		if w.result.County = w.sums(); w.result.County != nil {
			w.result.County.Cashout = w.cashout
		}
	}
	w.result.Span, w.result.Terminals = w.queue.now, len(w.scene.seats)
	w.result.Entries, w.result.Redeemed, w.result.Cases = w.audit.at.next-1, w.audit.tally.redeemed, uint64(len(w.audit.tally.cases))
}

// seat puts a PC on every seat; it is enrolled later.
func (w *world) seat() {
	for i := range w.scene.seats {
		w.tills = append(w.tills, &machine{w: w, c: stream(w.seed, fmt.Sprint("till ", i)), name: fmt.Sprintf("till %d", i+1), seat: i,
			disk: &journal.Memory{}, hashes: map[voucher.RedemptionID][32]byte{}})
	}
}

// enrolled gives a PC its identity.
func (m *machine) enrolled(id voucher.TerminalID) {
	x := m.w.scene.seats[m.seat]
	m.name = string(id)
	m.id = uplink.Identity{Terminal: id, Merchant: x.merchant, Hub: "https://hub", HubKey: m.w.hub.public(), Device: x.device}
}

// all are the PCs that have an identity, copies behind.
func (w *world) all() (list []*machine) {
	for _, m := range append(w.tills[:len(w.tills):len(w.tills)], w.copies...) {
		if m.id.Terminal != "" {
			list = append(list, m)
		}
	}
	return list
}

func (w *world) merchantOf(id voucher.TerminalID) voucher.MerchantID {
	for _, m := range w.tills {
		if m.id.Terminal == id {
			return m.id.Merchant
		}
	}
	return ""
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func (h *hub) public() ed25519.PublicKey  { return public(h.key) }
func (h *hub) issuing() ed25519.PublicKey { return public(h.w.scene.issuing) }
func (h *hub) issuingKey() wire.Key       { return wire.Key{ID: 1, Public: h.issuing()} }

func hashOf(token []byte) []byte {
	sum := sha256.Sum256(token)
	return sum[:]
}
