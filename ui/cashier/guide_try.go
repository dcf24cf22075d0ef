package cashier

import (
	"slices"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// noBill takes the amount away, so that a voucher that is tried is not redeemed.
type noBill struct{}

// maxHeard is how many scans are shown.
const maxHeard = 3

// heardScan takes a scan, whatever it was. The one before is kept once, however often it is read while it lies there.
func (s State) heardScan(h desk.Heard) State {
	if !s.trying() {
		return s
	}
	s.Touched = s.Now // whoever scans is there
	g := s.Guide
	if len(g.Heard) > 0 && like(g.Heard[0], h) {
		g.Heard = g.Heard[1:]
	}
	g.Heard = append([]desk.Heard{h}, g.Heard...)
	g.Heard = g.Heard[:min(len(g.Heard), maxHeard)]
	if h.Kind != voucher.DamagedScan.String() && !slices.Contains(g.Works, h.Device) {
		g.Works = append(slices.Clone(g.Works), h.Device)
	}
	s.Guide = g
	return s
}

func like(a, b desk.Heard) bool {
	return a.Device == b.Device && a.Masked == b.Masked && a.Kind == b.Kind && a.Bytes == b.Bytes
}

// here takes an answer that does not fill the window.
func (s State) here(a desk.Answer) State {
	s.Guide.Told, s.Touched = &a, s.Now
	return s
}

func (s State) noBill() State {
	if s.Page == GuidePage {
		s.Entry = Entry{Own: true}
	}
	return s
}

// heardWord is what a scan was, and what to do about it; the second is empty where nothing is to be done.
func heardWord(h desk.Heard) (what, next voucher.Text) {
	switch h.Kind {
	case desk.VoucherHeard:
		return guide.heardVoucher, voucher.Text{}
	case voucher.PaymentCode.String():
		if h.Title != (voucher.Text{}) {
			return h.Title, voucher.Text{}
		}
		return guide.heardPayment, voucher.Text{}
	case voucher.GoodsBarcode.String():
		return guide.heardGoods, voucher.Text{}
	case voucher.DamagedScan.String():
		return guide.heardDamaged, joined(ui.Sentence(voucher.DamagedScan, ui.Details{Answer: voucher.ScanAgain}).Next, guide.damagedNext)
	}
	return guide.heardOther, voucher.Text{}
}
