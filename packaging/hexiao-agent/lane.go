package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
)

// laneWants is what the command line says of a lane test.
type laneWants struct {
	desk.Acceptance
	png  string
	wait time.Duration
}

// modulePixels makes a picture of about 390 by 390 points: a screen shows it without scaling.
const modulePixels = 8

func (p *program) laneCommand() *cobra.Command {
	var w laneWants
	c := p.command("lane --data DIR [--technician NAME]", "通道测试：扫一个零面额的测试码，看扫码枪、中心、撤销全程是否都通；可随后验收",
		"a lane test: scan a code that is worth nothing and see that scanner, hub and void all work; then accept the till",
		p.args(0, 0, ""), func(ctx context.Context, _ []string) error { return p.lane(ctx, w) })
	c.Long = p.say.of("请运行中的服务做一次通道测试：在终端里显示测试码（或用 --png 存成图片），等人用扫码枪扫，逐步显示结果。写上 --technician 则测试通过后验收：签名的记录由中心永久保存。设过 PIN 的会问 PIN（或从标准输入给一行）。退出码 0 通过（并已由中心签收验收），1 没有通过。",
		"Have the running agent do a lane test: it shows the test's code in the terminal (or as a picture, with --png), waits for somebody to scan it, and tells each step. With --technician the till is accepted once the test has passed: the hub keeps the signed record for good. Where a PIN is set it is asked for, or taken as a line of standard input. Exit code 0 when it passed (and the hub has the acceptance), 1 when not.")
	c.Flags().StringVar(&w.Technician, "technician", "", p.say.of("由`谁`验收；不写则只测试", "`who` accepts the till; left out: it is only tested"))
	c.Flags().StringVar(&w.Note, "note", "", p.say.of("验收`备注`", "a `note` on the acceptance"))
	c.Flags().StringArrayVar(&w.Despite, "despite", nil, p.say.of("明知不合格仍要验收的`检查`，可写多次", "a `check` that fails and is known to, any number of times"))
	c.Flags().StringVar(&w.png, "png", "", p.say.of("把测试码存成这个 PNG `文件`，不在终端里显示", "write the test's code as a PNG `file` instead of showing it in the terminal"))
	c.Flags().DurationVar(&w.wait, "wait", 10*time.Minute, p.say.of("最多等`多久`", "`how long` to wait at most"))
	return p.withJSON(p.withData(c))
}

func (p *program) lane(ctx context.Context, w laneWants) error {
	client, err := p.agent()
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, w.wait)
	defer cancel()
	f := &laneFollower{program: p, client: client, png: w.png}
	l, err := f.passed(waiting)
	if err == nil && w.Technician != "" {
		l, err = f.accepted(waiting, w.Acceptance)
	}
	if p.json && l.State != "" {
		l.Code, l.PNG = "", nil // it was shown where it was asked for, and is used up or of no more use
		if e := p.print(l); err == nil {
			err = e
		}
	}
	return err
}

// laneFollower tells a lane test's steps as they come.
type laneFollower struct {
	*program
	client *desk.Client
	png    string
	code   string          // that was shown
	said   map[string]bool // sentences
}

// passed begins the test and follows it until it is over.
func (f *laneFollower) passed(ctx context.Context) (l desk.Lane, err error) {
	if l, err = f.client.BeginLane(ctx); err != nil {
		return l, err
	}
	l, err = f.until(ctx, func(l desk.Lane) bool { return l.State != desk.LaneRunning })
	if ctx.Err() != nil { // nobody is there to go on with it
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if over, e := f.client.EndLane(end); e == nil {
			l = over
		}
		return l, failed(ctx.Err(), "通道测试没有做完，已结束", "the lane test was not finished and is ended")
	}
	if err == nil && l.State != desk.LanePassed {
		err = failed(nil, "通道测试没有通过", "the lane test did not pass")
	}
	return l, err
}

// accepted accepts the till and waits for the hub to have it.
func (f *laneFollower) accepted(ctx context.Context, a desk.Acceptance) (l desk.Lane, err error) {
	settings, err := f.client.Settings(ctx)
	if err == nil && settings.PINSet {
		a.PIN, err = f.knownPIN()
	}
	if err != nil {
		return l, err
	}
	if l, err = f.client.AcceptLane(ctx, a); err != nil {
		return l, err
	}
	l, err = f.until(ctx, func(l desk.Lane) bool { return l.Accepted != nil && l.Accepted.State != "waiting" })
	switch {
	case ctx.Err() != nil:
		return l, failed(ctx.Err(), "验收已记在本机，中心还没有签收；联网后会自动上传", "the acceptance is on this PC's record, and the hub has not signed for it yet; it goes up by itself")
	case err == nil && l.Accepted.State != "acked":
		err = failed(nil, "中心不认这次验收：查不到当天通过的这次通道测试", "the hub does not honour the acceptance: it finds no such lane test that passed that day")
	case err == nil && !f.json:
		f.line(f.say.of("已验收：%s，记录 %s，中心已签收。", "Accepted by %s, record %s; the hub has signed for it."), l.Accepted.Technician, l.Accepted.Record)
	}
	return l, err
}

// until tells what changes until it is so. It is told of changes, and looks by itself now and then: an agent that was started anew
// tells nothing until it is connected to.
func (f *laneFollower) until(ctx context.Context, so func(desk.Lane) bool) (l desk.Lane, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := f.client.Events(ctx)
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		if l, err = f.client.Lane(ctx); err != nil {
			return l, err
		}
		if err = f.tell(l); err != nil || so(l) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return l, ctx.Err()
		case _, open := <-changed:
			if !open {
				changed = nil
			}
		case <-again.C:
		}
	}
}

// tell says what was not said yet.
func (f *laneFollower) tell(l desk.Lane) error {
	if f.said == nil {
		f.said = map[string]bool{}
	}
	for _, s := range l.Steps {
		text := f.say.text(s.Text)
		if s.State == desk.LaneTodo || f.said[text] || f.json {
			continue
		}
		f.said[text] = true
		f.line("%s %s", map[string]string{desk.LaneDone: "+", desk.LaneFailed: "x"}[s.State], text)
		if next := f.say.text(s.Next); next != "" {
			f.line("  %s", next)
		}
	}
	if l.Code == "" || l.Code == f.code {
		return nil
	}
	f.code = l.Code
	return f.show(l.Code)
}

// show shows the code to a scanner.
func (f *laneFollower) show(code string) error {
	if f.png != "" {
		raw, err := qrimage.PNG(code, modulePixels)
		if err == nil {
			err = os.WriteFile(f.png, raw, 0o600)
		}
		return err
	}
	img, err := qrimage.Draw(code, 1)
	if err != nil {
		return err
	}
	to := f.out
	if f.json {
		to = f.err
	}
	_, err = io.WriteString(to, qrBlocks(img, coloured(to)))
	return err
}

func coloured(to io.Writer) bool {
	file, ok := to.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// qrBlocks draws a picture of two colours with half blocks, two rows in a line of text. A terminal is told to use black on white;
// elsewhere light text on a dark ground is taken for granted.
func qrBlocks(img image.Image, colour bool) string {
	var b strings.Builder
	light := func(x, y int) bool {
		if y >= img.Bounds().Max.Y {
			return true
		}
		r, _, _, _ := img.At(x, y).RGBA()
		return r > 0
	}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 2 {
		if colour {
			b.WriteString("\x1b[97;40m")
		}
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			switch upper, lower := light(x, y), light(x, y+1); {
			case upper && lower:
				b.WriteString("█")
			case upper:
				b.WriteString("▀")
			case lower:
				b.WriteString("▄")
			default:
				b.WriteString(" ")
			}
		}
		if colour {
			b.WriteString("\x1b[0m")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// knownPIN asks for the PIN that is set, without showing it, or takes a line of standard input.
func (p *program) knownPIN() (string, error) {
	keys, ok := p.in.(*os.File)
	if !ok || !term.IsTerminal(int(keys.Fd())) {
		return p.pinLine()
	}
	fmt.Fprint(p.err, p.say.of("本机的 PIN：", "This till's PIN: "))
	pin, err := term.ReadPassword(int(keys.Fd()))
	fmt.Fprintln(p.err)
	return strings.TrimSpace(string(pin)), err
}
