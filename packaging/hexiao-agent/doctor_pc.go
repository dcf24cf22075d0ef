package main

import (
	"errors"
	"fmt"
	"io/fs"

	"hexiao/agent/desk"
	"hexiao/drivers"
)

// A journal may grow to 256 MiB (journal.Options.MaxSize), so twice that is plenty; bbolt grows its file by up to
// 16 MiB at a time (bbolt's DefaultAllocSize), so with less than that no record may fit.
const (
	spacePlenty = 512 << 20
	spaceNeeded = 16 << 20
)

func (c *checkup) space() {
	free, err := freeSpace(c.data)
	if err != nil {
		c.add("disk", warn, "磁盘空间没有查到："+err.Error(), "the disk's free space is not known: "+err.Error())
		return
	}
	state, mib := fine, free>>20
	zh, en := fmt.Sprintf("磁盘还有 %d MiB", mib), fmt.Sprintf("%d MiB are free", mib)
	switch {
	case free < spaceNeeded:
		state, zh, en = bad, zh+"，不够；请清理磁盘", en+", too little; free some space"
	case free < spacePlenty:
		state, zh, en = warn, zh+"，偏少；请清理磁盘", en+", not much; free some space"
	}
	c.add("disk", state, zh, en)
}

// scanners looks at each scanner that is set up: as the running agent sees it, or whether it is there and may be opened.
// Nothing is opened: that would take it from whoever reads it.
func (c *checkup) scanners(setUp []scanner, running *desk.View) {
	if running != nil {
		for _, s := range running.Scanners {
			c.seen(s)
		}
	} else {
		for _, s := range setUp {
			c.lookAt(s)
		}
	}
	if running == nil && len(setUp) == 0 || running != nil && len(running.Scanners) == 0 {
		c.add("scanner", warn, "没有设置扫码枪；请在 agent.toml 里写 [[scanner]]，或用 --scanner 指定（也可以在窗口里扫）",
			"no scanner is set up; write a [[scanner]] into agent.toml or use --scanner (scanning into the window works too)")
	}
	for _, port := range portsThere() {
		c.add("scanner", fine, "插着的 USB 串口或 HID POS 设备："+port, "a USB device is there, serial or in HID POS mode: "+port)
	}
}

func (c *checkup) seen(s desk.Scanner) {
	if s.Connected {
		c.add("scanner", fine, s.Name+" 已连接", s.Name+" is connected")
		return
	}
	c.add("scanner", bad, or(s.Problem.Zh, s.Name+" 未连接"), or(s.Problem.En, s.Name+" is not connected"))
}

func (c *checkup) lookAt(s scanner) {
	path := s.Path
	if usb, isUSB, err := drivers.ParseUSB(s.Path); isUSB || err != nil {
		if err == nil {
			path, err = findUSB(s.Kind, usb)
		}
		if err != nil {
			c.scannerProblem(s.Name, err)
			return
		}
	}
	err := mayOpen(path, s.Kind == "serial") // hidpos writes to some models only, and reads the others without
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = drivers.Missing(path)
	case errors.Is(err, fs.ErrPermission):
		err = drivers.Denied(path, groupFor(s.Kind))
	}
	if err != nil {
		c.scannerProblem(s.Name, err)
		return
	}
	c.add("scanner", fine, s.Name+" 在，当前用户可以打开", s.Name+" is there and this user may open it")
}

func (c *checkup) scannerProblem(name string, err error) {
	if problem, ok := errors.AsType[drivers.Problem](err); ok {
		c.add("scanner", bad, problem.ZH, problem.EN)
		return
	}
	c.add("scanner", bad, name+"："+err.Error(), name+": "+err.Error())
}

// groupFor is the group that Debian and our udev rule give such devices to.
func groupFor(kind string) string {
	switch kind {
	case "evdev":
		return "input"
	case "hidpos":
		return "hexiao-agent"
	}
	return "dialout"
}
