package fonts_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hexiao/ui/cashier/fonts"
)

var both = map[string][]byte{"Regular": fonts.Regular, "Bold": fonts.Bold}

func TestFontsShowWhatATillSays(t *testing.T) {
	texts := map[string]string{
		"the four answers":      "FINAL 核销成功 PROVISIONAL 离线受理 REFUSED 不可核销 SCAN AGAIN 请重扫",
		"money":                 "0123456789.,¥￥元角分-−+×÷%",
		"punctuation of both":   "，。、；：？！“”‘’（）《》【】…—·!?\"'()[]<>/\\@#&*_~^|{}$`",
		"marks":                 "✓×●○→←",
		"full-width forms":      "０１２ＡＢＣａｂｃ＋－＝",
		"Latin with accents":    "éüÅñ",
		"names and places":      "鲁山县尧山镇商超餐饮加油站",
		"letters that get lost": "gjpqy",
	}
	for weight, font := range both {
		has := glyphs(t, font)
		for name, text := range texts {
			if missing := absent(has, text); missing != "" {
				t.Errorf("%s, %s: no glyph for %q", weight, name, missing)
			}
		}
		if has('麤') {
			t.Errorf("%s has a glyph for a character outside its list: the test reads the font wrongly", weight)
		}
	}
}

func TestFontsHoldAllHanziOfGB2312(t *testing.T) {
	hanzi := gb2312Hanzi(t)
	if n := len([]rune(hanzi)); n != 6763 {
		t.Fatalf("GB 2312 has 6763 hanzi, the test made %d", n)
	}
	for weight, font := range both {
		if missing := absent(glyphs(t, font), hanzi); missing != "" {
			t.Errorf("%s: no glyph for %d hanzi: %s", weight, len([]rune(missing)), missing)
		}
	}
}

func TestLicenceGoesWithTheFonts(t *testing.T) {
	for _, want := range []string{"SIL OPEN FONT LICENSE Version 1.1", "Adobe", "may be sold by itself"} {
		if !strings.Contains(fonts.Licence, want) {
			t.Errorf("OFL.txt does not say %q", want)
		}
	}
}

// gb2312Hanzi decodes rows 16 to 87 of the standard; cells that it leaves empty decode to nothing usable.
func gb2312Hanzi(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	decoder := simplifiedchinese.GBK.NewDecoder() // its cells A1A1 to F7FE are those of GB 2312
	for row := byte(0xB0); row <= 0xF7; row++ {
		for cell := byte(0xA1); cell <= 0xFE; cell++ {
			text, err := decoder.Bytes([]byte{row, cell})
			if err != nil {
				t.Fatalf("decode %X%X: %v", row, cell, err)
			}
			if r := []rune(string(text))[0]; r >= 0x4E00 && r <= 0x9FA5 {
				out.WriteRune(r)
			}
		}
	}
	return out.String()
}

func absent(has func(rune) bool, text string) string {
	return string(slices.DeleteFunc([]rune(text), func(r rune) bool { return r == ' ' || has(r) }))
}

// glyphs reads a font's character map (the cmap table, subtable format 4) and tells which characters have a glyph.
func glyphs(t *testing.T, font []byte) func(rune) bool {
	t.Helper()
	if len(font) < 12 || string(font[:4]) != "OTTO" {
		t.Fatal("not an OpenType font with CFF outlines")
	}
	for _, table := range []string{"CFF ", "head", "hhea", "hmtx", "maxp", "name", "OS/2"} {
		if find(font, table) == nil {
			t.Fatalf("the font has no %s table", table)
		}
	}
	cmap := find(font, "cmap")
	for i := range int(be16(cmap, 2)) {
		sub := cmap[be32(cmap, 4+8*i+4):]
		if be16(sub, 0) == 4 {
			return func(r rune) bool { return inFormat4(sub, r) }
		}
	}
	t.Fatal("the font has no cmap subtable of format 4")
	return nil
}

// find returns the named table of a font file, or nil.
func find(font []byte, tag string) []byte {
	for i := range int(be16(font, 4)) {
		record := font[12+16*i:]
		if string(record[:4]) == tag {
			return font[be32(record, 8):][:be32(record, 12)]
		}
	}
	return nil
}

// inFormat4 looks a character up as the OpenType specification lays format 4 out: four arrays side by side, one element
// for each segment, and offsets counted from where they stand.
func inFormat4(sub []byte, r rune) bool {
	twice := int(be16(sub, 6))
	for at := 14; at < 14+twice; at += 2 {
		end, start := rune(be16(sub, at)), rune(be16(sub, at+twice+2))
		if r > end {
			continue
		}
		if r < start {
			return false
		}
		delta, place := be16(sub, at+2*twice+2), at+3*twice+2
		if be16(sub, place) == 0 {
			return uint16(r)+delta != 0
		}
		return be16(sub, place+int(be16(sub, place))+2*int(r-start)) != 0
	}
	return false
}

func be16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func be32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
