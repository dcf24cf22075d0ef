package rehearsal

import (
	"crypto/ed25519"
	"errors"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// office is the administrators: they enrol, suspend, amend, decide and write off, through the ledger's own requests.
type office struct {
	w       *world
	c       chance
	persons []signer
}

// signer is somebody whose word counts.
type signer struct {
	name string
	key  ed25519.PrivateKey
}

var errAway = errors.New("the hub is not there")

// ask lets an administrator ask the hub for something; errAway when it does not run, or fell over meanwhile.
func (o *office) ask(do func(l *ledger.Ledger) error) error {
	err := errAway
	o.w.hub.step(func() { err = do(o.w.hub.ledger) })
	return err
}

// insist asks again until the hub has answered, whatever it says.
func (o *office) insist(what string, do func(l *ledger.Ledger) error) {
	err := o.ask(do)
	o.w.note("office: %s: %v", what, err)
	if errors.Is(err, errAway) || errors.Is(err, ledger.ErrStopped) {
		o.w.queue.after(o.c.span(time.Second, time.Minute), func() { o.insist(what, do) })
	}
}

// found enters the persons who sign.
func (o *office) found() error {
	for _, name := range []string{"甲", "乙", "丙"} {
		p := signer{name, ed25519.NewKeyFromSeed(o.c.read(ed25519.SeedSize))}
		o.persons = append(o.persons, p)
	}
	return o.enter()
}

// enter enters those whom the book does not know, as after a restore.
func (o *office) enter() error {
	return o.ask(func(l *ledger.Ledger) error {
		for _, p := range o.persons {
			err := l.AddPerson(background, ledger.PersonSet{Name: p.name, Key: public(p.key)})
			if no, refused := errors.AsType[*ledger.Refusal](err); err != nil && (!refused || no.Code != "person_known") {
				return err
			}
		}
		return nil
	})
}

// enrol brings a seat's PC in: a token, and the terminal that it makes.
func (o *office) enrol(seat int) {
	x, m := &o.w.scene.seats[seat], o.w.tills[seat]
	err := o.ask(func(l *ledger.Ledger) error {
		token := ledger.TokenMade{Hash: hashOf(x.token), Merchant: x.merchant, Place: x.place, Expires: o.w.hub.now().Add(time.Hour).UnixMilli()}
		if err := l.MakeToken(background, token); err != nil {
			return err
		}
		t, err := l.Enrol(background, ledger.Enrolment{Hash: [32]byte(hashOf(x.token)), Key: public(x.device), Version: "rehearsal"})
		if err == nil {
			m.enrolled(t.ID)
		}
		return err
	})
	o.w.note("office: seat %d is enrolled: %v", seat, err)
	if err != nil {
		o.w.queue.after(o.c.span(time.Second, 5*time.Minute), func() { o.enrol(seat) })
		return
	}
	m.again(o.c.span(10*time.Millisecond, time.Minute))
}

// suspend changes a merchant's standing.
func (o *office) suspend(id voucher.MerchantID, to voucher.MerchantStatus) {
	o.insist("merchant "+string(id)+" is to be "+string(to), func(l *ledger.Ledger) error {
		return l.SetMerchantStatus(background, id, to, "rehearsal")
	})
}

// revoke puts a terminal out for good.
func (o *office) revoke(m *machine) {
	o.insist(string(m.id.Terminal)+" is to be revoked", func(l *ledger.Ledger) error {
		return l.SetTerminal(background, m.id.Terminal, voucher.TerminalRevoked, "rehearsal")
	})
}

// amend applies the campaign anew, with something changed.
func (o *office) amend(what, by int) {
	c := o.w.scene.campaign
	switch what {
	case 0:
		c.Offline.Count = uint32(by)
	case 1:
		c.Offline.Patience = time.Duration(by) * 200 * time.Millisecond
	case 2:
		c.Offline.Grace = time.Duration(by) * time.Hour
	case 3:
		c = richer(c, uint32(by))
	}
	o.insist("campaign is to be changed", func(l *ledger.Ledger) error {
		in, _, err := l.Apply(background, c)
		if err == nil {
			o.w.scene.campaign = in
		}
		return err
	})
}

// richer is the campaign with more stock, and the money for it.
func richer(c voucher.Campaign, by uint32) voucher.Campaign {
	c.Tiers, c.Phases = append([]voucher.Tier(nil), c.Tiers...), append([]voucher.Phase(nil), c.Phases...)
	for i := range c.Tiers {
		c.Tiers[i].Stock = append([]uint32(nil), c.Tiers[i].Stock...)
		for j := range c.Tiers[i].Stock {
			c.Tiers[i].Stock[j] += by
			c.Phases[j].Budget += c.Tiers[i].Face * voucher.Fen(by)
			c.Budget += c.Tiers[i].Face * voucher.Fen(by)
		}
	}
	return c
}

// decide decides a case: as its rule proposes, or by two persons otherwise. It tells whether it was decided.
func (o *office) decide(number uint64, as voucher.CaseVerdict) bool {
	m := o.w.audit.tally.matter(number)
	if m == nil || m.ruling != nil {
		return true
	}
	if as == m.proposal() {
		return o.rule(ledger.Decision{Case: number, Verdict: as, Reason: "as proposed", By: ledger.Signature{Name: "root", Console: true}}) == nil
	}
	o.c.Shuffle(len(o.persons), func(i, j int) { o.persons[i], o.persons[j] = o.persons[j], o.persons[i] })
	var err error
	for _, p := range o.persons[:2] {
		err = o.sign(p, number, as)
	}
	return err == nil
}

func (o *office) sign(p signer, number uint64, as voucher.CaseVerdict) error {
	d := ledger.Decision{Case: number, Verdict: as, Reason: "after a review"}
	err := o.ask(func(l *ledger.Ledger) (err error) {
		body := ledger.DecisionBody{Generation: l.Generation(), Case: number, Verdict: as, Reason: d.Reason}
		d.By.Name = p.name
		d.By.Signed, err = wire.Seal(body, p.key, ledger.ForDecision)
		return err
	})
	if err != nil {
		return err
	}
	return o.rule(d)
}

func (o *office) rule(d ledger.Decision) error {
	err := o.ask(func(l *ledger.Ledger) error {
		_, err := l.Decide(background, d)
		return err
	})
	o.w.note("office: case %d, %s by %s: %v", d.Case, d.Verdict, d.By.Name, err)
	if no, refused := errors.AsType[*ledger.Refusal](err); refused {
		o.w.met("verdict refused: " + no.Code)
	}
	return err
}

// decideAny decides an open case, if there is one; other than the rule proposes in some.
func (o *office) decideAny(c chance) {
	var open []*matter
	for _, m := range o.w.audit.tally.cases {
		if m != nil && m.ruling == nil {
			open = append(open, m)
		}
	}
	if len(open) > 0 {
		m := pick(c, open...)
		o.decide(m.Number, o.verdict(c, m))
	}
}

// verdict draws how a case is decided: mostly as its rule proposes.
func (o *office) verdict(c chance, m *matter) voucher.CaseVerdict {
	as := m.proposal()
	if c.in(30) {
		for _, v := range []voucher.CaseVerdict{voucher.Pay, voucher.Refuse, voucher.Resume} {
			if v != as && v.Fits(m.Kind) {
				return v
			}
		}
	}
	return as
}

// writeOff lets two persons write off what a terminal's leases have left.
func (o *office) writeOff(id voucher.TerminalID, past, release bool) error {
	var err error
	for _, p := range o.persons[:2] {
		err = o.ask(func(l *ledger.Ledger) error {
			raw, err := l.StateWriteOff(background, id, past, release, "rehearsal")
			if err != nil {
				return err
			}
			_, err = l.WriteOff(background, ledger.Signature{Name: p.name, Signed: wire.Signed{Raw: raw, Sig: wire.Sign(raw, p.key, ledger.ForWriteOff)}})
			return err
		})
		if err != nil {
			break
		}
	}
	o.w.note("office: %s is written off (past %v, release %v): %v", id, past, release, err)
	return err
}
