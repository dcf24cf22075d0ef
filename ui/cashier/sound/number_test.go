package sound

import (
	"testing"

	"hexiao/hub/voucher"
)

func TestAmountsAreReadAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		fen    voucher.Fen
		zh, en string
	}{
		{0, "零元", "zero yuan"},
		{5, "五分", "five fen"},
		{20, "两角", "twenty fen"},
		{4800, "四十八元", "forty-eight yuan"},
		{4850, "四十八元五角", "forty-eight yuan and fifty fen"},
		{305, "三元零五分", "three yuan and five fen"},
		{399, "三元九角九分", "three yuan and ninety-nine fen"},
		{200, "两元", "two yuan"},
		{1000, "十元", "ten yuan"},
		{1200, "十二元", "twelve yuan"},
		{2200, "二十二元", "twenty-two yuan"},
		{108_00, "一百零八元", "one hundred and eight yuan"},
		{110_00, "一百一十元", "one hundred and ten yuan"},
		{1005_00, "一千零五元", "one thousand and five yuan"},
		{1050_00, "一千零五十元", "one thousand and fifty yuan"},
		{1234_56, "一千二百三十四元五角六分", "one thousand two hundred and thirty-four yuan and fifty-six fen"},
		{10_000_00, "一万元", "ten thousand yuan"},
		{20_005_00, "两万零五元", "twenty thousand and five yuan"},
		{101_010_00, "十万一千零一十元", "one hundred and one thousand and ten yuan"},
		{1_000_000_00, "一百万元", "one million yuan"},
		{-150, "负一元五角", "minus one yuan and fifty fen"},
	} {
		if zh, en := chinese(c.fen), english(c.fen); zh != c.zh || en != c.en {
			t.Errorf("%d is read %q, %q; want %q, %q", c.fen, zh, en, c.zh, c.en)
		}
	}
}
