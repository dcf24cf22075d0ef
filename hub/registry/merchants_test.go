package registry_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"hexiao/hub/registry"
	"hexiao/hub/voucher"
)

const header = "code,name,trade,township,uscc,lat,lon,open,close,status\n"

// The first code is the example of GB 32100-2015.
const twoShops = header +
	"M0001,鲁山县民生超市,supermarket,露峰街道,91350100M000100Y43,33.739512,112.906001,07:00,22:00,active\n" +
	"M0002,老张饭店,dining,下汤镇,,,,10:00,26:00,applied\n"

func wantShops() []voucher.Merchant {
	return []voucher.Merchant{
		{Code: "M0001", Name: "鲁山县民生超市", Trade: voucher.Supermarket, Township: "露峰街道", USCC: "91350100M000100Y43",
			Place: &voucher.Place{Lat: 33.739512, Lon: 112.906001}, Open: "07:00", Close: "22:00", Status: voucher.MerchantActive},
		{Code: "M0002", Name: "老张饭店", Trade: voucher.Dining, Township: "下汤镇", Open: "10:00", Close: "26:00", Status: voucher.MerchantApplied},
	}
}

func TestAListOfMerchantsIsReadHoweverASpreadsheetWroteIt(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(twoShops)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says string
		data []byte
	}{
		{"CSV in UTF-8", []byte(twoShops)},
		{"CSV with a byte order mark", []byte("\ufeff" + twoShops)},
		{"CSV in GB18030", []byte(gb)},
		{"CSV with Windows' line ends", []byte(strings.ReplaceAll(twoShops, "\n", "\r\n"))},
		{"CSV without a last line end", []byte(strings.TrimSpace(twoShops))},
		{"CSV with rows that are empty", []byte("\n,,,,,,,,,\n" + twoShops + " , ,,,,,,,,\n\n")},
		{"CSV with quotation marks and spaces", []byte(strings.NewReplacer("M0002,老张饭店", "\" M0002 \",\"老张饭店\u3000\"").Replace(twoShops))},
		{"CSV with columns in another order", []byte("status,close,open,lon,lat,uscc,township,trade,name,code\n" +
			"active,22:00,07:00,112.906001,33.739512,91350100M000100Y43,露峰街道,supermarket,鲁山县民生超市,M0001\n" +
			"applied,26:00,10:00,,,,下汤镇,dining,老张饭店,M0002\n")},
		{"CSV with hours as people type them", []byte(strings.NewReplacer("07:00,22:00", "7,22", "10:00,26:00", "10：00,26.0").Replace(twoShops))},
		{"CSV with a code of small letters", []byte(strings.Replace(twoShops, "91350100M000100Y43", "91350100m000100y43", 1))},
		{"CSV with a header in capitals", []byte(strings.Replace(twoShops, "code,name", "Code,NAME", 1))},
		{"XLSX with texts", workbook(t, func(f *excelize.File) { fill(t, f, "Sheet1", twoShops) })},
		{"XLSX with numbers and times under formats", workbook(t, numbersAndTimes(t))},
		{"XLSX with a second sheet", workbook(t, func(f *excelize.File) {
			fill(t, f, "Sheet1", twoShops)
			f.NewSheet("说明")
			f.SetCellStr("说明", "A1", "填表说明")
		})},
		{"XLSX with a format down to its last row", sheetOnly(t, "<worksheet><sheetData>"+sheetRows(twoShops)+
			`<row r="1048576"><c r="A1048576" s="0"/></row></sheetData></worksheet>`)},
	} {
		t.Run(c.says, func(t *testing.T) {
			got, err := registry.ReadMerchants("list", c.data)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, wantShops()) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func workbook(t testing.TB, write func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	write(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fill(t testing.TB, f *excelize.File, sheet, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for y, row := range rows {
		for x, cell := range row {
			at, _ := excelize.CoordinatesToCellName(x+1, y+1)
			f.SetCellStr(sheet, at, cell)
		}
	}
}

// The places are shown with two decimals and the hours as times of day, as spreadsheets do by themselves.
func numbersAndTimes(t testing.TB) func(*excelize.File) {
	return func(f *excelize.File) {
		fill(t, f, "Sheet1", twoShops)
		two, err := f.NewStyle(&excelize.Style{NumFmt: 2})
		if err != nil {
			t.Fatal(err)
		}
		hours := "[h]:mm"
		clock, err := f.NewStyle(&excelize.Style{CustomNumFmt: &hours})
		if err != nil {
			t.Fatal(err)
		}
		f.SetCellFloat("Sheet1", "F2", 33.739512, -1, 64)
		f.SetCellFloat("Sheet1", "G2", 112.906001, -1, 64)
		f.SetCellStyle("Sheet1", "F2", "G2", two)
		for cell, h := range map[string]float64{"H2": 7, "I2": 22, "H3": 10, "I3": 26} {
			f.SetCellFloat("Sheet1", cell, h/24, -1, 64)
		}
		f.SetCellStyle("Sheet1", "H2", "I3", clock)
	}
}

// Each case changes the list of two shops; line 2 is the supermarket, line 3 the restaurant.
func TestAListOfMerchantsIsRefusedNamingLineAndColumn(t *testing.T) {
	for _, c := range []struct{ says, old, new, want string }{
		{"a trade that is none", "dining", "toys", `list:3: C (trade): "toys" is no trade`},
		{"a trade in capitals", "dining", "Dining", `list:3: C (trade): "Dining" is no trade`},
		{"no trade", "dining", "", `list:3: C (trade): "" is no trade`},
		{"no code", "M0002", "", `list:3: A (code): "" is no code`},
		{"a code with a space", "M0002", "M 2", `list:3: A (code): "M 2" is no code`},
		{"a code with Chinese letters", "M0002", "商2", `list:3: A (code): "商2" is no code`},
		{"a code of 33 letters", "M0002", strings.Repeat("M", 33), `list:3: A (code):`},
		{"a code twice", "M0002", "M0001", `list:3: A (code): M0001 stands in line 2 already`},
		{"no name", "老张饭店", "", `list:3: B (name): must not be empty`},
		{"a name of 101 characters", "老张饭店", strings.Repeat("张", 101), `list:3: B (name): has more than 100`},
		{"a name in two lines", "老张饭店", "\"老张\n饭店\"", `list:3: B (name): has line breaks`},
		{"a name that a wrong encoding has swallowed", "老张饭店", "老\ufffd饭店", `list:3: B (name):`},
		{"a check digit that does not hold", "91350100M000100Y43", "91350100M000100Y44", `list:2: E (uscc):`},
		{"two digits of the code swapped", "91350100M000100Y43", "91530100M000100Y43", `list:2: E (uscc):`},
		{"a social credit code of 17", "91350100M000100Y43", "91350100M000100Y4", `list:2: E (uscc):`},
		{"a social credit code with an I", "91350100M000100Y43", "9135010IM000100Y43", `list:2: E (uscc):`},
		{"a social credit code become a number", "91350100M000100Y43", "9.1350100M0001E+17", `list:2: E (uscc):`},
		{"latitude and longitude swapped", "33.739512,112.906001", "112.906001,33.739512", `list:2: F (lat): "112.906001" is no number of degrees from -90 to 90`},
		{"latitude alone", "33.739512,112.906001", "33.739512,", `list:2: G (lon): "" is no number`},
		{"longitude beyond the earth", "112.906001", "180.5", `list:2: G (lon):`},
		{"a latitude with degrees and minutes", "33.739512", "33°44'", `list:2: F (lat):`},
		{"a latitude that is not a number to count with", "33.739512", "NaN", `list:2: F (lat):`},
		{"a latitude in hexadecimal", "33.739512", "0x1p5", `list:2: F (lat):`},
		{"an hour that is none", "10:00", "ten", `list:3: H (open): "ten" is no hour`},
		{"opening at 24:00", "10:00", "24:00", `list:3: H (open):`},
		{"a minute of 60", "10:00", "10:60", `list:3: H (open):`},
		{"closing after 30:00", "26:00", "30:01", `list:3: I (close):`},
		{"closing before opening", "26:00", "02:00", `list:3: I (close): closing at 02:00 is not after opening at 10:00; past midnight count on`},
		{"open without close", "26:00", "", `list:3: I (close): "" is no hour`},
		{"seconds", "10:00", "10:00:30", `list:3: H (open):`},
		{"a third of an hour as a number", "10:00", "10.33", `list:3: H (open):`},
		{"a status that is none", "applied", "ok", `list:3: J (status): "ok" is no status`},
		{"a suspended merchant", "applied", "suspended", `to suspend, use`},
		{"an unknown column", "uscc,", "taxid,", `list:1: E: unknown column "taxid"`},
		{"and the column it was meant as is missing", "uscc,", "taxid,", `list:1: the first row has no column uscc`},
		{"a column twice", "uscc,", "lat,", `list:1: F: the column lat stands here a second time`},
		{"a cell beyond the header", "applied", "applied,x", `list:3: K: there is no name above this column`},
		{"a row that ends early", ",10:00,26:00,applied", "", `list:3: J (status): "" is no status`},
		{"a quotation mark without its fellow", "老张饭店", "\"老张", `the quotation marks do not match, in the row that begins in line 3`},
		{"a header only", twoShops[len(header):], "", `list: there is no merchant in the list`},
		{"nothing at all", twoShops, "", `list: there is no merchant in the list`},
	} {
		t.Run(c.says, func(t *testing.T) {
			text := strings.Replace(twoShops, c.old, c.new, 1)
			if text == twoShops {
				t.Fatalf("the list has no %q", c.old)
			}
			wantRefused(t, []byte(text), c.want)
		})
	}
}

func wantRefused(t *testing.T, data []byte, want string) {
	t.Helper()
	got, err := registry.ReadMerchants("list", data)
	var bad *registry.FileError
	if !errors.As(err, &bad) || !errors.Is(err, registry.ErrFile) {
		t.Fatalf("not refused: %v", err)
	}
	if len(got) > 0 {
		t.Errorf("%d merchants were taken", len(got))
	}
	if !strings.Contains("\n"+bad.In("en"), want) {
		t.Errorf("want %s, got:\n%v", want, err)
	}
}

func TestAWorkbookIsRefusedNamingRowAndColumn(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		fill(t, f, "Sheet1", strings.Replace(twoShops, "dining", "toys", 1))
		f.InsertRows("Sheet1", 2, 3)
	})
	wantRefused(t, data, `list:6: C (trade): "toys" is no trade`)
}

func TestEveryBadRowIsNamed(t *testing.T) {
	text := strings.NewReplacer("supermarket", "toys", "dining", "books", "applied", "gone").Replace(twoShops)
	_, err := registry.ReadMerchants("list", []byte(text))
	var bad *registry.FileError
	if !errors.As(err, &bad) || len(bad.Problems) != 3 {
		t.Fatalf("want three problems, got %v", err)
	}

	var many strings.Builder
	many.WriteString(header)
	for i := range 500 {
		fmt.Fprintf(&many, "M%d,x,toys,,,,,,,active\n", i)
	}
	_, err = registry.ReadMerchants("list", []byte(many.String()))
	if !errors.As(err, &bad) || len(bad.Problems) != registry.MaxProblems || bad.More != 500-registry.MaxProblems {
		t.Fatalf("of 500 problems: %v", err)
	}
	if !strings.Contains(err.Error(), "and 400 more") || !strings.Contains(bad.In("zh"), "另有 400 处问题") {
		t.Error("it is not said that there are more")
	}
}

func TestFilesThatAreNoListAreRefused(t *testing.T) {
	big := workbook(t, func(f *excelize.File) { fill(t, f, "Sheet1", twoShops) })
	for _, c := range []struct {
		says string
		data []byte
		want string
	}{
		{"larger than 10 MiB", bytes.Repeat([]byte("a"), registry.MaxListBytes+1), "larger than 10 MiB"},
		{"an old .xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old .xls or a workbook with a password"},
		{"UTF-16, as Excel's \"Unicode text\"", []byte("\xff\xfec\x00o\x00d\x00e\x00"), "this is no CSV"},
		{"neither UTF-8 nor GB18030", []byte(header + "M1,\xff\xfe\xff,dining,,,,,,,active\n"), "neither UTF-8 nor GB18030"},
		{"half a workbook", big[:len(big)/2], "the workbook is damaged"},
		{"a zip that is no workbook", zipOf(t, map[string]string{"a.txt": "hello"}), "the workbook is damaged"},
		{"a sheet with an end that is missing", sheetOnly(t, `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>code</v></c></row>`), "the workbook is damaged"},
		{"a sheet with a character that XML forbids", sheetOnly(t, `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>co&#1;de</v></c></row></sheetData></worksheet>`), "the workbook is damaged"},
		{"a row number beyond all sheets", sheetOnly(t, `<worksheet><sheetData><row r="1048577"><c t="str"><v>x</v></c></row></sheetData></worksheet>`), "the workbook is damaged"},
		{"a cell far out", sheetOnly(t, `<worksheet><sheetData><row r="1"><c r="XFD1" t="str"><v>x</v></c></row></sheetData></worksheet>`), "the workbook is damaged"},
	} {
		t.Run(c.says, func(t *testing.T) { wantRefused(t, c.data, c.want) })
	}
}

// 150 MB of blanks in 150 KB, once said and once kept quiet; and a size so large that it is negative in 63 bits.
func TestAWorkbookThatUnpacksToTooMuchIsRefused(t *testing.T) {
	const bomb = 150 << 20
	packed := sheetOnly(t, "<worksheet>"+strings.Repeat(" ", bomb)+"</worksheet>")
	for _, c := range []struct {
		says string
		size uint64
	}{
		{"as it says", bomb},
		{"more than it says", 1000},
		{"and says a number that overflows", 1<<63 + 5},
	} {
		t.Run(c.says, func(t *testing.T) {
			data := sayingSize(t, packed, "xl/worksheets/sheet1.xml", c.size)
			wantRefused(t, data, "the workbook is damaged or too large")
		})
	}
}

// sheetOnly is a workbook with one sheet of the given XML.
func sheetOnly(t testing.TB, sheet string) []byte { return zipOf(t, workbookParts(t, sheet, "", "")) }

// sheetRows is the XML of a list's rows, as texts.
func sheetRows(list string) string {
	var b strings.Builder
	for y, row := range strings.Split(strings.TrimSpace(list), "\n") {
		fmt.Fprintf(&b, `<row r="%d">`, y+1)
		for x, cell := range strings.Split(row, ",") {
			fmt.Fprintf(&b, `<c r="%c%d" t="str"><v>%s</v></c>`, 'A'+x, y+1, cell)
		}
		b.WriteString("</row>")
	}
	return b.String()
}

// emptyWorkbook is an empty workbook's parts.
var emptyWorkbook = sync.OnceValues(func() (map[string]string, error) {
	f := excelize.NewFile()
	defer f.Close()
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return nil, err
	}
	parts := map[string]string{}
	for _, part := range z.File {
		text, err := fs.ReadFile(z, part.Name)
		if err != nil {
			return nil, err
		}
		parts[part.Name] = string(text)
	}
	return parts, nil
})

// workbookParts are those of an empty workbook, with other XML for some.
func workbookParts(t testing.TB, sheet, strings, styles string) map[string]string {
	t.Helper()
	empty, err := emptyWorkbook()
	if err != nil {
		t.Fatal(err)
	}
	parts := maps.Clone(empty)
	parts["xl/worksheets/sheet1.xml"] = sheet
	if strings != "" {
		parts["xl/sharedStrings.xml"] = strings
	}
	if styles != "" {
		parts["xl/styles.xml"] = styles
	}
	return parts
}

func zipOf(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sayingSize packs a zip again with one part's unpacked size said to be another.
func sayingSize(t *testing.T, data []byte, name string, size uint64) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, part := range in.File {
		h := part.FileHeader
		h.Flags &^= 8
		if h.Name == name {
			h.UncompressedSize64 = size
		}
		w, err := out.CreateRaw(&h)
		if err != nil {
			t.Fatal(err)
		}
		r, err := part.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestALargeListIsTakenAndALargerOneIsNot(t *testing.T) {
	var b strings.Builder
	b.WriteString(header)
	for i := range registry.MaxListRows {
		fmt.Fprintf(&b, "M%d,x,dining,,,,,,,active\n", i)
	}
	got, err := registry.ReadMerchants("list", []byte(b.String()))
	if err != nil || len(got) != registry.MaxListRows {
		t.Errorf("%d merchants, %v", len(got), err)
	}
	b.WriteString("one-more,x,dining,,,,,,,active\n")
	wantRefused(t, []byte(b.String()), "the list has more than 100000 rows")
}

// A sheet above 16 MiB goes through a temporary file; none may stay.
func TestALargeWorkbookLeavesNoTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	long := strings.Repeat("鲁", 100)
	var list strings.Builder
	list.WriteString(header)
	for i := range 18_000 {
		fmt.Fprintf(&list, "M%05d,%s,supermarket,%s,91350100M000100Y43,33.739512,112.906001,07:00,22:00,active\n", i, long, long)
	}
	sheet := "<worksheet><sheetData>" + sheetRows(list.String()) + "</sheetData></worksheet>"
	if len(sheet) < 17<<20 {
		t.Fatalf("the sheet has only %d bytes", len(sheet))
	}
	got, err := registry.ReadMerchants("list", sheetOnly(t, sheet))
	if err != nil || len(got) != 18_000 {
		t.Fatalf("%d merchants, %v", len(got), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What is accepted keeps every rule and, written out as CSV, is read as the same; nothing makes it panic.
func FuzzReadMerchants(f *testing.F) {
	f.Add([]byte(twoShops))
	f.Add([]byte("\ufeff" + header + "a,\"b\nc\",fuel,,,0,0,7,7.5,active\n"))
	gb, _ := simplifiedchinese.GB18030.NewEncoder().String(twoShops)
	f.Add([]byte(gb))
	f.Add(workbook(f, func(x *excelize.File) { fill(f, x, "Sheet1", twoShops) }))
	f.Fuzz(func(t *testing.T, data []byte) { wantSameAgain(t, data) })
}

// The same with the parts of a workbook, which a fuzzer cannot reach through the zip's checksums.
func FuzzReadWorkbook(f *testing.F) {
	f.Add("<worksheet><sheetData>"+sheetRows(header+"a,b,fuel,,,0,0,7,7.5,active\n")+"</sheetData></worksheet>", "", "")
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>0.5</v></c><c t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>`,
		`<sst><si><t>code</t></si><si><r><t>na</t></r><r><t>me</t></r></si></sst>`,
		`<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[h]:mm;@"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs></styleSheet>`)
	f.Fuzz(func(t *testing.T, sheet, strings, styles string) {
		wantSameAgain(t, zipOf(t, workbookParts(t, sheet, strings, styles)))
	})
}

func wantSameAgain(t *testing.T, data []byte) {
	t.Helper()
	list, err := registry.ReadMerchants("f", data)
	if err != nil {
		wantGoodError(t, err, 1<<20)
		return
	}
	codes := map[voucher.MerchantID]bool{}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(strings.Split(strings.TrimSpace(header), ","))
	for _, m := range list {
		if m.Code == "" || codes[m.Code] || m.Name == "" || !m.Trade.Known() || m.Status != voucher.MerchantActive && m.Status != voucher.MerchantApplied {
			t.Fatalf("accepted %+v", m)
		}
		codes[m.Code] = true
		lat, lon := "", ""
		if m.Place != nil {
			lat, lon = strconv.FormatFloat(m.Place.Lat, 'f', -1, 64), strconv.FormatFloat(m.Place.Lon, 'f', -1, 64)
		}
		w.Write([]string{string(m.Code), m.Name, string(m.Trade), m.Township, m.USCC, lat, lon, m.Open, m.Close, string(m.Status)})
	}
	w.Flush()
	again, err := registry.ReadMerchants("again", out.Bytes())
	if err != nil || !reflect.DeepEqual(list, again) {
		t.Fatalf("%+v, written out and read again, is %+v: %v", list, again, err)
	}
}

func TestTheListShippedAsASampleIsTaken(t *testing.T) {
	data, err := os.ReadFile("../../packaging/hexiao-hub/merchants-sample.csv")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := registry.ReadMerchants("merchants-sample.csv", data); err != nil || len(list) == 0 {
		t.Errorf("%d merchants, %v", len(list), err)
	}
}
