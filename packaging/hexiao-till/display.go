package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

// display tells whether there is a screen to show anything on. On Linux Fyne 2.7 speaks X11 only, and without it ends
// with a panic that no cashier can read.
func display(getenv func(string) string) error {
	switch {
	case runtime.GOOS == "windows", runtime.GOOS == "darwin", getenv("DISPLAY") != "":
		return nil
	case getenv("WAYLAND_DISPLAY") != "":
		return errors.New("这个桌面没有 X11（XWayland），窗口打不开；请安装 xwayland 后重新登录。\n" +
			"This desktop has no X11 (XWayland), so the window cannot be opened; install xwayland and log in again")
	}
	return errors.New("没有显示器可用（DISPLAY 未设置）；请在收银电脑的桌面上启动，不要从远程终端启动。\n" +
		"There is no display (DISPLAY is not set); start this on the desktop of the checkout PC, not in a remote terminal")
}

// watch ends the program when nothing has been painted in time: a window that never comes helps nobody, and only this
// goroutine is left to say so.
func watch(ctx context.Context, painted <-chan struct{}, complaints io.Writer) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-painted:
	case <-ctx.Done():
	case <-late.C:
		fmt.Fprintf(complaints, "%v 内没有画出窗口：这台电脑的显示驱动可能不支持 OpenGL。请安装显卡驱动或 Mesa（libgl1-mesa-dri）；在此之前可以用浏览器打开核销服务的网页。\n"+
			"Nothing was painted within %v: this PC's graphics driver may lack OpenGL. Install the graphics driver or Mesa (libgl1-mesa-dri); until then use the agent's page in a browser\n", patience, patience)
		os.Exit(1)
	}
}

// explain turns a panic of the toolkit before the first picture, which is always about the screen, into a sentence. A
// later one is a mistake of ours and keeps its trace.
func explain(painted <-chan struct{}, complaints io.Writer, code *int) {
	select {
	case <-painted:
		return
	default:
	}
	if cause := recover(); cause != nil {
		fmt.Fprintf(complaints, "窗口打不开：%v。请检查显示器和显卡驱动。\nThe window cannot be opened: %v. Check the display and the graphics driver\n", cause, cause)
		*code = 1
	}
}
