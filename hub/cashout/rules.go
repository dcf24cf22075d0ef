package cashout

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"

	"hexiao/hub/voucher"
)

// Rules are all weights of the detector: data with a version, so that an alert names what it was made with and can be
// derived again. DESIGN.md says where the numbers come from.
type Rules struct {
	Version string       `json:"version"`
	Cut     float64      `json:"cut"`     // a merchant at this score is an alert
	Least   int          `json:"least"`   // redemptions that must have been seen before a merchant is told
	Again   float64      `json:"again"`   // the same merchant is told again when its score has grown by this factor since
	Mixes   []float64    `json:"mixes"`   // shares of a crook's redemptions that are false: each is a hypothesis
	Floor   float64      `json:"floor"`   // how far what speaks for a merchant is remembered, as a logarithm: 0 not at all
	Memory  float64      `json:"memory"`  // events that the rates given here count for, against what is learnt from peers
	Own     float64      `json:"own"`     // events that the peers' rate counts for, against a merchant's own
	Excused float64      `json:"excused"` // the most that all signals together bring on which an innocent reading fits
	Crowd   float64      `json:"crowd"`   // the most that the signals of a crowd bring together
	Guests  float64      `json:"guests"`  // the most that they bring together with where holders come from and how fresh vouchers are
	Signals []SignalRule `json:"signals"`
	Tiers   []TierRule   `json:"tiers"`

	Hours map[string][24]float64 `json:"hours"` // share of a trade's redemptions by local hour, before its merchants have shown theirs

	floor float64 // of Floor, as odds
}

// SignalRule says how one signal reads an event: as one of some marks. Each mark has a share among honest redemptions,
// which is learnt from peers and begins with the one given here, and a share among false ones.
type SignalRule struct {
	Name    string     `json:"name"`
	Cap     float64    `json:"cap"`     // the most this signal can bring to a score
	Excused float64    `json:"excused"` // the most when an innocent reading fits all of it, see excuse.go
	Weight  float64    `json:"weight"`  // share of crooks that show this signal at all
	Spread  float64    `json:"spread"`  // how far honest merchants differ, as a logarithm of odds: the own rate of a merchant is believed so far
	Marks   []MarkRule `json:"marks"`

	odds float64 // of Spread
}

// MarkRule is one mark. Honest has a share per trade, "*" for those not named; Against marks speak against a merchant.
type MarkRule struct {
	Name    string             `json:"name"`
	Against bool               `json:"against,omitempty"`
	False   float64            `json:"false"`
	Honest  map[string]float64 `json:"honest"`
}

// TierRule gives the threshold of a tier: from the campaign. A tier that is not here gets its threshold from the
// smallest bill seen.
type TierRule struct {
	Tier      string      `json:"tier"`
	Threshold voucher.Fen `json:"threshold_fen"`
}

//go:embed rules.json
var builtIn []byte

// DefaultRules are the rules this version was tested with.
func DefaultRules() Rules {
	r, err := ParseRules(builtIn)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return r
}

// ParseRules reads rules and looks whether they can be used: every signal known and given once, its marks in the order
// of the program, shares that add up to one.
func ParseRules(raw []byte) (Rules, error) {
	var r Rules
	read := json.NewDecoder(bytes.NewReader(raw))
	read.DisallowUnknownFields()
	if err := read.Decode(&r); err != nil {
		return r, fmt.Errorf("rules: %w", err)
	}
	return r, r.check()
}

func (r *Rules) check() error {
	if r.Version == "" || r.Cut <= 0 || len(r.Mixes) != mixes || r.Memory <= 0 || r.Own <= 0 || r.Floor > 0 || r.Least < 1 || r.Again < 1 {
		return fmt.Errorf("rules: version, cut, least, three mixes, floor, memory, own and again must be given")
	}
	for _, share := range r.Mixes {
		if share <= 0 || share >= 1 {
			return fmt.Errorf("rules: a mix is a share between 0 and 1, not %g", share)
		}
	}
	if len(r.Signals) != int(signals) {
		return fmt.Errorf("rules: %d signals, the program has %d", len(r.Signals), signals)
	}
	for i := range r.Signals {
		if err := r.Signals[i].check(Signal(i)); err != nil {
			return err
		}
		r.Signals[i].odds = math.Exp(r.Signals[i].Spread)
	}
	r.floor = math.Exp(r.Floor)
	return nil
}

func (s *SignalRule) check(is Signal) error {
	if s.Name != is.String() {
		return fmt.Errorf("rules: signal %d is %q, not %q", is+1, is, s.Name)
	}
	marks := catalogue[is].marks
	if len(s.Marks) != len(marks) {
		return fmt.Errorf("rules: signal %s has %d marks, the program has %d", is, len(s.Marks), len(marks))
	}
	if s.Weight <= 0 || s.Weight >= 1 || s.Cap < 0 || s.Excused < 0 || s.Spread < 0 {
		return fmt.Errorf("rules: signal %s: its weight is a share between 0 and 1, and cap, excused and spread are not below 0", is)
	}
	sum := 0.0
	for i, m := range s.Marks {
		if m.Name != marks[i] {
			return fmt.Errorf("rules: mark %d of signal %s is %q, not %q", i+1, is, marks[i], m.Name)
		}
		if m.False <= 0 {
			return fmt.Errorf("rules: signal %s: mark %q needs a false share above 0", is, m.Name)
		}
		sum += m.False
	}
	for _, trade := range trades {
		all := 0.0
		for i := range s.Marks {
			p := s.Marks[i].honest(trade)
			if p <= 0 {
				return fmt.Errorf("rules: signal %s: mark %q needs a share of honest %s above 0", is, s.Marks[i].Name, trade)
			}
			all += p
		}
		if math.Abs(all-1) > 0.001 {
			return fmt.Errorf("rules: signal %s: the shares of honest %s add up to %g", is, trade, all)
		}
	}
	if math.Abs(sum-1) > 0.001 {
		return fmt.Errorf("rules: signal %s: the false shares add up to %g", is, sum)
	}
	return nil
}

func (m *MarkRule) honest(t voucher.Trade) float64 {
	if p, given := m.Honest[string(t)]; given {
		return p
	}
	return m.Honest["*"]
}

var trades = [...]voucher.Trade{voucher.Supermarket, voucher.Dining, voucher.Fuel}

// tradeNo numbers the trades; a trade that is not known counts with the first.
func tradeNo(t voucher.Trade) int {
	for i, known := range trades {
		if t == known {
			return i
		}
	}
	return 0
}
