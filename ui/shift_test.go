package ui_test

import (
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

func TestCompare(t *testing.T) {
	since := time.Date(2023, 12, 11, 18, 2, 0, 0, time.FixedZone("", 8*3600))
	for _, c := range []struct {
		name   string
		c      ui.Compared
		zh, en string
		next   bool
	}{
		{"they agree", ui.Compared{Online: true}, "一致", "agree", false},
		{"they agree though the line is down", ui.Compared{Silent: since}, "一致", "agree", false},
		{"some are on their way", ui.Compared{Waiting: 3, Online: true}, "3 笔等待上报。", "3 wait to be reported.", true},
		{"the hub is silent", ui.Compared{Waiting: 3, Silent: since}, "中心自 2023-12-11 18:02 起联系不上", "silent since 2023-12-11 18:02", true},
		{"the hub was never there", ui.Compared{Waiting: 1}, "还没有联系上中心", "has not been reached yet", true},
		{"some were not confirmed", ui.Compared{Against: 2, Online: true}, "2 笔与中心不一致", "2 differ from the hub's records, and the campaign office decides.", true},
		{"both", ui.Compared{Against: 2, Waiting: 5, Silent: since}, "另有 5 笔等待上报，中心自", "5 more wait to be reported; the hub", true},
		{"it holds them no more", ui.Compared{Kept: true}, "交班时的数", "as it was at the close", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ui.Compare(c.c)
			speaks(t, "message", s.Message)
			if !strings.Contains(s.Message.Zh, c.zh) || !strings.Contains(s.Message.En, c.en) {
				t.Errorf("%q", s.Message)
			}
			if !c.next {
				if s.Next != (voucher.Text{}) {
					t.Errorf("something is to be done: %q", s.Next)
				}
				return
			}
			speaks(t, "next", s.Next)
		})
	}
}

func TestTiersAreCalledByWhatTheyDo(t *testing.T) {
	got := ui.Tier(voucher.Dining, 10_00, 50_00)
	if got.Zh != "餐饮 满 ¥50.00 减 ¥10.00" || got.En != "restaurant, ¥10.00 off from ¥50.00" {
		t.Errorf("%q", got)
	}
	speaks(t, "another tier", ui.OtherTier())
}
