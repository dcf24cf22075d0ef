package cashier

import "hexiao/hub/voucher"

const menuColumns = 3

// Events that the window does itself, beside the state: nothing that the desk knows changes by them.
type (
	filled struct{} // full screen on or off
	aside  struct{} // the window gets out of the way
)

// menu is everything that the window can do, each with its key.
func (s State) menu() []choice {
	practising := say.menuPractice
	if s.View.Practice {
		practising = say.practiceEnd
	}
	return []choice{
		{"leave", say.backToSale, turned(SalePage)},
		{"menu list", say.menuList, turned(ListPage)},
		{"menu shift", say.menuShift, turned(ShiftPage)},
		{"menu last", say.menuLast, recall{}},
		{"menu practice", practising, turned(PracticePage)},
		{"menu language", say.language, toggled{}},
		{"menu full", say.menuFull, filled{}},
		{"menu aside", say.menuAside, aside{}},
		{"menu settings", say.menuSettings, turned(PINPage)},
	}
}

// keyOf is the key that does the same as a button; empty for none.
var keyOf = map[string]string{"leave": "Esc", "menu": "F1", "menu list": "F2", "menu shift": "F3", "menu last": "F4", "print": "F6", "menu settings": "F8", "menu practice": "F9",
	"menu language": "F10", "menu full": "F11", "menu aside": "F12"}

var iconOf = map[string]icon{"leave": viewfind, "menu list": lines, "menu shift": drawer, "menu last": back, "menu practice": hat, "menu language": globe,
	"menu full": frame, "menu aside": hide, "menu settings": gear}

// languageName is a language in its own words.
func languageName(lang string) voucher.Text {
	if lang == "zh" {
		return tx("中文", "中文")
	}
	return tx("English", "English")
}

// onOff says how a switch stands, by word and sign.
func onOff(on bool) voucher.Text {
	if on {
		return tx("● "+say.on.Zh, "● "+say.on.En)
	}
	return tx("○ "+say.offWord.Zh, "○ "+say.offWord.En)
}
