package main

import (
	"hexiao/drivers"
	"hexiao/hub/voucher"
)

// fittings are the devices of this till as a handover says them: what is set up now, whether it is there, and by which USB ids.
func (b *bench) fittings() []voucher.Fitting {
	b.mu.Lock()
	now := b.now
	b.mu.Unlock()
	type device struct{ check, name string }
	m, usb := thisPC(b.getenv), map[device]string{}
	for _, t := range now.targets() {
		usb[device{t.check, t.name}] = m.usbOf(t.kind, t.path)
	}
	view := b.terminal.View()
	var all []voucher.Fitting
	for _, s := range view.Scanners {
		all = append(all, voucher.Fitting{Kind: "scanner", Name: s.Name, USB: usb[device{"scanner", s.Name}], Connected: s.Connected})
	}
	for _, d := range view.Devices {
		all = append(all, voucher.Fitting{Kind: d.Kind, Name: d.Name, USB: usb[device{d.Kind, d.Name}], Connected: d.Connected})
	}
	return all
}

// usbOf gives the USB ids of a device as "VID:PID[:SERIAL]": those of the only one of its kind that its address means, else
// those that its address says; "" when none are known.
func (m pc) usbOf(kind, address string) string {
	var meant []drivers.USB
	for _, k := range m.kinds {
		if k.kind != kind {
			continue
		}
		there, _ := k.list() // without it only the address is known
		for _, p := range there {
			if means(address, p) {
				meant = append(meant, p.USB)
			}
		}
	}
	if len(meant) == 1 {
		return ids(meant[0])
	}
	said, _, err := drivers.ParseUSB(address)
	if err != nil {
		return ""
	}
	return ids(said)
}

func ids(usb drivers.USB) string {
	switch {
	case usb.Vendor == "":
		return ""
	case usb.Serial == "":
		return usb.Vendor + ":" + usb.Product
	}
	return usb.Vendor + ":" + usb.Product + ":" + usb.Serial
}
