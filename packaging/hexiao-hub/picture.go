package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/office"
	"hexiao/ui/console"
)

// page is a file for the picture of a merchant.
type page struct{ merchant, file string }

func pagesOf(p *program, asked []string) (all []page, err error) {
	for _, a := range asked {
		merchant, file, ok := strings.Cut(a, "=")
		if !ok || merchant == "" || file == "" {
			return nil, misuse{errors.New(p.say("--picture 须写成 商户=文件.html，不是 ", "--picture takes MERCHANT=FILE.html, not ") + a)}
		}
		all = append(all, page{merchant, file})
	}
	return all, nil
}

// pages writes the pictures.
func pages(p *program, all []page, found map[string]*office.Picture) error {
	for _, f := range all {
		pic := found[f.merchant]
		if pic.Why == nil && pic.Shop.Merchant == "" {
			return said{fmt.Sprintf(p.say("数据流和商户登记里都没有商户 %s", "there is no merchant %s in stream or registry"), f.merchant)}
		}
		file, err := os.Create(f.file)
		if err != nil {
			return err
		}
		if err := errors.Join(caseFile(f.merchant, pic).Write(file, p.lang), file.Close()); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
	}
	return nil
}

// caseFile makes the page's contents of what a replay gathered. There is no case, and nobody has done anything yet.
func caseFile(merchant string, pic *office.Picture) *console.CaseFile {
	f := &console.CaseFile{Merchant: merchant, Trade: pic.Trade, Town: pic.Town, Made: time.Now(), Until: at(pic.Until), Rules: pic.Rules,
		High: pic.High, HighAt: at(pic.HighAt), Cut: pic.Cut, Shop: point(pic.Shop.Place), Open: pic.Shop.Open, Close: pic.Shop.Close}
	if pic.Why != nil {
		f.Score, f.Why = pic.Why.Score, console.Reasons(pic.Why)
	}
	sum := 0
	for _, n := range pic.PeerHours {
		sum += n
	}
	for h, n := range pic.PeerHours {
		f.PeerHours[h] = float64(n) / float64(max(sum, 1))
	}
	for i := range pic.Rows {
		f.Rows = append(f.Rows, rowOf(&pic.Rows[i]))
	}
	return f
}

func rowOf(r *office.PictureRow) console.Row {
	e := &r.Event
	row := console.Row{ID: r.ID, Terminal: e.Terminal, Time: at(e.Time), Arrived: at(e.Arrived), Tier: e.Tier, Threshold: r.Threshold, Bill: e.Bill, Face: e.Face,
		Voucher: e.Voucher, Person: short(e.Person), Device: short(e.Device), Payer: short(e.Payer), Claimed: at(e.Claimed), ClaimAt: point(e.ClaimAt), Fix: point(e.Fix),
		Offline: e.Offline, Suspected: r.Suspected}
	if r.Voided > 0 {
		voided := at(r.Voided)
		row.Voided = &voided
	}
	for _, s := range r.Signals {
		row.Signals = append(row.Signals, s.String())
	}
	return row
}

// at is a time of an event; 0 is none.
func at(t int64) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(t, 0).In(china)
}

func point(p cashout.Place) *console.Point {
	if !p.Known() {
		return nil
	}
	return &console.Point{Lat: p.Lat, Lon: p.Lon}
}

// short is enough of a hash to tell two apart within one case.
func short(hash uint64) string {
	if hash == 0 {
		return ""
	}
	return fmt.Sprintf("%08x", uint32(hash^hash>>32))
}
