package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestShiftsOfATillWithoutItsHub(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 3)
	h.Close()
	a := start(t, dir)
	do(t, "shift", "show", "--data", dir).want(t, 0, "shift 1: redemptions 0")
	do(t, "redeem", "--data", dir, "--bill", "58", code(1)).want(t, 3, "")
	do(t, "redeem", "--data", dir, "--bill", "62", code(2)).want(t, 3, "")
	do(t, "void", "--data", dir, "T000001-1-2").want(t, 3, "")

	en := do(t, "shift", "show", "--data", dir).want(t, 0, "shift 1, since ")
	for _, says := range []string{"redemptions 1, bills ¥58.00, ¥10.00 off", "restaurant, ¥10.00 off from ¥50.00: 1", "of these not yet confirmed: 1", "voided: 1, bills ¥62.00", "2 wait to be reported; the hub has"} {
		en.want(t, 0, says)
	}
	zh := doIn(t, "zh_CN.UTF-8", "shift", "show", "--data", dir).want(t, 0, "第 1 班，自 ")
	for _, says := range []string{"1 笔，账单 ¥58.00，减 ¥10.00", "餐饮 满 ¥50.00 减 ¥10.00", "其中待确认：1 笔", "已撤销：1 笔", "有 2 笔等待上报"} {
		zh.want(t, 0, says)
	}
	do(t, "status", "--data", dir).want(t, 0, "practice: off\nshift 1, since ")
	doIn(t, "zh_CN.UTF-8", "status", "--data", dir).want(t, 0, "练习：没有进行\n第 1 班，自 ")

	do(t, "shift", "close", "--data", dir, "2").want(t, 1, "there is no shift 2 yet")
	var closed desk.Shift
	if d := do(t, "shift", "close", "--data", dir, "--json").want(t, 0, ""); json.Unmarshal([]byte(d.out), &closed) != nil || closed.Number != 1 || closed.Until == nil || closed.Standing.Face != 10_00 {
		t.Errorf("%s", d.out)
	}
	do(t, "shift", "close", "--data", dir, "1").want(t, 0, "shift 1, ")
	do(t, "shift", "show", "--data", dir).want(t, 0, "shift 2, since ")
	list := func() string {
		t.Helper()
		d := do(t, "shift", "list", "--data", dir, "--json").want(t, 0, `"number":1`)
		if strings.Count(d.out, "\n") != 1 {
			t.Errorf("%s", d.out)
		}
		return d.out
	}
	before := list()
	do(t, "shift", "list", "--data", dir).want(t, 0, "    2 wait to be reported")
	if code := a.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, a.log)
	}
	d := do(t, "status", "--data", dir, "--json").want(t, 0, `"running":false`)
	var ended status
	if err := json.Unmarshal([]byte(d.out), &ended); err != nil || ended.Shift == nil || ended.Shift.Number != 2 {
		t.Errorf("%s, %v", d.out, err)
	}
	start(t, dir)
	if after := list(); shiftOf(t, after).Standing != shiftOf(t, before).Standing {
		t.Errorf("after a restart: %s\nbefore: %s", after, before)
	}
}

func shiftOf(t *testing.T, line string) (s desk.Shift) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDamagedFilesAreSaid(t *testing.T) {
	dir, h := enrolled(t)
	h.Close()
	for _, name := range []string{"settings.json", "shifts.log"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("nonsense\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, dir)
	do(t, "status", "--data", dir).want(t, 0, "! Records of closed shifts were damaged").want(t, 0, "! This till's settings were damaged")
	doIn(t, "zh_CN.UTF-8", "status", "--data", dir).want(t, 0, "! 交班记录有损坏").want(t, 0, "! 本机的设置文件损坏")
}

// Practice through the desk, as a window and POS software meet it.
func TestPracticeAtTheDesk(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 2)
	h.Close()
	a := start(t, dir)
	if err := a.Practise(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	do(t, "status", "--data", dir).want(t, 0, "practice: on")
	doIn(t, "zh_CN.UTF-8", "status", "--data", dir).want(t, 0, "练习：正在进行")
	do(t, "redeem", "--data", dir, "--bill", "58", code(1)).want(t, 4, "This till is practising")
	do(t, "shift", "close", "--data", dir).want(t, 1, "end practice first")
	events := a.Events(t.Context())
	<-events
	if err := a.SetBill(t.Context(), desk.Bill{Fen: 58_00, Source: "typed"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Scan(t.Context(), desk.PractiseGood); err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Answer == nil {
			continue
		}
		if e.Answer.Answer != voucher.Final || !e.Answer.Practice || e.Answer.Redemption != "PRACTICE-1-1" {
			t.Errorf("%+v", e.Answer)
		}
		break
	}
	do(t, "journal", "list", "--data", dir).want(t, 0, "redeemed (practice)")
	do(t, "void", "--data", dir, "PRACTICE-1-1").want(t, 0, "(practice)")
	if err := a.Practise(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	do(t, "void", "--data", dir, "PRACTICE-1-1").want(t, 4, "no such redemption")
	do(t, "redeem", "--data", dir, "--bill", "58", code(1)).want(t, 3, "T000001-1-1")
}
