package registry

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hexiao/hub/voucher"
)

// Limits of texts, in bytes; they stand on screens and receipts.
const (
	maxID   = 64
	maxText = 200
)

var idForm = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// text reads a string for people: plain, and not too long.
func (t *table) text(key string, must bool) string {
	v, there := t.get(key, must)
	s, ok := v.(string)
	switch {
	case !there:
	case !ok:
		t.wrong(key, "须为加引号的文字", "is a text in quotes")
	case must && strings.TrimSpace(s) == "":
		t.wrong(key, "不能为空", "must not be empty")
	case len(s) > maxText || !plain(s):
		t.wrong(key, fmt.Sprintf("过长（超过 %d 字节）或含有控制字符", maxText), fmt.Sprintf("is longer than %d bytes or has control characters", maxText))
	}
	return s
}

// id reads a name for programs: it stands in file names, URLs and reports.
func (t *table) id(key string) string {
	s := t.text(key, true)
	if !t.told(t.at(key)) && (len(s) > maxID || !idForm.MatchString(s)) {
		t.wrong(key, fmt.Sprintf("须由小写字母、数字和连字符组成，最多 %d 个字符，例如 \"lushan-2023-winter\"", maxID),
			fmt.Sprintf("has lower-case letters, digits and single hyphens, at most %d, such as \"lushan-2023-winter\"", maxID))
	}
	return s
}

// texts reads KEY_zh and KEY_en. When one is wrong nothing more need be said of KEY.
func (t *table) texts(key string) voucher.Text {
	text := voucher.Text{Zh: t.text(key+"_zh", true), En: t.text(key+"_en", true)}
	at := t.at(key)
	t.named[at] = t.named[at] || t.told(at+"_zh") || t.told(at+"_en")
	return text
}

// whole reads a whole number between two others.
func (t *table) whole(key string, least, most int64) int64 {
	v, there := t.get(key, true)
	if !there {
		return least
	}
	n, ok := v.(int64)
	if !ok || n < least || n > most {
		t.wrong(key, fmt.Sprintf("须为 %d 到 %d 之间的整数", least, most), fmt.Sprintf("is a whole number from %d to %d", least, most))
		return least
	}
	return n
}

// yuan reads an amount: whole yuan, or a text with at most two decimals. TOML's own decimals are floats, and no float
// comes near money. Whether a sum may be negative or zero is for Campaign.Check to say.
func (t *table) yuan(key string, must bool) voucher.Fen {
	v, there := t.get(key, must)
	if !there {
		return 0
	}
	text, isText := v.(string)
	if n, whole := v.(int64); whole {
		text, isText = strconv.FormatInt(n, 10), true
	}
	f, ok := fen(text)
	if !isText || !ok {
		t.wrong(key, "须为整数元，或带引号、最多两位小数的元，例如 \"10.50\"（不接受浮点数）",
			"is in whole yuan, or in quotes with at most two decimals, such as \"10.50\"; a float is not taken")
	}
	return f
}

// maxYuanDigits keeps every amount inside int64 by far; Check has the limits that mean something.
const maxYuanDigits = 13

func fen(text string) (voucher.Fen, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, part, pointed := strings.Cut(digits, ".")
	if pointed && (part == "" || len(part) > 2) || whole == "" || len(whole) > maxYuanDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 63)
	if err != nil {
		return 0, false
	}
	if negative {
		return -voucher.Fen(n), true
	}
	return voucher.Fen(n), true
}

// lasting reads a length of time; a missing one is the usual.
func (t *table) lasting(key string, usual time.Duration) time.Duration {
	v, there := t.get(key, usual == 0)
	if !there {
		return usual
	}
	return t.parsed(key, v)
}

// length reads a length of time that may be left out, and is 0 then.
func (t *table) length(key string) time.Duration {
	v, there := t.get(key, false)
	if !there {
		return 0
	}
	return t.parsed(key, v)
}

func (t *table) parsed(key string, v any) time.Duration {
	s, _ := v.(string)
	d, err := time.ParseDuration(s)
	if err != nil {
		t.wrong(key, "须为带引号的时长，例如 \"1.5s\"、\"30m\" 或 \"24h\"", "is a length of time in quotes, such as \"1.5s\", \"30m\" or \"24h\"")
	}
	return d
}

// yes reads true or false; nil when it is left out.
func (t *table) yes(key string) *bool {
	v, there := t.get(key, false)
	b, ok := v.(bool)
	if there && !ok {
		t.wrong(key, "须为 true 或 false", "is true or false")
	}
	if !ok {
		return nil
	}
	return &b
}

// instant reads a moment. It needs its offset from UTC, so that it is the same moment on every machine, and no fraction
// of a second, because the law carries whole ones.
func (t *table) instant(key string) time.Time {
	v, there := t.get(key, true)
	if !there {
		return time.Time{}
	}
	at, ok := v.(time.Time)
	if !ok || at.Nanosecond() != 0 {
		t.wrong(key, "须为带时区的时间，精确到秒，例如 2023-12-11T00:00:00+08:00", "is a time with its offset, in whole seconds, such as 2023-12-11T00:00:00+08:00")
	}
	return at.UTC()
}

// counts reads a list of numbers of vouchers.
func (t *table) counts(key string) []uint32 {
	v, there := t.get(key, true)
	list, ok := v.([]any)
	var all []uint32
	for _, v := range list {
		n, whole := v.(int64)
		ok = ok && whole && n >= 0 && n <= math.MaxUint32
		all = append(all, uint32(n))
	}
	if there && !ok {
		t.wrong(key, "须为各期数量的列表，例如 [3500, 1500]，不能为负", "is a list with a count for each phase, such as [3500, 1500], none negative")
		return nil
	}
	return all
}

// places reads a list of corners, each [latitude, longitude].
func (t *table) places(key string) []voucher.Place {
	v, there := t.get(key, false)
	list, ok := v.([]any)
	var all []voucher.Place
	for _, v := range list {
		pair, isPair := v.([]any)
		if !isPair || len(pair) != 2 {
			ok = false
			break
		}
		p := voucher.Place{Lat: degrees(pair[0]), Lon: degrees(pair[1])}
		ok = ok && onEarth(p)
		all = append(all, p)
	}
	if there && !ok {
		t.wrong(key, "须为 [纬度, 经度] 的列表（WGS-84），例如 [[33.74, 112.89], …]", "is a list of [latitude, longitude] in WGS-84, such as [[33.74, 112.89], ...]")
		return nil
	}
	return all
}

// degrees gives NaN for anything that is no number.
func degrees(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case int64:
		return float64(n)
	}
	return math.NaN()
}

func onEarth(p voucher.Place) bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180 // false for NaN
}
