package cashier

import (
	"errors"
	"net/http"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// trouble is a thing that the window asked of the desk and that was not done.
type trouble int

const (
	billTrouble trouble = iota
	scanTrouble
	pictureTrouble
	undoTrouble
	printTrouble
	listTrouble
	shiftTrouble
	closeTrouble
	practiceTrouble
	pinTrouble
	settingTrouble
	checkTrouble
	lookTrouble
	fitTrouble
	laneTrouble
	codeTrouble
	acceptTrouble
)

// say is what the cashier reads: the desk's own sentence where it gave one.
func (t trouble) say(err error) voucher.Text {
	if refusal := new(desk.Error); errors.As(err, &refusal) && refusal.Text.En != "" {
		return joined(refusal.Text, denied[t])
	}
	return unheard[t]
}

// unheard is said when nothing answered: nobody knows then whether it was done.
var unheard = map[trouble]voucher.Text{
	billTrouble:     tx("金额没有记下，请重新输入。", "The amount was not taken; enter it again."),
	scanTrouble:     tx("这一扫没有送到，请再扫一次。", "That scan did not get through; scan again."),
	pictureTrouble:  tx("图片没有送到，请再试一次。", "The picture did not get through; try again."),
	undoTrouble:     tx("不知道有没有撤销，请在当日清单里核对。", "It is not known whether it was voided; look at the day's list."),
	printTrouble:    tx("不知道小票有没有打出来；没有就再打印一次，会标“补打”。", "It is not known whether the slip was printed; if not, print it again, and it says COPY."),
	listTrouble:     tx("清单没有取到，联上后会自动重取。", "The list could not be fetched; it is tried again by itself."),
	shiftTrouble:    tx("本班的数字没有取到，联上后会自动重取。", "The shift's figures could not be fetched; it is tried again by itself."),
	closeTrouble:    tx("不知道有没有交班，请看“以前的班”。", "It is not known whether the shift was closed; look at the earlier shifts."),
	practiceTrouble: tx("练习没有切换，请再试一次。", "Practice was not switched; try again."),
	pinTrouble:      tx("PIN 没有核对成，请再试一次。", "The PIN could not be checked; try again."),
	settingTrouble:  tx("设置没有改成，请再试一次。", "The setting was not changed; try again."),
	checkTrouble:    tx("没有检查成，请按“重新检查”。", "This PC could not be checked; press “Check again”."),
	lookTrouble:     tx("没有查到设备，请按“重新查找”。", "The devices could not be looked for; press “Look again”."),
	fitTrouble:      tx("不知道设备有没有设好，请按“重新查找”。", "It is not known whether the device was set up; press “Look again”."),
	laneTrouble:     tx("通道测试没有开始或结束，请再试一次。", "The lane test was not begun or ended; try again."),
	codeTrouble:     tx("测试码没有取到，会自动重取。", "The test code could not be fetched; it is tried again by itself."),
	acceptTrouble:   tx("不知道有没有验收，请看下面的验收记录，没有就再按一次。", "It is not known whether the till was accepted; look at the record, and press again if there is none."),
}

// denied follows the desk's own sentence: it is known that nothing was done.
var denied = map[trouble]voucher.Text{
	billTrouble:  unheard[billTrouble],
	scanTrouble:  unheard[scanTrouble],
	undoTrouble:  tx("没有撤销。", "It was not voided."),
	closeTrouble: tx("没有交班。", "The shift was not closed."),
}

// behindPIN is say for what needs the PIN. The guide asks for it only at its door: a PIN that no longer holds was changed
// elsewhere, and each further try would count as a wrong one. Where the desk only says to wait, it may still hold.
func behindPIN(t trouble, err error) voucher.Text {
	if refusal := new(desk.Error); errors.As(err, &refusal) && refusal.Status == http.StatusForbidden {
		return joined(t.say(err), guide.pinElsewhere)
	}
	return t.say(err)
}

func joined(a, b voucher.Text) voucher.Text {
	if b == (voucher.Text{}) {
		return a
	}
	return voucher.Text{Zh: a.Zh + b.Zh, En: a.En + " " + b.En}
}
