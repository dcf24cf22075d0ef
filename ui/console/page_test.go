package console

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

var noon = time.Date(2026, 12, 12, 12, 0, 0, 0, china)

// small is a case with everything in it, small enough to be read.
func small() *CaseFile {
	voided := noon.Add(3 * time.Hour)
	f := &CaseFile{Merchant: "M0001", Name: "Wang & Sons <noodles>", Trade: voucher.Dining, Town: "Guling", Number: 7, State: voucher.Text{Zh: "核查中", En: "under review"}, AnswerBy: noon.Add(240 * time.Hour), Made: noon.Add(48 * time.Hour), Until: noon.Add(47 * time.Hour),
		Rules: "r1", Score: 12.34, High: 15, HighAt: noon.Add(5 * time.Hour), Cut: 8, Shop: &Point{29.55, 115.98}, Open: 10, Close: 26, Held: 3000,
		Why: []Reason{{"payer", 9.5, []cashout.MarkCount{{Mark: "more", Count: 14, Of: 20, Peers: 0.0005}, {Mark: "no such mark", Count: 1, Of: 0, Peers: 0}}, []string{"V1", "V2"}},
			{"place", 2.5, nil, nil}, {"no such signal", 0.3, nil, []string{"V3"}}},
		Steps:   []Step{{noon.Add(24 * time.Hour), []string{"Li", "Zhao"}, voucher.Text{Zh: "开始核查", En: "begin the review"}, "to be looked at"}},
		Waiting: []Step{{Who: []string{"Wu"}, What: voucher.Text{Zh: "暂停商户", En: "suspend the merchant"}, Why: "as found"}},
		Next:    []voucher.Text{{Zh: "排除嫌疑", En: "find nothing in it"}}}
	f.PeerHours[11], f.PeerHours[18] = 0.5, 0.5
	for i := range 6 {
		f.Rows = append(f.Rows, Row{ID: fmt.Sprint(i), Terminal: "T1", Time: noon.Add(time.Duration(i) * 7 * time.Hour), Arrived: noon.Add(40 * time.Hour), Tier: "dining-10", Threshold: 5000, Bill: voucher.Fen(5000 + 900*i*i),
			Face: 1000, Voucher: fmt.Sprintf("V%d", i), Person: fmt.Sprintf("p%d", i), Device: fmt.Sprintf("d%d", i/2), Payer: "acc", Claimed: noon.Add(-time.Hour),
			ClaimAt: &Point{29.55 + 0.01*float64(i), 115.98}, Fix: &Point{29.55, 115.98 + 0.01*float64(i%2)}, Suspected: i < 3, Signals: []string{"payer"}})
	}
	f.Rows[2].BillSource, f.Rows[3].Voided = "typed", new(time.Time)
	f.Rows[4].Offline, f.Rows[5].Voided, f.Rows[5].Payer, f.Rows[5].Bill = true, &voided, "", 4000
	return f
}

// unknown is a case of which hardly anything is known.
func unknown(n int) *CaseFile {
	f := &CaseFile{Merchant: "M9", Trade: "florist", Rules: "r1", Cut: 8, Until: noon}
	for i := range n {
		f.Rows = append(f.Rows, Row{ID: fmt.Sprint(i), Terminal: "T1", Time: noon.Add(time.Duration(i) * time.Minute), Arrived: noon, Tier: "x", Face: 1000, Voucher: fmt.Sprint("V", i)})
	}
	return f
}

// many is a case with n redemptions over a hundred days, everywhere.
func many(n int) *CaseFile {
	f := small()
	f.Rows = nil
	for i := range n {
		f.Rows = append(f.Rows, Row{ID: fmt.Sprint(i), Terminal: "T1", Time: noon.Add(time.Duration(i) * (100 * 24 * time.Hour / time.Duration(n))), Arrived: noon, Tier: "dining-10", Threshold: 5000, Bill: voucher.Fen(5000 + i*i%70001), Face: 1000,
			Voucher: fmt.Sprintf("%016x", i*7919), Person: fmt.Sprintf("%08x", i), Device: fmt.Sprintf("%08x", i/3), Payer: fmt.Sprintf("%08x", i/2), Claimed: noon,
			ClaimAt: &Point{29.5 + float64(i%101)/1000, 115.9 + float64(i%97)/1000}, Fix: &Point{29.55, 115.98}, Suspected: i%5 == 0, Signals: []string{"payer", "threshold", "burst"}})
	}
	return f
}

func cases() map[string]*CaseFile {
	return map[string]*CaseFile{"all there is": small(), "nothing at all": {}, "no redemption": unknown(0), "one redemption of which nothing is known": unknown(1), "a few": unknown(30), "one": many(1), "two thousand": many(MostRows), "five thousand": many(5000)}
}

func written(t *testing.T, f *CaseFile, lang string) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, lang); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPagesStandAlone(t *testing.T) {
	outside := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|src=|href=|@import|url\((?:[^#]|#[^s])|javascript:|\son\w+=`)
	for name, f := range cases() {
		for _, lang := range []string{"zh", "en"} {
			page := written(t, f, lang)
			if page != written(t, f, lang) {
				t.Errorf("%s, %s: not the same twice", name, lang)
			}
			if found := outside.FindString(page); found != "" {
				t.Errorf("%s, %s: %q", name, lang, found)
			}
			for _, bad := range []string{"‹", "%!", "NaN", "Inf", "<no value>", "ZgotmplZ"} {
				if strings.Contains(page, bad) {
					t.Errorf("%s, %s: %q in the page", name, lang, bad)
				}
			}
			if lang == "en" && strings.ContainsFunc(page, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: Chinese in the English page", name)
			}
			if svgs := strings.Count(page, `role="img"`); svgs != 6 || strings.Count(page, "<title id=") != 6 || strings.Count(page, "<desc id=") != 6 {
				t.Errorf("%s, %s: %d plots that say what they show", name, lang, svgs)
			}
			wellFormed(t, page)
			if len(page) > 2_500_000 {
				t.Errorf("%s, %s: %d bytes", name, lang, len(page))
			}
		}
	}
}

// wellFormed looks whether every element is ended where it should be.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(regexp.MustCompile(`<meta[^>]*>`).ReplaceAllString(page, ""))) // which are never ended
	d.Entity = xml.HTMLEntity
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatThePageSays(t *testing.T) {
	for _, c := range []struct {
		name string
		f    *CaseFile
		lang string
		says []string
	}{
		{"a case", small(), "en", []string{"Wang &amp; Sons &lt;noodles&gt; (M0001)", "restaurant", "no. 7, under review", "12.3 now, alerts from 8.0: at or above the cut; 15.0 at the highest", "finds nobody guilty",
			"14 of 20 redemptions (70 %): paid by an account that had come back three times or more to pay for others here; peers 0.05 %", "1 of 0 redemptions (—): no such mark; peers less than 0.01 %", "a company canteen", "no such signal",
			"No single redemption speaks against", "Li, Zhao", "to be looked at", "<td>waits for a second signature</td><td>suspend the merchant</td><td>Wu</td><td>as found</td>", "<li>find nothing in it</li>", "To be answered by", "2026-12-22 12:00", "¥30.00", "Declared hours are 10:00 to 2:00 the next day", "<td>¥86.00 · typed</td>",
			"6, vouchers worth ¥60.00; voided: 2", "<td colspan=\"12\">voided; One account pays", "3 redemptions, vouchers worth ¥30.00", "offline, arrived 2026-12-14 04:00", "voided 2026-12-12 15:00", "All 6, newest first"}},
		{"the same, in Chinese", small(), "zh", []string{"餐饮", "第 7 号，核查中", "当前 12.3，预警线 8.0：达到预警线；最高 15.0", "不是认定结论", "20 笔核销中有 14 笔（70%）：付款账户此前已有三次以上在本店再替别人付款；同行为 0.05%", "单位食堂",
			"Li、Zhao", "<td>开始核查</td>", "等待第二人签名", "<li>排除嫌疑</li>", "商户答复期限", "10:00 至 次日 2:00", "<td>¥86.00 · 手工输入</td>", "共 6 笔，最近的在前"}},
		{"nothing known", unknown(1), "zh", []string{"商户核销情况", "尚未立案", "不详", "没有账单和门槛都已知的核销", "另有 1 笔的门槛或账单金额不详", "商户未申报营业时间", "同行的时段分布不详", "付款账户不详", "领券手机不详", "商户坐标、领券地点和终端定位均不详", "尚未有人处理", "没有发现明显不同于同行的情况"}},
		{"nothing known, in English", unknown(1), "en", []string{"florist", "not known", "No redemption has a known bill and threshold", "not known: 1.", "declared no hours", "hours of its peers are not known", "No paying account is known", "No claiming phone is known", "Neither the shop", "Nobody has done anything yet"}},
		{"no redemption", unknown(0), "zh", []string{"没有核销记录", "共 0 笔"}},
		{"five thousand", many(5000), "zh", []string{"共 5000 笔，只列出最近的 2000 笔", "更早的 3000 笔未列", "每柱为 3 天"}},
		{"five thousand, in English", many(5000), "en", []string{"Of 5000 the newest 2000 are listed", "the 3000 before them are not", "Each bar is 3 days"}},
	} {
		page := written(t, c.f, c.lang)
		for _, s := range c.says {
			if !strings.Contains(page, s) {
				t.Errorf("%s: it does not say %q", c.name, s)
			}
		}
	}
	page := written(t, many(5000), "en")
	if n := strings.Count(page, `class="remarks`); n != MostRows {
		t.Errorf("%d rows are listed", n)
	}
	if newest, oldest := strings.Index(page, fmt.Sprintf("<td>%016x</td>", 4999*7919)), strings.Index(page, fmt.Sprintf("<td>%016x</td>", 3000*7919)); newest < 0 || oldest < newest || strings.Contains(page, fmt.Sprintf("<td>%016x</td>", 2999*7919)) {
		t.Errorf("the rows are not the newest, newest first")
	}
}

func TestEverySentenceIsThereInBothLanguages(t *testing.T) {
	verbs := regexp.MustCompile(`%(?:\[\d\])?[.\d]*[a-z]`)
	for key, w := range words {
		en := strings.ReplaceAll(w.En, "N ↑", "North")
		if w.Zh == "" || w.En == "" || strings.ContainsFunc(en, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || !strings.ContainsFunc(w.Zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %q, %q", key, w.Zh, w.En)
		}
		if zh, en := verbs.FindAllString(w.Zh, -1), verbs.FindAllString(w.En, -1); len(zh) != len(en) {
			t.Errorf("%s: %v and %v", key, zh, en)
		}
	}
	source := caseHTML
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil && !strings.HasSuffix(name, "_test.go") && name != "words.go" {
			source += string(b)
		}
	}
	built := regexp.MustCompile(`^(row|payers|phones|places|centre|band)_`)
	for key := range words {
		if !strings.Contains(source, `"`+key+`"`) && !built.MatchString(key) {
			t.Errorf("nobody says %s", key)
		}
	}
}

// TestACaseFileIsJSON: what is handed out as JSON makes the same page again.
func TestACaseFileIsJSON(t *testing.T) {
	raw, err := json.Marshal(small())
	if err != nil {
		t.Fatal(err)
	}
	var back CaseFile
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if written(t, &back, "zh") != written(t, small(), "zh") {
		t.Error("another page")
	}
}
