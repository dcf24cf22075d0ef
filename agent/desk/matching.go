package desk

import (
	"strings"

	"hexiao/hub/voucher"
)

// Matching picks the lines that a person looks for: those whose redemption, voucher or order number ends in what was typed,
// in any case of letters, or whose bill or sum to pay is that amount ("58", "58.00"). An empty text finds all; one that
// means nothing finds nothing. Full-width letters and digits count as the plain ones, because that is what a Chinese
// keyboard types.
func Matching(lines []Line, typed string) []Line {
	q := strings.ToUpper(strings.TrimSpace(strings.Map(voucher.Narrow, typed)))
	found := []Line{}
	for _, l := range lines {
		if q == "" || l.ends(q) || l.amounts(q) {
			found = append(found, l)
		}
	}
	return found
}

func (l *Line) ends(q string) bool {
	for _, s := range []string{l.Redemption, l.Voucher, strings.Map(voucher.Narrow, l.Order)} {
		if strings.HasSuffix(strings.ToUpper(s), q) {
			return true
		}
	}
	return false
}

func (l *Line) amounts(q string) bool {
	fen, err := voucher.ParseYuan(strings.TrimSuffix(strings.Trim(q, "¥元 "), ".")) // who types "58." has not typed on yet
	return err == nil && (fen == l.Bill || fen == l.Pay)
}
