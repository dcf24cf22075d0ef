package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"hexiao/ui"
)

// options are the command line's.
type options struct {
	desk      string
	lang      string // "zh" or "en"
	asked     bool   // for it, on the command line
	tokenFile string
	full      bool
	page      bool
}

const defaultDesk = "http://127.0.0.1:7373"

const usage = `hexiao-till: 消费券核销的收银窗口 / the cashier's window for consumption vouchers

  hexiao-till [--desk URL] [--lang zh|en] [--token-file FILE] [--fullscreen | --page]

  --desk URL         本机核销服务的地址 / the address of the agent on this PC
                     (default %s)
  --lang zh|en       开始时的语言，窗口里随时可换；默认按系统语言
                     the language to begin with; a button changes it (default: the system's)
  --token-file FILE  核销服务的口令文件，也可用 HEXIAO_DESK_TOKEN_FILE 指定
                     the file with the desk's token; HEXIAO_DESK_TOKEN_FILE does the same
                     (default %s)
  --fullscreen       全屏，F11 切换 / fill the screen; F11 changes it
  --page             不开窗口，直接在浏览器里打开核销网页
                     open no window, but the agent's page in the browser
  --version          版本 / the version
  --help             本说明 / this text

画不出窗口（例如显卡驱动不支持 OpenGL，最多等 %v）时，改在浏览器里打开核销网页，依次试 $BROWSER、xdg-open、
x-www-browser、chromium、firefox。F12 把窗口收起；有需要看的结果时它自己回来，再启动一次也会回来：一个桌面只开一个窗口。
When no window can be drawn (a graphics driver without OpenGL, say; %v at most) the agent's page is opened in
the browser instead: the first that works of $BROWSER, xdg-open, x-www-browser, chromium, firefox. F12 puts the
window aside; it comes back by itself with an answer that must be looked at, and when hexiao-till is started
again: a desktop has one window.

退出码 / exit codes: 0 正常 done, 1 失败 failed, 2 用法不对 wrong use,
                     3 窗口画不出，已改开网页 no window could be drawn, the page was opened instead
`

// parse reads the command line. end means that the program is over, with that code.
func parse(args []string, getenv func(string) string, out, complaints io.Writer) (o options, code int, end bool) {
	set := flag.NewFlagSet("hexiao-till", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&o.desk, "desk", defaultDesk, "")
	set.StringVar(&o.lang, "lang", "", "")
	set.StringVar(&o.tokenFile, "token-file", "", "")
	set.BoolVar(&o.full, "fullscreen", false, "")
	set.BoolVar(&o.page, "page", false, "")
	tell := set.Bool("version", false, "")
	err := set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(out, usage, defaultDesk, defaultToken(getenv), patience, patience)
		return o, done, true
	case err == nil && *tell:
		fmt.Fprintln(out, "hexiao-till", version)
		return o, done, true
	case err == nil && set.NArg() > 0:
		err = fmt.Errorf("不认识 %q / %q is not understood", set.Arg(0), set.Arg(0))
	}
	if err == nil {
		err = o.complete(getenv)
	}
	if err != nil {
		fmt.Fprintf(complaints, "hexiao-till: %v\n用法见 hexiao-till --help / see hexiao-till --help\n", err)
		return o, misused, true
	}
	return o, done, false
}

// complete fills in what the command line has left out, and looks at what it says.
func (o *options) complete(getenv func(string) string) (err error) {
	o.asked = o.lang != ""
	if o.lang, err = ui.Language(o.lang, getenv); err != nil {
		return err
	}
	for _, file := range []string{getenv("HEXIAO_DESK_TOKEN_FILE"), defaultToken(getenv)} {
		if o.tokenFile == "" {
			o.tokenFile = file
		}
	}
	u, err := url.Parse(o.desk)
	if err != nil || u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("核销服务的地址形如 %s，不是 %q / the desk's address looks like %s, not %q", defaultDesk, o.desk, defaultDesk, o.desk)
	}
	return nil
}

// readToken reads the desk's token; the error is a sentence for a person, in both languages, with the cure.
func readToken(file string) (string, error) {
	raw, err := os.ReadFile(file)
	token := strings.TrimSpace(string(raw))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("没有权限读口令文件 %s；请让管理员允许您的账户读它。\nThe token file %s may not be read by this account; ask the administrator to allow it", file, file)
	case errors.Is(err, fs.ErrNotExist), err == nil && token == "":
		return "", fmt.Errorf("找不到核销服务的口令：%s。请先安装、登记并启动 hexiao-agent，或用 --token-file 指定。\nThe desk's token is not in %s. Install, enrol and start hexiao-agent first, or name the file with --token-file", file, file)
	case err != nil:
		return "", fmt.Errorf("读不了口令文件：%v\nThe token file cannot be read: %v", err, err)
	}
	return token, nil
}
