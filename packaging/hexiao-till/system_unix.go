//go:build !windows

package main

import (
	"io"
	"os"
)

// defaultToken is where the package's service leaves the desk's token.
func defaultToken(func(string) string) string { return "/var/lib/hexiao-agent/desk.token" }

// speakers are the program's outputs.
func speakers(func(string) string) (out, complaints io.Writer) { return os.Stdout, os.Stderr }

// withoutInputMethod keeps an input method from putting the letters of a scan into its own window; a cashier types no
// Chinese here. It must be called before the first window.
func withoutInputMethod() error { return os.Setenv("XMODIFIERS", "@im=none") }

// What helps a PC whose graphics cannot draw the window.
const (
	graphicsZH = "请安装显卡驱动或 Mesa（libgl1-mesa-dri）"
	graphicsEN = "Install the graphics driver or Mesa (libgl1-mesa-dri)"
)
