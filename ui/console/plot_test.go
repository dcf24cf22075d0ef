package console

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden plots anew; look at them before you commit them")

// TestPlotsAreTheGoldenOnes: a changed plot is looked at by a person.
func TestPlotsAreTheGoldenOnes(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, f := range (&teller{small(), lang}).figures() {
			file := filepath.Join("testdata", f.ID+"."+lang+".svg")
			if *update {
				if err := os.WriteFile(file, []byte(f.SVG+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != string(f.SVG)+"\n" {
				t.Errorf("%s is not as in %s (%v); see -update", f.ID, file, err)
			}
		}
	}
}

func column(tab table, i int) (sum int) {
	for _, r := range tab.Rows {
		n, _ := strconv.Atoi(r[i])
		sum += n
	}
	return sum
}

func TestTablesCountEveryRedemptionOnce(t *testing.T) {
	for _, n := range []int{1, 12, 13, 14, 500, 5000} {
		f := many(n)
		tell := &teller{f, "en"}
		suspected := (n + 4) / 5
		for _, fig := range []figure{tell.bills(), tell.hours(), tell.places(), tell.days()} {
			at := 1
			if fig.ID == "hours" {
				at = 2
			}
			if all, bad := column(fig.Table, at), column(fig.Table, at+1); all != n || bad != suspected {
				t.Errorf("%s of %d: %d redemptions, %d of them suspected", fig.ID, n, all, bad)
			}
		}
		for _, what := range []string{"payers", "phones"} {
			if fig := tell.people(what); n > 1 && (column(fig.Table, 1) != n || column(fig.Table, 3) != n) {
				t.Errorf("%s of %d: %d persons, %d redemptions", what, n, column(fig.Table, 1), column(fig.Table, 3))
			}
		}
	}
}

func TestABillAtItsThresholdLiesOnTheLine(t *testing.T) {
	f := many(3)
	for i := range f.Rows {
		f.Rows[i].Bill, f.Rows[i].Suspected = 5000<<i, false
	}
	svg := string((&teller{f, "en"}).bills().SVG)
	line := regexp.MustCompile(`class="limit" d="M44 ([\d.]+)L`).FindStringSubmatch(svg)
	dots := regexp.MustCompile(`class="dot" d="(M[^"]+)"`).FindAllStringSubmatch(svg, -1)
	var at []float64
	for _, m := range regexp.MustCompile(`M[\d.]+ ([\d.]+)h0`).FindAllStringSubmatch(dots[len(dots)-2][1]+dots[len(dots)-1][1], -1) {
		y, _ := strconv.ParseFloat(m[1], 64)
		at = append(at, y)
	}
	at = slices.DeleteFunc(at, func(y float64) bool { return y == 12 }) // the legend's
	limit, _ := strconv.ParseFloat(line[1], 64)
	if len(at) != 3 || at[0] != limit || at[0]-at[1] < 10 || diff(at[0]-at[1], at[1]-at[2]) > 0.2 {
		t.Errorf("the line lies at %g; the bills of 1, 2 and 4 times the threshold at %v: equal factors must be equal ways", limit, at)
	}
}

func diff(a, b float64) float64 { return max(a-b, b-a) }

func TestHoursPastMidnight(t *testing.T) {
	f := &CaseFile{Open: 18, Close: 27}
	open, known := f.declared()
	for h, is := range open {
		if want := h >= 18 || h < 3; is != want || !known {
			t.Errorf("at %d: %t", h, is)
		}
	}
	f = &CaseFile{Open: 0, Close: 48}
	if open, _ := f.declared(); slices.Contains(open[:], false) {
		t.Error("never closed, and closed")
	}
	if _, known := (&CaseFile{}).declared(); known {
		t.Error("hours that nobody declared")
	}
}

func TestFarPlacesStayOnTheMap(t *testing.T) {
	f := many(100)
	f.Rows[7].ClaimAt = &Point{39.9, 116.4} // a thousand kilometres away
	fig := (&teller{f, "en"}).places()
	if !strings.Contains(strings.Join(fig.Notes, " "), "Beyond the map and drawn at its edge: ") {
		t.Error(fig.Notes)
	}
	for _, m := range regexp.MustCompile(`M(-?[\d.]+) (-?[\d.]+)(?:h0|m0-5)`).FindAllStringSubmatch(string(fig.SVG), -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		y, _ := strconv.ParseFloat(m[2], 64)
		if x < 0 || x > plotWidth || y < 0 || y > 436 {
			t.Errorf("a mark at %g, %g", x, y)
		}
	}
	if fig.Table.Rows[len(rings)-1][1] != "1" {
		t.Error(fig.Table.Rows)
	}
}

func TestTheCentreIsSaidWhereTheShopIsNotKnown(t *testing.T) {
	f := many(10)
	f.Shop = nil
	if p, from := f.centre(); from != "fixes" || p.lat != 29.55 {
		t.Error(p, from)
	}
	for i := range f.Rows {
		f.Rows[i].Fix = nil
	}
	fig := (&teller{f, "zh"}).places()
	if _, from := f.centre(); from != "claims" || !strings.Contains(strings.Join(fig.Notes, ""), "以领券地点的中位点为中心") {
		t.Error(from, fig.Notes)
	}
}

func TestRoundSteps(t *testing.T) {
	for most, want := range map[float64]float64{0: 1, 1: 1, 5: 1, 6: 2, 11: 5, 26: 10, 51: 20, 101: 50, 3000: 1000} {
		if got := nice(most, 5); got != want {
			t.Errorf("up to %g by %g, want %g", most, got, want)
		}
	}
}

func TestShares(t *testing.T) {
	en, zh := &teller{&CaseFile{}, "en"}, &teller{&CaseFile{}, "zh"}
	for x, want := range map[float64][2]string{0: {"0 %", "0%"}, 0.00001: {"less than 0.01 %", "不到 0.01%"}, 0.0005: {"0.05 %", "0.05%"}, 0.043: {"4.3 %", "4.3%"}, 0.7: {"70 %", "70%"}, 1: {"100 %", "100%"}} {
		if en.percent(x) != want[0] || zh.percent(x) != want[1] {
			t.Errorf("%g: %s, %s", x, en.percent(x), zh.percent(x))
		}
	}
}
