//go:build !linux && !windows

package typist

import "hexiao/drivers"

// Place is what the keyboard is called that codes would be typed on.
const Place = "keyboard"

func find() (string, error) {
	return "", drivers.Problem{
		Code: "unsupported",
		ZH:   "本系统上还不能模拟键盘：请把 [pass_on] 的 to 改为串口（如 COM5），收银软件从那里读码",
		EN:   "Nothing can be typed on this system: set [pass_on] to a serial port, such as COM5, and have the POS read codes there",
	}
}

func openKeyboard() (device, error) {
	_, err := find()
	return nil, err
}
