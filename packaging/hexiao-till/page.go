package main

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// page is the agent's own page, which serves where no window can be drawn.
type page struct {
	desk      string
	token     string
	tokenFile string
	getenv    func(string) string
	says      io.Writer
}

// noGL is how the page is told why it was opened; it says so itself.
const noGL = "nogl"

// address is what a browser is given. The token stands behind #, which no browser sends anywhere and no log shows; that
// other programs of this PC can read it in a command line gives nothing away, since its file is theirs to read, too.
func (p page) address(why string) string {
	address := p.plain() + "#token=" + url.QueryEscape(p.token)
	if why != "" {
		address += "&why=" + why
	}
	return address
}

// plain is the address for people.
func (p page) plain() string { return strings.TrimRight(p.desk, "/") + "/" }

// instead says why there is no window, opens the page, and gives the program's exit code.
func (p page) instead(zh, en string) int {
	fmt.Fprintf(p.says, "%s\n%s\n", zh, en)
	if code := p.open(noGL); code != done {
		return code
	}
	return pageInstead
}

// open opens the page and gives the exit code.
func (p page) open(why string) int {
	if browse(p.getenv, p.address(why)) {
		fmt.Fprintf(p.says, "已在浏览器里打开核销网页 %s，请在那里继续收银。\nThe agent's page %s was opened in the browser; go on there.\n", p.plain(), p.plain())
		return done
	}
	fmt.Fprintf(p.says, "没有找到能用的浏览器。请打开浏览器，输入地址 %s ，并填入文件 %s 里的口令；或请技术人员安装 Chromium 或 Firefox。\n"+
		"No browser could be started. Open one, go to %s and give it the token that stands in %s; or have Chromium or Firefox installed.\n",
		p.plain(), p.tokenFile, p.plain(), p.tokenFile)
	return failed
}
