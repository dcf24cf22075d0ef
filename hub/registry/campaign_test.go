package registry_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/hub/registry"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const lushanFile = "../../packaging/hexiao-hub/lushan.toml"

func lushan(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(lushanFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The figures are those of the county's published plan, clause (三), written down a second time.
func TestLushanHasEveryFigureOfThePlan(t *testing.T) {
	c, err := registry.ReadCampaign("lushan.toml", []byte(lushan(t)))
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		trade           voucher.Trade
		tier            voucher.TierID
		face, threshold voucher.Fen // yuan
		count           [2]uint32
		worth           [2]voucher.Fen // yuan
	}{
		{"supermarket", "supermarket-10", 10, 50, [2]uint32{3500, 1500}, [2]voucher.Fen{35_000, 15_000}},
		{"supermarket", "supermarket-20", 20, 100, [2]uint32{7000, 3000}, [2]voucher.Fen{140_000, 60_000}},
		{"supermarket", "supermarket-50", 50, 200, [2]uint32{3500, 1500}, [2]voucher.Fen{175_000, 75_000}},
		{"dining", "dining-10", 10, 50, [2]uint32{3000, 1000}, [2]voucher.Fen{30_000, 10_000}},
		{"dining", "dining-20", 20, 100, [2]uint32{2000, 1000}, [2]voucher.Fen{40_000, 20_000}},
		{"dining", "dining-50", 50, 200, [2]uint32{1400, 600}, [2]voucher.Fen{70_000, 30_000}},
		{"fuel", "fuel-10", 10, 100, [2]uint32{3000, 1000}, [2]voucher.Fen{30_000, 10_000}},
		{"fuel", "fuel-20", 20, 200, [2]uint32{9000, 4000}, [2]voucher.Fen{180_000, 80_000}},
	}
	if len(c.Tiers) != len(rows) {
		t.Fatalf("%d tiers, want %d", len(c.Tiers), len(rows))
	}
	var count [2]uint32
	var worth [2]voucher.Fen
	for i, r := range rows {
		tier := c.Tiers[i]
		if tier.Trade != r.trade || tier.ID != r.tier || tier.Face != r.face*100 || tier.Threshold != r.threshold*100 || !slices.Equal(tier.Stock, r.count[:]) {
			t.Errorf("row %d is %+v, want %+v", i+1, tier, r)
		}
		for p := range 2 {
			stock := c.Stock(voucher.PhaseNo(p+1), tier.No)
			if got := tier.Face * voucher.Fen(stock); got != r.worth[p]*100 {
				t.Errorf("%s, phase %d: worth %s, want %d", r.tier, p+1, got, r.worth[p])
			}
			count[p] += stock
			worth[p] += tier.Face * voucher.Fen(stock)
		}
	}
	if count != [2]uint32{32_400, 13_600} || count[0]+count[1] != 46_000 {
		t.Errorf("vouchers: %v, want 32,400 and 13,600", count)
	}
	if worth != [2]voucher.Fen{700_000_00, 300_000_00} || c.Budget != 1_000_000_00 {
		t.Errorf("worth %v of a budget of %s", worth, c.Budget)
	}
	if c.Phases[0].Budget != worth[0] || c.Phases[1].Budget != worth[1] {
		t.Errorf("the phases have %s and %s", c.Phases[0].Budget, c.Phases[1].Budget)
	}
}

func TestLushanHasTheRulesOfThePlan(t *testing.T) {
	c, err := registry.ReadCampaign("lushan.toml", []byte(lushan(t)))
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != "lushan-2023-winter" || c.Number != 1 || c.Area.Code != "410423" || c.Area.Name.Zh != "鲁山县" || len(c.Area.Boundary) != 0 {
		t.Errorf("another campaign: %+v", c)
	}
	if c.StockAt != voucher.AtClaim || c.Person != voucher.PerTradeAndPhase {
		t.Errorf("stock at %s, one per %s", c.StockAt, c.Person)
	}
	if c.Offline.Bears != voucher.MerchantBears || c.Offline.Reserve != 0 || c.Offline.Patience != 1500*time.Millisecond {
		t.Errorf("offline: %+v", c.Offline)
	}
	if c.Offline.Count == 0 || c.Offline.Sum == 0 || c.Offline.Age == 0 {
		t.Errorf("nothing may be taken offline: %+v", c.Offline)
	}
	for _, tier := range c.Tiers {
		lease := voucher.Lease{Serial: 1, Until: 1, Count: uint64(c.Offline.Count), Sum: c.Offline.Sum, Face: c.Offline.Face}
		if r := lease.Cover(voucher.Use{}, 1, tier, c.StockAt, time.UnixMilli(0)); r != voucher.OK {
			t.Errorf("%s can never be taken offline: %s", tier.ID, r)
		}
	}
	if len(c.Payments) != len(voucher.DefaultPayments()) {
		t.Errorf("%d payment schemes", len(c.Payments))
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		t.Fatal(err)
	}
	for i, start := range []time.Time{time.Date(2023, 12, 11, 0, 0, 0, 0, zone), time.Date(2023, 12, 25, 0, 0, 0, 0, zone)} {
		if p := c.Phases[i]; !p.Start.Equal(start) || !p.End.Equal(start.AddDate(0, 0, 7)) || int(p.No) != i+1 {
			t.Errorf("phase %d runs from %s to %s", p.No, p.Start, p.End)
		}
	}
}

// Each case changes one piece of the campaign and is named with the line that holds the mark.
func TestACampaignFileIsRefusedNamingTheLine(t *testing.T) {
	for _, c := range []struct {
		says, old, new string
		mark           string // in the line that must be named; the new text when empty
		sentence       string
	}{
		{"an unknown key at the top", "number = 1 ", "numbre = 1 ", "", "unknown key \"numbre\""},
		{"and the key it was meant as is missing", "number = 1 ", "numbre = 1 ", "鲁山县“冬日送暖”消费券活动（2023", "number is missing"},
		{"an unknown key in a table", "lease_count = 100", "lease_count = 100\nlease_size = 5", "lease_size", "unknown key \"lease_size\"; known here are bears,"},
		{"an unknown key in the second phase", "budget_yuan = 300000", "budget_yuan = 300000\nname = 5", "name = 5", "unknown key \"name\"; known here are budget_yuan, end, no, start"},
		{"an unknown table", "[offline]", "[[shop]]\nid = 1\n[offline]", "[[shop]]", "unknown key \"shop\""},
		{"an unknown table inside a tier", "stock = [9000, 4000]", "stock = [9000, 4000]\n[tier.extra]\na = 1", "[tier.extra]", "unknown key \"extra\""},
		{"a budget below zero", "budget_yuan = 1000000", "budget_yuan = -1", "", "the budget must be more than 0"},
		{"a phase's sum below zero", "budget_yuan = 300000", "budget_yuan = -300000", "", "the sum is negative"},
		{"a face value below zero", "face_yuan = 20", "face_yuan = \"-20\"", "", "the face value must be more than 0"},
		{"stock below zero", "stock = [1400, 600]", "stock = [1400, -600]", "", "none negative"},
		{"a reserve below zero", "reserve_yuan = 0", "reserve_yuan = -1", "", "the reserve is neither negative"},
		{"overlapping phases", "start = 2023-12-25", "start = 2023-12-17", "", "phase 2 overlaps phase 1"},
		{"a phase that ends before it starts", "end = 2023-12-18", "end = 2023-12-10", "", "the end must be after the start"},
		{"stock above the phase's sum", "stock = [9000, 4000]", "stock = [9001, 4000]", "budget_yuan = 700000", "the vouchers of phase 1 are worth 700020.00 yuan, more than its 700000.00 yuan"},
		{"phases above the budget", "budget_yuan = 1000000", "budget_yuan = 999999", "", "more than the budget of 999999.00 yuan"},
		{"a float as money", "face_yuan = 20", "face_yuan = 20.5", "", "a float is not taken"},
		{"three decimals", "face_yuan = 20", "face_yuan = \"20.505\"", "", "at most two decimals"},
		{"an amount with a letter in it", "face_yuan = 20", "face_yuan = \"2O\"", "", "at most two decimals"},
		{"an amount beyond all bounds", "budget_yuan = 1000000", "budget_yuan = 9223372036854775807", "", "budget_yuan"},
		{"a number beyond TOML", "budget_yuan = 1000000", "budget_yuan = 92233720368547758070", "", "too large"},
		{"a trade that is none", "trade = \"fuel\"", "trade = \"toys\"", "", "the trade is supermarket, dining or fuel"},
		{"too few counts of stock", "stock = [7000, 3000]", "stock = [7000]", "", "one count for each of the 2 phases"},
		{"two tiers of one number", "no = 8", "no = 7 # again", "", "a tier's number"},
		{"two tiers of one id", "id = \"fuel-20\"", "id = \"fuel-10\" #", "", "an id of its own"},
		{"a time without its offset", "2023-12-25T00:00:00+08:00", "2023-12-25T00:00:00", "", "a time with its offset"},
		{"a time with half a second", "2023-12-25T00:00:00+08:00", "2023-12-25T00:00:00.5+08:00", "", "in whole seconds"},
		{"a zone that is none", "Asia/Shanghai", "Asia/Lushan", "", "no time zone"},
		{"the machine's own zone", "Asia/Shanghai", "Local", "", "no time zone"},
		{"an age that is a number", "lease_age = \"24h\"", "lease_age = 24", "", "a length of time in quotes"},
		{"a lease of a year", "lease_age = \"24h\"", "lease_age = \"8760h\"", "", "at most 30 days"},
		{"a key missing in a tier", "threshold_yuan = 100\nstock = [3000", "stock = [3000", "[[tier]]\nno = 7", "threshold_yuan is missing"},
		{"a table missing", "[offline]", "[area.x]", "鲁山县“冬日送暖”消费券活动（2023", "offline is missing"},
		{"a table in single brackets", "[[phase]]\nno = 2", "[phase]\nno = 2", "", "already exists"},
		{"a key twice", "number = 1 ", "number = 1\nnumber = 2 #", "number = 2", "already defined"},
		{"no TOML at all", "[offline]", "<offline>", "", "not valid TOML"},
		{"an id with a slash", "\"lushan-2023-winter\"", "\"../lushan\"", "", "lower-case letters"},
		{"a control character in the name", "name_zh = \"鲁山县“", "name_zh = \"\\u0007", "", "control characters"},
		{"a corner outside the earth", "code = \"410423\"", "code = \"410423\"\nboundary = [[33.7, 112.8], [33.8, 181.0], [33.9, 112.9]]", "boundary = [[", "[latitude, longitude]"},
		{"a corner that is no number", "code = \"410423\"", "code = \"410423\"\nboundary = [[nan, 112.8], [33.8, 112], [33.9, 112.9]]", "boundary = [[n", "[latitude, longitude]"},
		{"a boundary of two corners", "code = \"410423\"", "code = \"410423\"\nboundary = [[33.7, 112.8], [33.8, 112.9]]", "boundary = [[", "at least three corners"},
		{"a grace below zero", "patience = \"1.5s\"", "patience = \"1.5s\"\ngrace = \"-1h\"", "grace = ", "the grace is neither negative"},
		{"a grace that is a number", "patience = \"1.5s\"", "patience = \"1.5s\"\ngrace = 72", "grace = ", "a length of time in quotes"},
		{"a rule for a kind that is none", "# Payment codes:", rule("kind = \"late\"", "kind = \"fraud\""), "kind = \"fraud\"", "the kind is conflict, gap"},
		{"a rule without a proposal", "# Payment codes:", rule("propose = \"refuse\"", ""), "[[case_rule]]\nkind = \"late\"", "propose is missing"},
		{"a rule that pays for a copied disk", "# Payment codes:", rule("kind = \"late\"", "kind = \"fork\""), "propose = \"refuse\"\ntell_zh = \"太晚", "resume or revoke"},
		{"a rule for a reason that is none", "# Payment codes:", rule("fresh = ", "reason = \"sad\"\nfresh = "), "reason = ", "\"sad\" is no reason"},
		{"a rule that says maybe", "# Payment codes:", rule("in_lease = false", "in_lease = \"maybe\""), "in_lease = \"maybe", "is true or false"},
		{"a rule that tells the merchant nothing", "# Payment codes:", rule("tell_en = \"Too late.\"", ""), "[[case_rule]]\nkind = \"late\"", "tell_en is missing"},
		{"a rule with an unknown key", "# Payment codes:", rule("fresh = ", "frsh = "), "frsh = ", "unknown key \"frsh\""},
		{"a payment code with letters", "# Payment codes:", "[[payment_code]]\nname = \"x\"\ntitle_zh = \"x\"\ntitle_en = \"x\"\nfrom = \"A\"\nto = \"B\"\nshortest = 16\nlongest = 24\n#", "from = \"A\"", "prefixes are digits"},
	} {
		t.Run(c.says, func(t *testing.T) {
			if c.mark == "" {
				c.mark = c.new
			}
			file := strings.Replace(lushan(t), c.old, c.new, 1)
			if file == lushan(t) {
				t.Fatalf("the campaign has no %q", c.old)
			}
			wantProblem(t, file, c.mark, c.sentence)
		})
	}
}

// rule is a good rule with one piece changed.
func rule(old, new string) string {
	return strings.Replace("[[case_rule]]\nkind = \"late\"\nbears = \"fund\"\nin_lease = false\none_owner = true\nfresh = \"30m\"\npropose = \"refuse\"\ntell_zh = \"太晚。\"\ntell_en = \"Too late.\"\n#", old, new, 1)
}

func TestACampaignMaySayHowCasesAreDecided(t *testing.T) {
	file := strings.Replace(lushan(t), "patience = \"1.5s\"", "grace = \"72h\"", 1) + "\n" + rule("bears = ", "reason = \"expired\"\nbears = ") + "\n" + rule("bears = \"fund\"\nin_lease = false\none_owner = true\nfresh = \"30m\"\n", "")
	c, err := registry.ReadCampaign("lushan.toml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	yes, no, expired := true, false, voucher.Expired
	tell := voucher.Text{Zh: "太晚。", En: "Too late."}
	want := []voucher.CaseRule{{Kind: voucher.Late, Reason: &expired, Bears: voucher.FundBears, InLease: &no, OneOwner: &yes, Fresh: 30 * time.Minute, Propose: voucher.Refuse, Tell: tell},
		{Kind: voucher.Late, Propose: voucher.Refuse, Tell: tell}}
	if c.Offline.Grace != 72*time.Hour || !reflect.DeepEqual(c.Rules, want) {
		t.Fatalf("%s %+v", c.Offline.Grace, c.Rules)
	}
	facts := voucher.CaseFacts{Kind: voucher.Late, InLease: true}
	if r := c.Rule(facts); r.Propose != voucher.Refuse || r.Tell != tell {
		t.Fatalf("the campaign's own rule comes first: %+v", r)
	}
}

func wantProblem(t *testing.T, file, mark, sentence string) {
	t.Helper()
	_, err := registry.ReadCampaign("lushan.toml", []byte(file))
	var bad *registry.FileError
	if !errors.As(err, &bad) || !errors.Is(err, registry.ErrFile) {
		t.Fatalf("not refused: %v", err)
	}
	line := strings.Count(file[:strings.Index(file, mark)], "\n") + 1
	place := fmt.Sprintf("lushan.toml:%d: ", line)
	for got := range strings.Lines(bad.In("en")) {
		if strings.HasPrefix(got, place) && strings.Contains(got, sentence) {
			return
		}
	}
	t.Errorf("want %s...%s..., got:\n%v", place, sentence, err)
}

func TestEveryProblemIsListedOnceInTheOrderOfLines(t *testing.T) {
	file := strings.NewReplacer(
		"budget_yuan = 1000000", "budget_yuan = 1.0",
		"end = 2023-12-18", "end = 2023-12-10",
		"name_en = \"Lushan County Winter", "nmae_en = \"Lushan County Winter",
		"trade = \"dining\"", "trade = \"toys\"",
	).Replace(lushan(t))
	_, err := registry.ReadCampaign("f", []byte(file))
	var bad *registry.FileError
	if !errors.As(err, &bad) {
		t.Fatalf("not refused: %v", err)
	}
	want := []string{"name_en is missing", "unknown key \"nmae_en\"", "budget_yuan is in whole yuan", "the end must be after the start",
		"the trade is", "the trade is", "the trade is"}
	if len(bad.Problems) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(bad.Problems), len(want), err)
	}
	for i, w := range want {
		if !strings.Contains(bad.Problems[i].Text.En, w) || bad.Problems[i].Text.Zh == "" {
			t.Errorf("problem %d is %+v, want %q in both languages", i+1, bad.Problems[i], w)
		}
	}
}

func TestOfAMissingTableNothingMoreIsSaid(t *testing.T) {
	_, err := registry.ReadCampaign("f", []byte(strings.Replace(lushan(t), "[offline]", "[area.x]", 1)))
	var bad *registry.FileError
	if !errors.As(err, &bad) || len(bad.Problems) != 2 {
		t.Errorf("want offline missing and area.x unknown, got:\n%v", err)
	}
}

func TestACampaignMayBeWrittenOtherwise(t *testing.T) {
	plain, err := registry.ReadCampaign("lushan.toml", []byte(lushan(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says string
		edit *strings.Replacer
	}{
		{"with Windows' line ends", strings.NewReplacer("\n", "\r\n")},
		{"with a byte order mark", strings.NewReplacer("# 鲁山县“冬日送暖”消费券活动（2023", "\ufeff# ")},
		{"with amounts in quotes", strings.NewReplacer("face_yuan = 20\n", "face_yuan = \"20.00\"\n", "budget_yuan = 1000000", "budget_yuan = \"1000000.0\"")},
		{"with times in UTC", strings.NewReplacer("2023-12-11T00:00:00+08:00", "2023-12-10T16:00:00Z")},
		{"with the usual patience left out", strings.NewReplacer("patience = \"1.5s\"", "")},
		{"with tables in braces", strings.NewReplacer("[area]\ncode = \"410423\"", "[area]\ncode = '410423'", "[[phase]]\nno = 1\n", "[[phase]]\n\"no\" = 1\n")},
	} {
		t.Run(c.says, func(t *testing.T) {
			got, err := registry.ReadCampaign("lushan.toml", []byte(c.edit.Replace(lushan(t))))
			if err != nil {
				t.Fatal(err)
			}
			if !sameCampaign(t, plain, got) {
				t.Errorf("read as another campaign: %+v", got)
			}
		})
	}
}

func TestAnAmountWithFenIsExact(t *testing.T) {
	file := strings.NewReplacer("face_yuan = 10\nthreshold_yuan = 50", "face_yuan = \"9.99\"\nthreshold_yuan = \"50.5\"").Replace(lushan(t))
	c, err := registry.ReadCampaign("lushan.toml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if c.Tiers[0].Face != 999 || c.Tiers[0].Threshold != 5050 {
		t.Errorf("9.99 and 50.5 yuan are %d and %d fen", c.Tiers[0].Face, c.Tiers[0].Threshold)
	}
}

func TestACampaignMayBringItsOwnBoundaryAndPaymentCodes(t *testing.T) {
	file := strings.Replace(lushan(t), "code = \"410423\"", "code = \"410423\"\nboundary = [[33, 112], [34, 112.5], [33.5, 113.25]]", 1)
	file += "\n[[payment_code]]\nname = \"ecny\"\ntitle_zh = \"数字人民币\"\ntitle_en = \"e-CNY\"\nfrom = \"01\"\nto = \"02\"\nshortest = 19\nlongest = 20\nbefore = \"dc\"\n"
	c, err := registry.ReadCampaign("lushan.toml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := []voucher.Place{{Lat: 33, Lon: 112}, {Lat: 34, Lon: 112.5}, {Lat: 33.5, Lon: 113.25}}; !slices.Equal(c.Area.Boundary, want) {
		t.Errorf("boundary %v", c.Area.Boundary)
	}
	want := voucher.PaymentScheme{Name: "ecny", Title: voucher.Text{Zh: "数字人民币", En: "e-CNY"}, From: "01", To: "02", Shortest: 19, Longest: 20, Before: "dc"}
	if len(c.Payments) != 1 || c.Payments[0] != want {
		t.Errorf("payments %+v", c.Payments)
	}
}

func TestMonstrousCampaignFilesAreRefusedQuickly(t *testing.T) {
	for _, c := range []struct{ says, file, want string }{
		{"larger than a megabyte", strings.Repeat("#", 1<<20+1), "larger than 1 MiB"},
		{"half a million names in one key", strings.Repeat("a.", 500_000) + "a = 1", "unknown key"},
		{"ten thousand arrays in each other", "a = " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), "unknown key"},
		{"half a million brackets", "a = " + strings.Repeat("[", 500_000), "nested"},
		{"a hundred thousand phases", strings.Repeat("[[phase]]\n", 100_000), "too many lines and keys"},
		{"a thousand phases", strings.Repeat("[[phase]]\n", 1000), " more"},
		{"a hundred thousand unknown keys", manyKeys(), "too many lines and keys"},
	} {
		t.Run(c.says, func(t *testing.T) {
			_, err := registry.ReadCampaign("f", []byte(c.file))
			var bad *registry.FileError
			if !errors.As(err, &bad) || len(bad.Problems) > registry.MaxProblems || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %s, got %.500v", c.want, err)
			}
		})
	}
}

func manyKeys() string {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "k%d=1\n", i)
	}
	return b.String()
}

// sameCampaign compares what crosses the wire and stands in the book.
func sameCampaign(t testing.TB, a, b voucher.Campaign) bool {
	t.Helper()
	x, err := wire.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := wire.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}

// What is accepted keeps the law's own rules and comes back from the wire as it was; nothing makes it panic.
func FuzzReadCampaign(f *testing.F) {
	f.Add(lushan(f))
	f.Add("id = \"a\"\n[[phase]]\nno = 1\n[phase.x]\n")
	f.Add("phase = [{no=1, start=2023-12-11T00:00:00+08:00}, {x={y=1}}]\noffline = {bears.a = 1}\n")
	f.Add("a.b.c = 1\n\"a b\".\"c.d\" = [[1, 2], {x = nan}]\n")
	f.Fuzz(func(t *testing.T, file string) {
		c, err := registry.ReadCampaign("f", []byte(file))
		if err != nil {
			wantGoodError(t, err, strings.Count(file, "\n")+1)
			return
		}
		if found := c.Check(); len(found) > 0 {
			t.Fatalf("accepted with %v", found)
		}
		raw, err := wire.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back voucher.Campaign
		if err := wire.Unmarshal(raw, &back); err != nil || !sameCampaign(t, c, back) {
			t.Fatalf("does not come back from the wire: %v", err)
		}
		for i, p := range c.Phases {
			if !p.Start.Equal(back.Phases[i].Start) || !p.End.Equal(back.Phases[i].End) {
				t.Fatalf("phase %d is %v, on the wire %v", i+1, p, back.Phases[i])
			}
		}
	})
}

func wantGoodError(t *testing.T, err error, lines int) {
	t.Helper()
	var bad *registry.FileError
	if !errors.As(err, &bad) || len(bad.Problems) == 0 || len(bad.Problems) > registry.MaxProblems {
		t.Fatalf("refused with %v", err)
	}
	for _, p := range bad.Problems {
		if p.Line < 0 || p.Line > lines || p.Text.Zh == "" || p.Text.En == "" {
			t.Fatalf("a problem without a place in %d lines or a sentence: %+v", lines, p)
		}
	}
}
