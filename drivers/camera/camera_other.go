//go:build !linux

package camera

import "hexiao/drivers"

// linuxOnly is the problem of every camera on other systems.
var linuxOnly = drivers.Problem{
	Code: "unsupported",
	ZH:   "摄像头扫码目前只支持 Linux：请用扫码枪，或把消费券的截图拖进、粘贴到收银窗口",
	EN:   "Reading codes with a camera works on Linux only: use a scanner, or drop or paste a screenshot of the voucher into the till window",
}

// List gives none: there is no way to read one here that was tried.
func List() ([]drivers.Plugged, error) { return nil, nil }

func finder(string, drivers.USB, bool) func() (string, error) {
	return func() (string, error) { return "", linuxOnly }
}

func open(string, size) (source, error) { return nil, linuxOnly }

func (c *Camera) openProblem(_ string, err error) error { return err }
