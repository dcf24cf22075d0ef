package main

import (
	"fmt"
	"slices"
	"strings"

	"hexiao/agent/desk"
	"hexiao/drivers"
)

// passOn is where codes go on to that are not for us. The whole section may be left out: they go nowhere then.
type passOn struct {
	To   string `toml:"to"`   // needed: "type", or a serial port
	Mode string `toml:"mode"` // of that port; "": 9600 8N1
	End  string `toml:"end"`  // "enter" or "none"; "": enter
}

// display is the tap on the customer display. Left out: there is none.
type display struct {
	From string `toml:"from"` // needed: the port that the POS writes to
	To   string `toml:"to"`   // the port of the real display; "": there is none
	Mode string `toml:"mode"` // of both; "": 9600 8N1
	Kind string `toml:"kind"` // "cd5220", "escpos" or "led8n"; "": it tells itself
	Show bool   `toml:"show"` // what is left to pay after a voucher is shown on it; false: only what the POS writes
}

const (
	typing = "type" // passOn.To of a keyboard

	aPassOn  = "[pass_on]"
	aDisplay = "[display]"
)

// checkDevices looks at the sections beside the scanners.
func (c *config) checkDevices() error {
	if p := c.PassOn; p != nil {
		if err := firstWrong(needed(aPassOn, "to", p.To), oneOf(aPassOn, "end", p.End, "", "enter", "none")); err != nil {
			return err
		}
		if p.To == typing && p.Mode != "" {
			return wrongUse(aPassOn+" 的 to 是 type，没有 mode", aPassOn+`: "type" has no mode`)
		}
		if keyboardShared && slices.ContainsFunc(c.Scanners, func(s scanner) bool { return s.Kind == keyboardKind }) {
			return wrongUse(keyboardKind+" 扫码枪打的字，收银软件本来就会收到，再用 "+aPassOn+" 会收到两次；请去掉 "+aPassOn+"，或把扫码枪设成串口或 HID POS 模式",
				"what a scanner of kind "+keyboardKind+" types reaches the POS anyway, and with "+aPassOn+" it would come twice; leave "+aPassOn+" out, or set the scanner to serial or HID POS mode")
		}
	}
	if d := c.Display; d != nil {
		if err := firstWrong(needed(aDisplay, "from", d.From), oneOf(aDisplay, "kind", d.Kind, "", "cd5220", "escpos", "led8n")); err != nil {
			return err
		}
		if samePort(d.From) == samePort(d.To) {
			return wrongUse(aDisplay+" 的 from 和 to 不能是同一个端口", aDisplay+": from and to cannot be the same port")
		}
		if d.Show && d.To == "" {
			return wrongUse(aDisplay+" 写了 show，但没有 to：不知道真正的客显在哪个端口", aDisplay+": show needs to, the port of the real display")
		}
	}
	if err := c.apart(); err != nil {
		return err
	}
	return c.Printer.check()
}

// apart refuses a port that is to be two things: a code that goes on to the scanner's own port would come back for ever.
func (c *config) apart() error {
	used := map[string]string{}
	use := func(port, as string) error {
		if other := used[samePort(port)]; other != "" && port != "" {
			return wrongUse(fmt.Sprintf("端口 %s 同时写在 %s 和 %s 里，只能用于一处", port, other, as), fmt.Sprintf("port %s is named by %s and by %s; it can be one of them", port, other, as))
		}
		used[samePort(port)] = as
		return nil
	}
	var wrong []error
	for _, s := range c.Scanners {
		used[samePort(s.Path)] = "[[scanner]]"
	}
	if c.PassOn != nil {
		wrong = append(wrong, use(c.PassOn.To, aPassOn+" to"))
	}
	if c.Display != nil {
		wrong = append(wrong, use(c.Display.From, aDisplay+" from"), use(c.Display.To, aDisplay+" to"))
	}
	if c.Printer != nil {
		wrong = append(wrong, use(strings.TrimSpace(c.Printer.To), "[printer] to"))
	}
	return firstWrong(wrong...)
}

// samePort is one spelling of an address, for comparing: the letters of USB ids and of COM ports may be of either case.
func samePort(address string) string {
	address = strings.TrimSpace(address)
	if usb, isUSB, err := drivers.ParseUSB(address); isUSB && err == nil {
		return usb.String()
	}
	if upper := strings.ToUpper(address); strings.HasPrefix(upper, "COM") {
		return upper
	}
	return address
}

func needed(section, key, value string) error {
	if value == "" {
		return wrongUse(section+" 没有 "+key, section+" has no "+key)
	}
	return nil
}

func oneOf(section, key, value string, all ...string) error {
	if slices.Contains(all, value) {
		return nil
	}
	return wrongUse(fmt.Sprintf("%s 的 %s 须为 %s 之一，不是 %q", section, key, choices(all), value), fmt.Sprintf("%s: %s is one of %s, not %q", section, key, choices(all), value))
}

func choices(all []string) string {
	said := ""
	for _, one := range all {
		if one != "" { // which stands for left out
			said += ", " + fmt.Sprintf("%q", one)
		}
	}
	return said[2:]
}

func firstWrong(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// setup is the devices' part as the desk shows it.
func (c config) setup() desk.DeviceSetup {
	d := desk.DeviceSetup{
		PassOn:  withoutTags(c.PassOn, func(p passOn) desk.PassOnSetup { return desk.PassOnSetup(p) }),
		Display: withoutTags(c.Display, func(p display) desk.DisplaySetup { return desk.DisplaySetup(p) }),
		Printer: withoutTags(c.Printer, func(p slipPrinter) desk.PrinterSetup { return desk.PrinterSetup(p) }),
	}
	for _, s := range c.Scanners {
		d.Scanners = append(d.Scanners, desk.ScannerSetup(s))
	}
	return d
}

// with is the settings with other devices.
func (c config) with(d desk.DeviceSetup) config {
	c.Scanners = nil
	for _, s := range d.Scanners {
		c.Scanners = append(c.Scanners, scanner(s))
	}
	c.PassOn = withoutTags(d.PassOn, func(p desk.PassOnSetup) passOn { return passOn(p) })
	c.Display = withoutTags(d.Display, func(p desk.DisplaySetup) display { return display(p) })
	c.Printer = withoutTags(d.Printer, func(p desk.PrinterSetup) slipPrinter { return slipPrinter(p) })
	return c
}

// withoutTags copies a section that may be missing.
func withoutTags[A, B any](from *A, to func(A) B) *B {
	if from == nil {
		return nil
	}
	b := to(*from)
	return &b
}

// checked is a copy with its defaults filled in, or what is wrong with it. What is written down stays as it is.
func (c config) checked() (config, error) {
	c.Scanners = slices.Clone(c.Scanners)
	return c, c.check()
}
