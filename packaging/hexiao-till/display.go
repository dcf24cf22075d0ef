package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// patience is how long the first picture may take: 0.2 to 1.7 s on slow PCs (measured with Fyne 2.7 and software OpenGL).
// Without a GLX extension Fyne waits for ever, with nothing on the screen; ten seconds after the start the page must be
// there, and a browser needs its time, too.
var patience = 7 * time.Second

// noDisplay says that there is no screen to show anything on.
const noDisplay = "没有显示器可用（DISPLAY 未设置）；请在收银电脑的桌面上启动，不要从远程终端启动。\n" +
	"There is no display (DISPLAY is not set); start this on the desktop of the checkout PC, not in a remote terminal"

// screen is what there is to show a window on.
type screen int

const (
	forWindows screen = iota
	forPages          // a browser runs on this desktop, and this window does not
	noScreen
)

// display tells what there is. On Linux Fyne 2.7 speaks X11 only, and without it ends with a panic that no cashier can read.
func display(getenv func(string) string) screen {
	switch {
	case runtime.GOOS == "windows", runtime.GOOS == "darwin", getenv("DISPLAY") != "":
		return forWindows
	case getenv("WAYLAND_DISPLAY") != "":
		return forPages
	}
	return noScreen
}

// opening is the time until the first picture. A window that never comes helps nobody: then the page is opened instead,
// once, by whoever notices first.
type opening struct {
	painted  chan struct{} // closed with the first picture
	hopeless chan struct{} // closed when Fyne says that there will be none
	page     page
	given    sync.Once // up
}

// noWindow is what Fyne 2.7 writes into the log when GLFW makes no window, before it waits for ever. Should it write
// something else one day, the page opens when patience is over.
const noWindow = "window creation error"

// Write hears Fyne's log until the first picture, and passes it on.
func (o *opening) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(noWindow)) {
		select {
		case <-o.hopeless:
		default:
			close(o.hopeless) // log writes one line at a time
		}
	}
	return o.page.says.Write(line)
}

// watch ends the program when nothing has been painted in time: only this goroutine is left to do so.
func (o *opening) watch(ctx context.Context) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-o.painted:
	case <-ctx.Done():
	case <-o.hopeless:
		o.giveUp("窗口画不出来", "The window cannot be drawn")
	case <-late.C:
		o.giveUp(fmt.Sprintf("%v 内没有画出窗口", patience), fmt.Sprintf("Nothing was painted within %v", patience))
	}
}

func (o *opening) giveUp(zh, en string) {
	o.given.Do(func() {
		code := o.page.instead(zh+"：这台电脑的显示驱动可能不支持 OpenGL。"+graphicsZH+"；在此之前用浏览器里的网页收银。",
			en+": this PC's graphics driver may lack OpenGL. "+graphicsEN+"; until then the page in the browser serves.")
		lastWord(o.page.says, code)
		os.Exit(code)
	})
}

// farewell is how long Fyne may take to end.
const farewell = 2 * time.Second

// end ends the program when Fyne does not. When it quits, Fyne 2.7.4 throws away what waits for its thread, and then may
// wait for ever for one of those things (Lifecycle.WaitForEvents; seen in one end of fifteen on a busy machine): a program
// without a window that would still hold the seat. The window keeps nothing that could be lost by it.
func end(ctx context.Context, closed <-chan struct{}) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(told)
	select {
	case <-told:
	case <-closed:
	case <-ctx.Done():
		return
	}
	late := time.NewTimer(farewell)
	defer late.Stop()
	select {
	case <-late.C:
		os.Exit(done)
	case <-ctx.Done():
	}
}

// explain turns a panic of the toolkit before the first picture, which is always about the screen, into a sentence and
// the page. A later one is a mistake of ours and keeps its trace.
func (o *opening) explain(code *int) {
	select {
	case <-o.painted:
		return
	default:
	}
	if cause := recover(); cause != nil {
		o.given.Do(func() {
			*code = o.page.instead(fmt.Sprintf("窗口打不开：%v。请检查显示器和显卡驱动。", cause),
				fmt.Sprintf("The window cannot be opened: %v. Check the display and the graphics driver.", cause))
		})
	}
}
