package main

import (
	"path/filepath"
	"testing"

	"hexiao/agent/desk"
)

func TestStatusListsTheDevices(t *testing.T) {
	left, from := filepath.Join(t.TempDir(), "left"), filepath.Join(t.TempDir(), "from")
	newScanner(t, left)
	newScanner(t, from)
	away, gone := filepath.Join(t.TempDir(), "lp0"), filepath.Join(t.TempDir(), "to")
	a, file := atBench(t, "[[scanner]]\npath = \""+left+"\"\n[display]\nfrom = \""+from+"\"\n[printer]\nto = \""+away+"\"\n[pass_on]\nto = \""+gone+"\"\n")
	a.until(t, "word of all of them", func(v desk.View) bool {
		return len(v.Scanners) == 1 && v.Scanners[0].Connected && len(v.Devices) == 3 && connected(v, desk.DisplayDevice) && problemOf(v, desk.PrinterDevice) && problemOf(v, desk.PassOnDevice)
	})
	data := filepath.Dir(file)
	do(t, "status", "--data", data).want(t, 0, "scanner "+left+": connected\n").want(t, 0, "display "+from+": connected\n").
		want(t, 0, "printer "+away+": Printer "+away+" was not found").want(t, 0, "pass-on "+gone+": Device "+gone+" was not found")
	doIn(t, "zh_CN.UTF-8", "status", "--data", data).want(t, 0, "客显 "+from+"：已连接\n").want(t, 0, "打印机 "+away+"：没有找到打印机").want(t, 0, "转给收银软件 "+gone+"：没有找到设备")
	do(t, "status", "--data", data, "--json").want(t, 0, `{"kind":"printer","name":"`+away+`","connected":false,"problem":{"zh":"没有找到打印机`).
		want(t, 0, `{"kind":"display","name":"`+from+`","connected":true`)
}

func connected(v desk.View, kind string) bool {
	for _, d := range v.Devices {
		if d.Kind == kind && d.Connected {
			return true
		}
	}
	return false
}

func problemOf(v desk.View, kind string) bool {
	for _, d := range v.Devices {
		if d.Kind == kind && !d.Connected && d.Problem.En != "" {
			return true
		}
	}
	return false
}
