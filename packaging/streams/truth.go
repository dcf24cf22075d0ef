package streams

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// truth is what the shop really is.
func (s *shop) truth() any {
	label, first := "honest", (*string)(nil)
	slices.SortStableFunc(s.fakes, func(a, b fake) int { return cmp.Compare(a.arrival, b.arrival) })
	fakes := [][3]any{}
	for _, f := range s.fakes {
		fakes = append(fakes, [3]any{stamp(f.arrival), string(appendID(nil, f.v.id)), tiers[f.v.tier].face})
	}
	if len(fakes) > 0 {
		at := stamp(s.fakes[0].arrival)
		label, first = "cashout", &at
	}
	kind := s.label()
	return struct {
		Merchant string   `json:"merchant"`
		Label    string   `json:"label"`
		Pattern  *string  `json:"pattern"`
		Level    int      `json:"level"`
		First    *string  `json:"first_fake"`
		Fakes    [][3]any `json:"fakes"`
	}{s.id, label, kind, s.level, first, fakes}
}

// label is the pattern or the kind of oddity; nil for a plain shop.
func (s *shop) label() *string {
	market := "market_day"
	switch {
	case s.crook && len(s.fakes) == 0:
		return nil
	case s.kind != "":
		return &s.kind
	case s.town.market >= 0:
		return &market
	}
	return nil
}

// signUp is what the shop declared when it joined.
func (s *shop) signUp() any {
	var open, close *int
	if !s.saidNone {
		open, close = &s.said[0], &s.said[1]
	}
	tills := []string{}
	for _, t := range s.tills {
		tills = append(tills, t.id)
	}
	return struct {
		Merchant  string      `json:"merchant"`
		Industry  string      `json:"industry"`
		Township  string      `json:"township"`
		Lat       json.Number `json:"lat"`
		Lon       json.Number `json:"lon"`
		OpenHour  *int        `json:"open_hour"`
		CloseHour *int        `json:"close_hour"`
		Terminals []string    `json:"terminals"`
	}{s.id, s.trade.String(), s.town.id, degrees(s.declared.lat), degrees(s.declared.lon), open, close, tills}
}

func degrees(x float64) json.Number { return json.Number(appendDegrees(nil, x)) }

// UnmarshalJSON reads [arrival, voucher, face_fen].
func (f *Fake) UnmarshalJSON(b []byte) error {
	var raw [3]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	var at string
	err := cmp.Or(json.Unmarshal(raw[0], &at), json.Unmarshal(raw[1], &f.Voucher), json.Unmarshal(raw[2], &f.Face))
	if err != nil {
		return fmt.Errorf("fake %s: %w", b, err)
	}
	f.Arrival, err = parseTime(at)
	return err
}
