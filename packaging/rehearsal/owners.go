package rehearsal

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"hexiao/hub/voucher"
)

// Some shopkeepers of a county turn vouchers into cash: they collect other people's, claim with a few phones, and ring up
// bills that nobody made, at the threshold, paid by an account of their own. They are played where they are asked for: what
// they do shifts all that is drawn while a county is played.

// drawOwners makes one shop in thirty such a one, and gives everybody else a phone, a place and an account.
func (s *scene) drawOwners(c chance) {
	for _, n := range s.notes {
		n.device = append([]byte("own"), n.person[:13]...)
		n.place = &voucher.Place{Lat: 33.60 + c.Float64()*0.3, Lon: 112.70 + c.Float64()*0.4}
	}
	for i := range s.visits {
		if v := &s.visits[i]; v.note != nil && v.pos && !c.in(30) {
			v.payer = hex.EncodeToString(v.note.person[:8])
		}
	}
	for i := range max(1, len(s.merchants)/30) {
		s.drawOwner(c, i)
	}
	slices.SortStableFunc(s.visits, func(a, b visit) int { return int(a.at - b.at) })
}

func (s *scene) drawOwner(c chance, no int) {
	at := c.IntN(len(s.seats))
	m := s.seats[at].merchant
	if slices.Contains(s.owners, m) {
		return
	}
	s.owners = append(s.owners, m)
	home := &voucher.Place{Lat: 33.60 + c.Float64()*0.3, Lon: 112.70 + c.Float64()*0.4}
	for want, tries := c.between(25, 60), 0; want > 0 && tries < 5000; tries++ {
		v := &s.visits[c.IntN(len(s.visits))]
		if v.note == nil || v.void > 0 || v.owner || s.trade(m) != s.tradeOf(v.note) {
			continue
		}
		want--
		t, _ := s.campaign.Tier(v.note.code.Body.Tier)
		v.owner, v.seat, v.bill, v.pos, v.again = true, at, t.Threshold, true, false
		v.payer = fmt.Sprintf("owner %d account %d", no, c.IntN(2))
		v.note.device, v.note.place = []byte(fmt.Sprintf("farm %d phone %d....", no, c.IntN(3)))[:16], home
		if evening := s.evening(v.at) + c.span(time.Second, 30*time.Minute); evening > v.note.claimed+time.Minute {
			v.at = evening
		}
	}
}

func (s *scene) tradeOf(n *note) voucher.Trade {
	t, _ := s.campaign.Tier(n.code.Body.Tier)
	return t.Trade
}

// evening is half past eight of the day that an instant lies in.
func (s *scene) evening(at time.Duration) time.Duration {
	t := s.start.Add(at)
	return time.Date(t.Year(), t.Month(), t.Day(), 20, 30, 0, 0, t.Location()).Sub(s.start)
}

// Found is what the cash-out detector made of a county.
type Found struct {
	Owners  int `json:"owners"`            // shops that turn vouchers into cash
	Found   int `json:"found"`             // of them: alerted of
	Accused int `json:"honest_suspected"`  // alerted of, and honest
	False   int `json:"false_redemptions"` // that stand at the end
}
