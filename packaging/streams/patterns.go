package streams

// pattern is one way of turning vouchers into cash.
type pattern struct {
	name   string
	trades []trade
	share  [2]float64 // of the shop's redemptions, faint to blatant
	count  [2]int     // fewest and most fakes at a shop
	shops  int        // that take part
	empty  bool       // the shops have no honest trade
	fit    func(*act, *shop) bool
	play   func(*act)
}

var (
	anyTrade = []trade{supermarket, dining, fuel}
	goods    = []trade{supermarket, dining}
)

// patterns are the first seven of cashout/README.md in other spellings, and others.
var patterns = []pattern{
	{name: "burst", trades: anyTrade, share: [2]float64{0.08, 0.9}, count: [2]int{12, 110}, shops: 1, play: burst},
	{name: "payer_pool", trades: anyTrade, share: [2]float64{0.09, 0.85}, count: [2]int{10, 70}, shops: 2, fit: sameOwner, play: payerPool},
	{name: "few_each", trades: anyTrade, share: [2]float64{0.08, 0.85}, count: [2]int{12, 110}, shops: 1, play: fewEach},
	{name: "inflate", trades: goods, share: [2]float64{0.3, 0.9}, count: [2]int{16, 110}, shops: 1, play: inflate},
	{name: "split", trades: goods, share: [2]float64{0.15, 0.75}, count: [2]int{12, 90}, shops: 1, play: split},
	{name: "early_hours", trades: anyTrade, share: [2]float64{0.06, 0.7}, count: [2]int{9, 80}, shops: 1, fit: shutAtNight, play: earlyHours},
	{name: "moved_terminal", trades: anyTrade, share: [2]float64{0.07, 0.9}, count: [2]int{10, 110}, shops: 1, fit: knowsPlace, play: movedTerminal},
	{name: "sold_codes", trades: anyTrade, share: [2]float64{0.12, 0.9}, count: [2]int{14, 120}, shops: 1, play: soldCodes},
	{name: "fresh_claims", trades: anyTrade, share: [2]float64{0.07, 0.85}, count: [2]int{10, 100}, shops: 1, play: freshClaims},
	{name: "offline_dump", trades: anyTrade, share: [2]float64{0.08, 0.85}, count: [2]int{10, 100}, shops: 1, play: offlineDump},
	{name: "drip", trades: anyTrade, share: [2]float64{0.1, 0.8}, count: [2]int{14, 100}, shops: 1, play: drip},
	{name: "repeated_bills", trades: anyTrade, share: [2]float64{0.1, 0.85}, count: [2]int{12, 100}, shops: 1, play: repeatedBills},
	{name: "void_cycling", trades: anyTrade, share: [2]float64{0.06, 0.6}, count: [2]int{12, 60}, shops: 2, fit: alike, play: voidCycling},
	{name: "ring", trades: anyTrade, share: [2]float64{0.08, 0.7}, count: [2]int{9, 60}, shops: 4, fit: elsewhere, play: ring},
	{name: "person_tours", trades: anyTrade, share: [2]float64{0.06, 0.6}, count: [2]int{8, 50}, shops: 3, fit: threeTrades, play: personTours},
	{name: "claim_farm", trades: anyTrade, share: [2]float64{0.08, 0.85}, count: [2]int{12, 110}, shops: 1, play: claimFarm},
	{name: "shell", trades: anyTrade, share: [2]float64{0.9, 0.9}, count: [2]int{18, 120}, shops: 1, empty: true, play: shell},
	{name: "last_hours", trades: anyTrade, share: [2]float64{0.07, 0.8}, count: [2]int{9, 100}, shops: 1, play: lastHours},
	{name: "high_tier", trades: goods, share: [2]float64{0.08, 0.8}, count: [2]int{8, 70}, shops: 1, fit: cheap, play: highTier},
	{name: "mixed", trades: anyTrade, share: [2]float64{0.1, 0.8}, count: [2]int{12, 90}, shops: 1, fit: shutAtNight, play: mixed},
	{name: "owners_family", trades: anyTrade, share: [2]float64{0.08, 0.75}, count: [2]int{10, 45}, shops: 1, play: ownersFamily},
}

func shutAtNight(_ *act, s *shop) bool { return s.close-s.open <= 17 && s.open >= 5 }

func knowsPlace(_ *act, s *shop) bool { return s.located() }

// cheap shops have no bills near the highest threshold.
func cheap(_ *act, s *shop) bool { return s.format.typical < 70*yuan }

// sameOwner's shops lie anywhere; they are of any trades.
func sameOwner(a *act, s *shop) bool {
	return len(a.shops) == 0 || s.town != a.shop().town || s.trade == a.shop().trade
}

func alike(a *act, s *shop) bool { return len(a.shops) == 0 || s.trade == a.shop().trade }

func elsewhere(a *act, s *shop) bool {
	for _, other := range a.shops {
		if apart(other.at, s.at) < 600 {
			return false
		}
	}
	return true
}

// threeTrades are shops of one trade each, far from each other.
func threeTrades(a *act, s *shop) bool {
	for _, other := range a.shops {
		if other.trade == s.trade || apart(other.at, s.at) < 3500 {
			return false
		}
	}
	return true
}
