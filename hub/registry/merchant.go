package registry

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hexiao/hub/voucher"
)

// merchant reads a row's cells and names those that are wrong.
func (r row) merchant() voucher.Merchant {
	m := voucher.Merchant{
		Code:     r.code(),
		Name:     r.text("name", true),
		Trade:    r.trade(),
		Township: r.text("township", false),
		USCC:     r.uscc(),
		Place:    r.shop(),
		Status:   r.status(),
	}
	m.Open, m.Close = r.hours()
	return m
}

const maxCode = 32

func (r row) code() voucher.MerchantID {
	s := r.cell("code")
	if s == "" || len(s) > maxCode || !made(s, codeLetters) {
		r.bad("code", fmt.Sprintf("%s 不能用作编号：1 到 %d 个字母、数字、- 或 _（长数字在表格中须设为文本格式）", quote(s), maxCode),
			fmt.Sprintf("%s is no code: 1 to %d letters, digits, - or _ (in a spreadsheet, long numbers need the format text)", quote(s), maxCode))
		return ""
	}
	return voucher.MerchantID(s)
}

const codeLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// made tells whether a text has no other letters than those given.
func made(s, of string) bool {
	for i := range len(s) {
		if strings.IndexByte(of, s[i]) < 0 {
			return false
		}
	}
	return true
}

// maxNameRunes is enough for a registered name (the longest in use have some 60 characters).
const maxNameRunes = 100

func (r row) text(column string, must bool) string {
	s := r.cell(column)
	switch {
	case must && s == "":
		r.bad(column, "不能为空", "must not be empty")
	case utf8.RuneCountInString(s) > maxNameRunes:
		r.bad(column, fmt.Sprintf("超过 %d 个字符", maxNameRunes), fmt.Sprintf("has more than %d characters", maxNameRunes))
	case !plain(s):
		r.bad(column, "含有换行或控制字符", "has line breaks or control characters")
	}
	return s
}

func (r row) trade() voucher.Trade {
	t := voucher.Trade(r.cell("trade"))
	if !t.Known() {
		r.bad("trade", quote(string(t))+" 不是行业；行业为 supermarket（商超）、dining（餐饮）或 fuel（加油）",
			quote(string(t))+" is no trade; it is supermarket, dining or fuel")
	}
	return t
}

// status takes what a list may say; a suspension needs a reason, which a list has no place for.
func (r row) status() voucher.MerchantStatus {
	s := voucher.MerchantStatus(r.cell("status"))
	if s != voucher.MerchantActive && s != voucher.MerchantApplied {
		r.bad("status", quote(string(s))+" 不是名单中的状态；须为 active 或 applied（暂停请用 `hexiao-hub merchant suspend`）",
			quote(string(s))+" is no status of a list; it is active or applied (to suspend, use `hexiao-hub merchant suspend`)")
	}
	return s
}

// uscc reads a unified social credit code; small shops often have none.
func (r row) uscc() string {
	s := strings.ToUpper(r.cell("uscc"))
	if s != "" && !goodUSCC(s) {
		r.bad("uscc", quote(s)+" 不是统一社会信用代码：18 位，校验位须正确；没有则留空（在表格中须设为文本格式）",
			quote(s)+" is no unified social credit code: 18 characters with a check digit that holds; leave it empty when there is none (in a spreadsheet it needs the format text)")
	}
	return s
}

// GB 32100-2015: 18 characters of an alphabet without I, O, S, V and Z, weighed with the powers of 3 modulo 31.
const usccLetters = "0123456789ABCDEFGHJKLMNPQRTUWXY"

func goodUSCC(s string) bool {
	if len(s) != 18 || !made(s, usccLetters) {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		sum += weight * strings.IndexByte(usccLetters, s[i])
		weight = weight * 3 % 31
	}
	return s[17] == usccLetters[(31-sum%31)%31]
}

// shop reads latitude and longitude, which stand together or not at all.
func (r row) shop() *voucher.Place {
	if r.cell("lat") == "" && r.cell("lon") == "" {
		return nil
	}
	return &voucher.Place{Lat: r.degrees("lat", 90), Lon: r.degrees("lon", 180)}
}

func (r row) degrees(column string, most float64) float64 {
	s := r.cell(column)
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !made(s, "-.0123456789") || n < -most || n > most {
		r.bad(column, fmt.Sprintf("%s 不是 -%[2]g 到 %[2]g 之间的度数（WGS-84）；纬度和经度须同时填写或同时留空", quote(s), most),
			fmt.Sprintf("%s is no number of degrees from -%[2]g to %[2]g (WGS-84); latitude and longitude stand together, or both are empty", quote(s), most))
		return 0
	}
	return n
}

// The latest a shop may close, 06:00 of the next day.
const latestClose = 30 * 60

// hours reads when a shop opens and closes; both are empty when it is not known.
func (r row) hours() (open, close string) {
	if r.cell("open") == "" && r.cell("close") == "" {
		return "", ""
	}
	o, openKnown := r.clock("open", 24*60-1)
	c, closeKnown := r.clock("close", latestClose)
	if openKnown && closeKnown && c <= o {
		r.bad("close", fmt.Sprintf("关门时间 %s 不晚于开门时间 %s；过午夜请继续累加，例如次日 2 点写 26:00", hhmm(c), hhmm(o)),
			fmt.Sprintf("closing at %s is not after opening at %s; past midnight count on, such as 26:00 for two o'clock", hhmm(c), hhmm(o)))
	}
	return hhmm(o), hhmm(c)
}

func (r row) clock(column string, latest int) (minutes int, known bool) {
	s := r.cell(column)
	minutes, ok := parseClock(s)
	if !ok || minutes > latest {
		r.bad(column, fmt.Sprintf("%s 不是时间：须为 HH:MM 或小时数，最晚 %s；开门和关门须同时填写或同时留空", quote(s), hhmm(latest)),
			fmt.Sprintf("%s is no hour: HH:MM or a number of hours, at the latest %s; open and close stand together, or both are empty", quote(s), hhmm(latest)))
		return 0, false
	}
	return minutes, true
}

func hhmm(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// parseClock reads "7", "7.5", "7:30", "07:30" and "07:30:00", with the colon of either width: what people type and
// spreadsheets make of it.
func parseClock(s string) (minutes int, ok bool) {
	hour, rest, timed := strings.Cut(strings.ReplaceAll(s, "：", ":"), ":")
	if !timed {
		return parseHours(s)
	}
	minute, second, long := strings.Cut(rest, ":")
	h, okHour := twoDigits(hour)
	m, okMinute := twoDigits(minute)
	if !okHour || !okMinute || len(minute) != 2 || m > 59 || long && second != "00" {
		return 0, false
	}
	return h*60 + m, true
}

// parseHours reads a number of hours that comes out as whole minutes: 7, 7.5, 7.25.
func parseHours(s string) (minutes int, ok bool) {
	hour, part, pointed := strings.Cut(s, ".")
	if !pointed {
		part = "0"
	}
	h, okHour := twoDigits(hour)
	p, okPart := twoDigits(part)
	if len(part) == 1 {
		p *= 10
	}
	if !okHour || !okPart || p*60%100 != 0 {
		return 0, false
	}
	return h*60 + p*60/100, true
}

func twoDigits(s string) (int, bool) {
	if len(s) < 1 || len(s) > 2 || !made(s, "0123456789") {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
