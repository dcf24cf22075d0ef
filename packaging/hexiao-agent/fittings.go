package main

import (
	"hexiao/drivers"
	"hexiao/hub/voucher"
)

// fittings are the devices of this till as a handover says them: what is set up, whether it is there, and by which USB ids.
func (a *service) fittings() []voucher.Fitting {
	view := a.terminal.View()
	usb := map[string]string{}
	for _, s := range a.config.Scanners {
		usb[s.Name] = usbOf(s.Path)
	}
	var all []voucher.Fitting
	for _, s := range view.Scanners {
		all = append(all, voucher.Fitting{Kind: "scanner", Name: s.Name, USB: usb[s.Name], Connected: s.Connected})
	}
	for _, d := range view.Devices {
		all = append(all, voucher.Fitting{Kind: d.Kind, Name: d.Name, Connected: d.Connected})
	}
	return all
}

// usbOf gives the USB ids of a device as "VID:PID[:SERIAL]": those of its address, or of the port that it is; "" when none are known.
func usbOf(address string) string {
	usb, isUSB, err := drivers.ParseUSB(address)
	if err != nil {
		return ""
	}
	if !isUSB {
		usb = portUSB(address)
	}
	if usb.Vendor == "" {
		return ""
	}
	ids := usb.Vendor + ":" + usb.Product
	if usb.Serial != "" {
		ids += ":" + usb.Serial
	}
	return ids
}
