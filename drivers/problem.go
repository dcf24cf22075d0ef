package drivers

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Problem is what keeps a device from being read, in a sentence for the person at the till. It is an error.
// Two problems are the same when their codes are; errors.As finds it.
type Problem struct {
	// Code is of every device: "missing", "permission", "busy", "lost", "ambiguous", "unsupported", "failed"; of scanners and cameras: "not_a_scanner",
	// "descriptor_limit", "no_format", "no_frames"; of what is written to: "stuck", "not_a_printer", "no_paper", "cover_open", "offline", "unreachable",
	// "ended". Empty: none.
	Code string
	ZH   string // names the place and the cure
	EN   string
}

// Error implements error.
func (p Problem) Error() string { return p.EN }

// State is whether a device can be read now.
type State struct {
	Connected bool
	Since     time.Time // since when it is connected, or is not
	Problem   Problem   // why not; empty when connected, or before the first try
}

// NewProblem is a problem with a place; it stands in either sentence at %s.
func NewProblem(code, place, zh, en string) Problem {
	return Problem{Code: code, ZH: strings.ReplaceAll(zh, "%s", place), EN: strings.ReplaceAll(en, "%s", place)}
}

// Missing is the problem of a device that is not there.
func Missing(place string) Problem {
	return NewProblem("missing", place, "没有找到设备 %s：请检查连接线是否插好、设备是否通电",
		"Device %s was not found: check that its cable is plugged in and that it has power")
}

// Denied is the problem of a device that this program may not open; group is the one whose members may.
func Denied(place, group string) Problem {
	return Problem{
		Code: "permission",
		ZH:   fmt.Sprintf("没有权限打开 %s：请把运行本程序的用户加入 %s 组（usermod -aG %s 用户名，然后重启服务），或安装软件包自带的 udev 规则", place, group, group),
		EN: fmt.Sprintf("No permission to open %s: add the user that runs this program to the group %s (usermod -aG %s USER, then restart the service), "+
			"or install the udev rule that comes with the package", place, group, group),
	}
}

// Busy is the problem of a device that another program holds.
func Busy(place string) Problem {
	return NewProblem("busy", place, "%s 正被其他程序占用：请关闭占用它的收银软件、串口工具或 ModemManager",
		"%s is in use by another program: close the POS software, serial tool or ModemManager that holds it")
}

// Unplugged is the problem of a device that was being read and went away.
func Unplugged(place string, cause error) Problem {
	return Problem{
		Code: "lost",
		ZH:   fmt.Sprintf("与设备 %s 的连接断开（%v）：请检查连接线，插好后会自动恢复", place, cause),
		EN:   fmt.Sprintf("The connection to device %s was lost (%v): check its cable; it comes back by itself when plugged in", place, cause),
	}
}

// problemOf finds the Problem in an error, or makes one of it.
func problemOf(place string, err error) Problem {
	var p Problem
	if errors.As(err, &p) {
		return p
	}
	return Problem{
		Code: "failed",
		ZH:   fmt.Sprintf("设备 %s 无法使用（%v）：请拔下重插，仍不行请联系技术人员", place, err),
		EN:   fmt.Sprintf("Device %s cannot be used (%v): unplug it and plug it in again; if that does not help, call the technician", place, err),
	}
}
