package ui_test

import (
	"strings"
	"testing"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

var laneSteps = []string{ui.LaneCode, ui.LaneScan, ui.LaneAnswer, ui.LaneRecord, ui.LaneVoid, ui.LanePrint}

func TestEveryStepOfALaneTestIsSaid(t *testing.T) {
	for _, step := range laneSteps {
		for _, state := range []string{ui.LaneTodo, ui.LaneNow, ui.LaneDone, ui.LaneFailed} {
			for _, l := range []ui.Lane{{}, {Offline: true}, {Scanner: "左边的扫码枪", MS: 12}, {Old: true}, {Ended: true}, {Refused: voucher.MerchantNotActive},
				{Answer: ui.Sentence(voucher.HubSilent, ui.Details{Lane: true})}} {
				l.Step, l.State = step, state
				said := ui.SayLane(l)
				if said.Message.Zh == "" || said.Message.En == "" || (said.Next.Zh == "") != (said.Next.En == "") {
					t.Errorf("%+v: %+v", l, said)
				}
				if wants := state == ui.LaneNow || state == ui.LaneFailed; wants != (said.Next.Zh != "") {
					t.Errorf("%+v says to do: %q", l, said.Next.Zh)
				}
			}
		}
	}
	said := ui.SayLane(ui.Lane{Step: ui.LaneAnswer, State: ui.LaneDone, MS: 42})
	if !strings.Contains(said.Message.Zh, "42 毫秒") || !strings.Contains(said.Message.En, "in 42 ms") {
		t.Errorf("%+v", said)
	}
}

func TestALaneTestSpeaksOfNoMoney(t *testing.T) {
	for _, d := range []ui.Details{{Lane: true}, {Lane: true, Void: true, Answer: voucher.Final}, {Lane: true, Void: true, Answer: voucher.Provisional}} {
		said := ui.Sentence(voucher.OK, d)
		if strings.Contains(said.Message.Zh+said.Next.Zh, "¥") || !strings.Contains(said.Next.En, "nothing is collected") {
			t.Errorf("%+v: %+v", d, said)
		}
	}
	for _, r := range voucher.Reasons() {
		if said := ui.Sentence(r, ui.Details{Lane: true}); r != voucher.OK && (said.Message.Zh == "" || said.Next.Zh == "") {
			t.Errorf("%s: %+v", r, said)
		}
	}
}
