package office_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
)

// fieldOrder is the usual order of a stream's fields.
var fieldOrder = strings.Fields(`time type terminal merchant industry township tier voucher person amount_fen face_fen offline synced claim_time
	claim_lat claim_lon terminal_lat terminal_lon device payer`)

// row makes a line of a stream; other gives fields and their JSON, "-" for none.
func row(kind, v, at string, other ...string) string {
	f := map[string]string{
		"time": `"` + at + `"`, "type": `"` + kind + `"`, "terminal": `"T1"`, "merchant": `"M1"`, "industry": `"dining"`, "township": `"Guling"`, "tier": `"dining-10"`,
		"voucher": `"` + v + `"`, "person": `"p` + v + `"`, "amount_fen": "5000", "face_fen": "1000", "offline": "false", "synced": "null",
		"claim_time": `"2026-12-11T09:00:00+08:00"`, "claim_lat": "29.55", "claim_lon": "115.98", "terminal_lat": "29.551", "terminal_lon": "115.981", "device": `"d` + v + `"`, "payer": `"x"`}
	if kind == "claim" {
		for _, name := range []string{"terminal", "merchant", "township", "amount_fen", "terminal_lat", "terminal_lon", "payer"} {
			f[name] = "null"
		}
	}
	for i := 0; i < len(other); i += 2 {
		f[other[i]] = other[i+1]
	}
	var parts []string
	for _, name := range fieldOrder {
		if f[name] != "-" {
			parts = append(parts, `"`+name+`":`+f[name])
		}
		delete(f, name)
	}
	for name, value := range f {
		parts = append(parts, `"`+name+`":`+value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// crook is a stream in which M1 pays for forty people from one account, a bill at the threshold every twenty seconds,
// while the customers of M2 pay for themselves what they owe.
func crook() (all []string) {
	for i := range 40 {
		all = append(all, row("claim", fmt.Sprintf("A%03d", i), "2026-12-11T09:00:00+08:00"), row("claim", fmt.Sprintf("B%03d", i), "2026-12-11T09:00:00+08:00"))
	}
	start := time.Date(2026, 12, 12, 11, 0, 0, 0, time.FixedZone("", 8*3600))
	for i := range 40 {
		at := start.Add(time.Duration(20*i) * time.Second)
		all = append(all, row("redeem", fmt.Sprintf("A%03d", i), at.Format(time.RFC3339)),
			row("redeem", fmt.Sprintf("B%03d", i), at.Add(7*time.Second).Format(time.RFC3339), "merchant", `"M2"`, "terminal", `"T2"`, "amount_fen", fmt.Sprint(6130+177*i), "payer", fmt.Sprintf(`"y%d"`, i)))
	}
	return all
}

// middle is where tests put their lines into the crook's stream: the line before is a redemption of A009 at 11:03:00.
const middle = 80 + 19

// replayed gives the alerts of a stream, and each line that was not as it should be.
func replayed(t *testing.T, stream string) (alerts string, sum office.Replayed, bad []office.BadLine) {
	t.Helper()
	var out bytes.Buffer
	r := office.Replay{Stream: strings.NewReader(stream), Alerts: &out, Explain: true, Now: func() time.Time { return time.Unix(0, 0) }, Fault: func(f *office.BadLine) { bad = append(bad, *f) }}
	sum, err := r.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), sum, bad
}

const soon, later = "2026-12-12T11:03:05+08:00", "2026-12-12T11:03:06+08:00"

// oddLines are lines put into a good stream, what is said of them, and whether they are left out.
var oddLines = []struct {
	name   string
	line   string
	code   string
	zh, en string
	taken  bool
}{
	{"a field is missing", row("redeem", "C1", soon, "person", "-"), "field_missing", "缺少字段 person，已跳过", "lacks the field person; left out", false},
	{"a field under another name", row("redeem", "C1", soon, "amount_fen", "-", "amount", "1"), "field_missing", "缺少字段 amount_fen，已跳过", "lacks the field amount_fen; left out", false},
	{"a field comes twice", strings.Replace(row("redeem", "C1", soon), `"tier"`, `"face_fen":1,"tier"`, 1), "field_twice", "字段 face_fen 出现两次，已跳过", "has the field face_fen twice; left out", false},
	{"not JSON", "time,type,terminal", "not_json", "不是完整的 JSON，已跳过", "is not a whole JSON object; left out", false},
	{"half a line", row("redeem", "C1", soon)[:200], "not_json", "不是完整的 JSON，已跳过", "is not a whole JSON object; left out", false},
	{"two objects in a line", row("redeem", "C1", soon) + row("redeem", "C2", soon), "not_json", "不是完整的 JSON，已跳过", "is not a whole JSON object; left out", false},
	{"a list", `[1,2]`, "not_json", "不是 JSON 对象，已跳过", "is not a JSON object; left out", false},
	{"deep nesting", strings.Repeat("[", 5000), "not_json", "不是完整的 JSON，已跳过", "is not a whole JSON object; left out", false},
	{"too long", row("redeem", "C1", soon, "person", `"`+strings.Repeat("p", office.MaxLine)+`"`), "too_long", "，超过 65536，已跳过", " bytes, more than 65536; left out", false},
	{"longer than any buffer", strings.Repeat("x", 3<<20), "too_long", "超过 1 MiB，已跳过", "is longer than 1 MiB; left out", false},
	{"a kind that is not there", row("refund", "C1", soon), "field_wrong", "字段 type 须为 claim、redeem 或 void，已跳过", "the field type must be claim, redeem or void; left out", false},
	{"a trade that is not there", row("redeem", "C1", soon, "industry", `"cinema"`), "field_wrong", "字段 industry 须为 supermarket、dining 或 fuel，已跳过", "the field industry must be supermarket, dining or fuel; left out", false},
	{"negative money", row("redeem", "C1", soon, "amount_fen", "-5000"), "field_wrong", "字段 amount_fen 须为 0 以上的整数（分），已跳过", "the field amount_fen must be a whole number of fen, not below 0; left out", false},
	{"money with a point", row("redeem", "C1", soon, "amount_fen", "50.00"), "field_wrong", "字段 amount_fen 须为", "the field amount_fen must be a whole number", false},
	{"money beyond all bounds", row("redeem", "C1", soon, "face_fen", "99999999999999999999"), "field_wrong", "字段 face_fen 须为", "the field face_fen must be a whole number", false},
	{"money as a text", row("redeem", "C1", soon, "amount_fen", `"5000"`), "field_wrong", "字段 amount_fen 须为", "the field amount_fen must be", false},
	{"no bill", row("redeem", "C1", soon, "amount_fen", "null"), "field_wrong", "字段 amount_fen 须为", "the field amount_fen must be", false},
	{"no merchant", row("redeem", "C1", soon, "merchant", "null"), "field_wrong", "字段 merchant 须为 1 到 200 字节的 UTF-8 文字，已跳过", "the field merchant must be a text of 1 to 200 bytes in UTF-8; left out", false},
	{"an empty voucher", row("redeem", "", soon), "field_wrong", "字段 voucher 须为", "the field voucher must be", false},
	{"a merchant that is a number", row("redeem", "C1", soon, "merchant", "7"), "field_wrong", "字段 merchant 须为", "the field merchant must be", false},
	{"a name that is no UTF-8", row("redeem", "C1", soon, "merchant", "\"M\xff\""), "field_wrong", "字段 merchant 须为", "the field merchant must be", false},
	{"a person that is a number", row("redeem", "C1", soon, "person", "7"), "field_wrong", "字段 person 须为", "the field person must be", false},
	{"a flag that is a number", row("redeem", "C1", soon, "offline", "0"), "field_wrong", "字段 offline 须为 true 或 false，已跳过", "the field offline must be true or false; left out", false},
	{"no such time", row("redeem", "C1", "2026-12-32T11:03:05+08:00"), "field_wrong", "字段 time 须为 2000 年至 2099 年之间的 RFC 3339 时间，已跳过", "the field time must be a time in RFC 3339, from 2000 to 2099; left out", false},
	{"no such hour", row("redeem", "C1", "2026-12-12T24:03:05+08:00"), "field_wrong", "字段 time 须为", "the field time must be", false},
	{"a time of another century", row("redeem", "C1", "1899-12-12T11:03:05+08:00"), "field_wrong", "字段 time 须为", "the field time must be", false},
	{"a time that is a number", row("redeem", "C1", soon, "time", "1765508585"), "field_wrong", "字段 time 须为", "the field time must be", false},
	{"no claim time", row("redeem", "C1", soon, "claim_time", "null"), "field_wrong", "字段 claim_time 须为", "the field claim_time must be", false},
	{"a place that is not a number", row("redeem", "C1", soon, "terminal_lat", "NaN", "terminal_lon", "NaN"), "field_wrong", "字段 terminal_lat 须为 -90 到 90 的度数，已跳过", "the field terminal_lat must be degrees from -90 to 90; left out", false},
	{"a place without end", row("redeem", "C1", soon, "claim_lon", "-Inf"), "field_wrong", "字段 claim_lon 须为 -180 到 180 的度数", "the field claim_lon must be degrees from -180 to 180", false},
	{"beyond the pole", row("redeem", "C1", soon, "claim_lat", "90.1"), "field_wrong", "字段 claim_lat 须为", "the field claim_lat must be", false},
	{"half a place", row("redeem", "C1", soon, "terminal_lon", "null"), "field_wrong", "字段 terminal_lon 须为", "the field terminal_lon must be", false},
	{"offline and never synced", row("redeem", "C1", soon, "offline", "true"), "field_wrong", "字段 synced 与 offline 不符，已跳过", "the field synced does not fit offline; left out", false},
	{"a duplicate", row("redeem", "A009", "2026-12-12T11:03:00+08:00"), string(cashout.Duplicate), "与先前的一行相同，已跳过（券 A009）", "repeats an earlier line; left out (voucher A009)", false},
	{"used twice", row("redeem", "A009", soon), string(cashout.Twice), "该券已核销且未撤销，不能再次核销，已跳过", "redeems a voucher that is used and was not voided; left out", false},
	{"a void of what was not used", row("void", "A030", soon), string(cashout.NotUsed), "撤销的券并未在该商户核销，已跳过", "voids a voucher that is not in use at this merchant; left out", false},
	{"a void by another merchant", row("void", "A009", soon, "merchant", `"M2"`), string(cashout.NotUsed), "撤销的券并未在该商户核销，已跳过", "voids a voucher that is not in use at this merchant; left out", false},
	{"claimed twice", row("claim", "A009", soon), string(cashout.EarlyClaim), "该券已领取过，已跳过", "claims a voucher that was claimed before; left out", false},
	{"after its arrival", row("redeem", "A030", "2026-12-13T11:00:00+08:00", "offline", "true", "synced", `"`+soon+`"`), string(cashout.Future), "时间在到达之后，或比上一行晚一年以上，已跳过", "happened after it arrived, or a year after the line before; left out", false},
	{"two years ahead", row("redeem", "A030", "2028-12-12T11:03:05+08:00"), string(cashout.Future), "时间在到达之后，或比上一行晚一年以上，已跳过", "happened after it arrived, or a year after the line before; left out", false},

	{"one field too many", row("claim", "C1", soon, "colour", `"red"`), "field_unknown", `有未知字段 "colour"，不予理会，其余照常计入`, `has the unknown field "colour"; the rest is taken`, true},
	{"before the line before", row("claim", "C1", "2026-12-11T09:00:00+08:00"), string(cashout.Backwards), "到达时间早于上一行，按上一行的到达时间计入", "arrived before the line before; taken as if it arrived with that one", true},
	{"never claimed", row("redeem", "C1", soon, "merchant", `"M3"`, "terminal", `"T3"`), string(cashout.Unclaimed), "此前没有该券的领取记录，按行内所写的领取信息计入", "redeems a voucher of which no claim was seen; taken with the claim that it names", true},
}

func TestALineThatIsNotAsItShouldBeIsNamedAndChangesNothing(t *testing.T) {
	good := crook()
	want, all, _ := replayed(t, strings.Join(good, "\n"))
	if all.Alerts == 0 || !strings.Contains(want, `"merchant":"M1"`) {
		t.Fatalf("the crook is not found: %+v %s", all, want)
	}
	for _, c := range oddLines {
		t.Run(c.name, func(t *testing.T) {
			got, sum, bad := replayed(t, strings.Join(slices.Insert(slices.Clone(good), middle, c.line), "\n"))
			if len(bad) != 1 || bad[0].Code != c.code || bad[0].Line != middle+1 || sum.Faults[c.code] != 1 {
				t.Fatalf("want one %s in line %d; got %v %v", c.code, middle+1, bad, sum.Faults)
			}
			if !strings.Contains(bad[0].In("zh"), "第 100 行：") || !strings.Contains(bad[0].In("zh"), c.zh) || !strings.Contains(bad[0].In("en"), "line 100: ") || !strings.Contains(bad[0].In("en"), c.en) {
				t.Errorf("it says\n%s\n%s", bad[0].In("zh"), bad[0].In("en"))
			}
			if office.FaultName(c.code).Zh == c.code {
				t.Errorf("%s has no name", c.code)
			}
			if c.taken != (sum.Events == all.Events+1) || c.taken != (sum.Skipped == 0) {
				t.Errorf("taken %d, left out %d", sum.Events, sum.Skipped)
			}
			if !c.taken && got != want {
				t.Errorf("a line that is left out changed the alerts")
			}
		})
	}
}

func TestLinesThatAreAsGoodAsOthers(t *testing.T) {
	good := crook()
	want, _, _ := replayed(t, strings.Join(good, "\n")+"\n")
	shuffled := slices.Clone(good)
	for i, l := range shuffled {
		at := strings.Index(l, `,"device"`)
		shuffled[i] = `{` + l[at+1:len(l)-1] + `,` + l[1:at] + `}`
	}
	for name, stream := range map[string]string{
		"no newline at the end":     strings.Join(good, "\n"),
		"lines of another system":   strings.Join(good, "\r\n") + "\r\n",
		"a mark of byte order":      "\xef\xbb\xbf" + strings.Join(good, "\n") + "\n",
		"empty lines and blanks":    "\n \t\n" + strings.Join(good, "\n\n  ") + "\n\n\n",
		"fields in another order":   strings.Join(shuffled, "\n"),
		"times of another zone":     strings.ReplaceAll(strings.Join(good, "\n"), "T09:00:00+08:00", "T01:00:00Z"),
		"names written as escapes":  strings.ReplaceAll(strings.Join(good, "\n"), `"M1"`, `"\u004d1"`),
		"a field's name as escapes": strings.ReplaceAll(strings.Join(good, "\n"), `"payer"`, `"p\u0061yer"`),
	} {
		if got, _, bad := replayed(t, stream); got != want || len(bad) > 0 {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

func TestWhatIsNotKnownMayBeNull(t *testing.T) {
	s := office.NewStream(strings.NewReader(row("redeem", "A1", soon, "person", "null", "device", "null", "payer", "null", "township", "null",
		"claim_lat", "null", "claim_lon", "null", "terminal_lat", "null", "terminal_lon", "null")))
	var e cashout.Event
	if err := s.Next(&e); err != nil {
		t.Fatal(err)
	}
	if e.Person != 0 || e.Device != 0 || e.Payer != 0 || e.ClaimAt.Known() || e.Fix.Known() || e.Town != "" {
		t.Errorf("%+v", e)
	}
	if err := s.Next(&e); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestStreamsThatAreNone(t *testing.T) {
	for _, c := range []struct{ name, stream, zh, en string }{
		{"nothing", "", "数据流是空的", "the stream is empty"},
		{"empty lines", "\n\n\n", "共 3 行，没有一行是可计入的记录", "none of the stream's 3 lines"},
		{"a few lines of something else", "a,b\n1,2\n", "共 2 行", "none of the stream's 2 lines"},
		{"many lines of something else", strings.Repeat("1,2\n", 5000), "前 1000 行没有一行是 JSON 记录", "not one of the first 1000 lines is an event"},
		{"one JSON document", `{"events":[` + strings.Repeat("{},", 1<<20) + `{}]}`, "没有一行是可计入的记录", "none of the stream's 1 lines"},
	} {
		r := office.Replay{Stream: strings.NewReader(c.stream), Alerts: io.Discard, Now: time.Now}
		_, err := r.Run(context.Background())
		no, is := errors.AsType[*office.Refusal](err)
		if !is || !strings.Contains(no.Text.Zh, c.zh) || !strings.Contains(no.Text.En, c.en) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// broken is a disk that fails behind some bytes.
type broken struct{ io.Reader }

var errDisk = errors.New("the disk is gone")

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errDisk
	}
	return n, err
}

func TestAStreamThatBreaksOffKeepsWhatWasFound(t *testing.T) {
	var out bytes.Buffer
	r := office.Replay{Stream: broken{strings.NewReader(strings.Join(crook(), "\n"))}, Alerts: &out, Now: time.Now}
	sum, err := r.Run(context.Background())
	if !errors.Is(err, errDisk) || sum.Alerts == 0 || strings.Count(out.String(), "\n") == 0 {
		t.Errorf("%v %+v %q", err, sum, out.String())
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	r = office.Replay{Stream: strings.NewReader(strings.Join(crook(), "\n")), Alerts: io.Discard, Now: time.Now}
	if _, err := r.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestReadShops(t *testing.T) {
	const shop = `{"merchant":"M1","industry":"dining","township":"Guling","lat":29.5,"lon":115.9,"open_hour":9,"close_hour":27,"terminals":["T1"]}`
	for _, c := range []struct{ name, file, zh, en string }{
		{"not JSON", shop + "\nM2,dining", "第 2 行：商户登记：不是完整的 JSON 对象", "line 2: registry: not a whole JSON object"},
		{"something behind it", shop + "{}", "第 1 行", "line 1"},
		{"no name", `{"lat":1,"lon":2}`, "缺少 merchant", "lacks merchant"},
		{"half a place", `{"merchant":"M1","lat":1}`, "lat、lon 不是位置", "lat and lon are no position"},
		{"beyond the pole", `{"merchant":"M1","lat":91,"lon":1}`, "lat、lon 不是位置", "lat and lon are no position"},
		{"closes before it opens", `{"merchant":"M1","open_hour":9,"close_hour":8}`, "先开后关", "open before close"},
		{"half an hour", `{"merchant":"M1","open_hour":9.5,"close_hour":18}`, "不是完整的 JSON 对象", "not a whole JSON object"},
		{"twice", shop + "\n\n" + shop, "第 3 行：商户登记：商户 M1 已在第 1 行登记", "line 3: registry: M1 stands in line 1 already"},
		{"too long", strings.Repeat(" ", 2<<20), "超过 1 MiB", "longer than 1 MiB"},
	} {
		_, err := office.ReadShops(strings.NewReader(c.file))
		bad, is := errors.AsType[*office.BadLine](err)
		if !is || !strings.Contains(bad.In("zh"), c.zh) || !strings.Contains(bad.In("en"), c.en) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	all, err := office.ReadShops(strings.NewReader("\xef\xbb\xbf" + shop + "\r\n\r\n"))
	want := cashout.Shop{Merchant: "M1", Trade: voucher.Dining, Town: "Guling", Place: cashout.Place{Lat: 29.5, Lon: 115.9}, Open: 9, Close: 27}
	if err != nil || len(all) != 1 || all[0] != want {
		t.Error(all, err)
	}
}

// FuzzStreamLine: whatever a line holds, it is an event with all that one must have or is named, and the lines around it
// come through.
func FuzzStreamLine(f *testing.F) {
	for _, c := range oddLines {
		if len(c.line) < 5000 {
			f.Add([]byte(c.line))
		}
	}
	before, after := row("claim", "A1", "2026-12-11T09:00:00+08:00"), row("redeem", "A1", later)
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsAny(line, "\n") {
			return
		}
		s := office.NewStream(io.MultiReader(strings.NewReader(before+"\n"), bytes.NewReader(line), strings.NewReader("\n"+after)))
		d := cashout.New(cashout.DefaultRules(), nil)
		var e cashout.Event
		var taken []string
		for {
			err := s.Next(&e)
			if errors.Is(err, io.EOF) {
				break
			}
			if bad, is := errors.AsType[*office.BadLine](err); is {
				if bad.Line != 2 || bad.Text.Zh == "" || bad.Text.En == "" {
					t.Fatal(bad)
				}
				continue
			}
			if err != nil || e.Voucher == "" || e.Kind == 0 || e.Kind != cashout.Claim && (e.Merchant == "" || e.Terminal == "") || e.Bill < 0 || e.Face < 0 ||
				!(e.ClaimAt.Lat >= -90 && e.ClaimAt.Lat <= 90 && e.Fix.Lon >= -180 && e.Fix.Lon <= 180) {
				t.Fatal(err, e)
			}
			d.Observe(&e)
			taken = append(taken, e.Voucher)
		}
		if len(taken) < 2 || taken[0] != "A1" || taken[len(taken)-1] != "A1" {
			t.Fatal(taken)
		}
	})
}

// What the quick way takes, the parser takes in the same way.
func FuzzUsualLines(f *testing.F) {
	for _, c := range oddLines {
		if len(c.line) < 5000 {
			f.Add([]byte(c.line))
		}
	}
	for _, line := range crook()[78:84] {
		f.Add([]byte(line))
		f.Add([]byte(strings.ReplaceAll(strings.ReplaceAll(line, ",", ", "), ":", ": ")))
	}
	for _, number := range []string{"-0", "0.1", "-115.98", "29.55123456789012345", "1e3", "90.0000000000001", "00", "1.", ".5", "123456789012345678901"} {
		f.Add([]byte(row("redeem", "A1", later, "terminal_lat", number, "amount_fen", number, "face_fen", "-1000")))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsAny(line, "\n") || bytes.HasPrefix(bytes.TrimSpace(line), []byte("{}")) {
			return
		}
		// A blank before the first field's name is as good, and a tab sends the line the long way.
		at := bytes.IndexByte(line, '{') + 1
		long := slices.Concat(line[:at], []byte("\t"), line[at:])
		quick, errQuick := readOne(line)
		slow, errSlow := readOne(long)
		if fmt.Sprint(errQuick) != fmt.Sprint(errSlow) || errQuick == nil && quick != slow {
			t.Fatalf("%s\nquick %+v %v\nslow  %+v %v", line, quick, errQuick, slow, errSlow)
		}
	})
}

func readOne(line []byte) (e cashout.Event, err error) {
	err = office.NewStream(bytes.NewReader(line)).Next(&e)
	return e, err
}
