package office

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// ReadShops reads a registry file: one JSON object a line. Errors: *BadLine for the first line that is not as it should
// be, else the reader's.
func ReadShops(in io.Reader) ([]cashout.Shop, error) {
	var all []cashout.Shop
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	first := map[string]int{}
	n := 1
	for ; lines.Scan(); n++ {
		raw := bytes.TrimSpace(lines.Bytes())
		if n == 1 {
			raw = bytes.TrimPrefix(raw, byteOrder)
		}
		if len(raw) == 0 {
			continue
		}
		shop, err := readShop(raw, n)
		if err != nil {
			return nil, err
		}
		if at, twice := first[shop.Merchant]; twice {
			return nil, badShop(n, fmt.Sprintf("商户 %s 已在第 %d 行登记", shop.Merchant, at), fmt.Sprintf("%s stands in line %d already", shop.Merchant, at))
		}
		first[shop.Merchant] = n
		all = append(all, shop)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, badShop(n, "超过 1 MiB", "longer than 1 MiB")
	}
	return all, lines.Err()
}

func badShop(n int, zh, en string) error {
	return &BadLine{Line: n, Code: "registry", Text: voucher.Text{Zh: "商户登记：" + zh, En: "registry: " + en}}
}

// shopLine is a line of a registry file. Hours are null where they were not declared.
type shopLine struct {
	Merchant  string        `json:"merchant"`
	Industry  voucher.Trade `json:"industry"`
	Township  string        `json:"township"`
	Lat       *float64      `json:"lat"`
	Lon       *float64      `json:"lon"`
	Open      *int          `json:"open_hour"`
	Close     *int          `json:"close_hour"`
	Terminals []string      `json:"terminals"`
}

func readShop(raw []byte, n int) (cashout.Shop, error) {
	bad := func(zh, en string) error { return badShop(n, zh, en) }
	var l shopLine
	if err := json.Unmarshal(raw, &l); err != nil {
		return cashout.Shop{}, bad("不是完整的 JSON 对象："+err.Error(), "not a whole JSON object: "+err.Error())
	}
	s := cashout.Shop{Merchant: l.Merchant, Trade: l.Industry, Town: l.Township}
	switch {
	case l.Merchant == "":
		return s, bad("缺少 merchant", "lacks merchant")
	case (l.Lat == nil) != (l.Lon == nil) || l.Lat != nil && (math.Abs(*l.Lat) > 90 || math.Abs(*l.Lon) > 180):
		return s, bad("lat、lon 不是位置", "lat and lon are no position")
	case (l.Open == nil) != (l.Close == nil) || l.Open != nil && (*l.Open < 0 || *l.Open > 24 || *l.Close < *l.Open || *l.Close > 48):
		return s, bad("营业时间须为 0 到 48 的整点，且先开后关", "hours must be whole, 0 to 48, and open before close")
	}
	if l.Lat != nil {
		s.Place = cashout.Place{Lat: *l.Lat, Lon: *l.Lon}
	}
	if l.Open != nil {
		s.Open, s.Close = *l.Open, *l.Close
	}
	return s, nil
}
