// Command hexiao-till is the cashier's window: a face of the agent on this PC, through the agent's desk. It holds no
// truth and may be closed at any moment; it is the only program that needs OpenGL and a C compiler. See ui/cashier.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"fyne.io/fyne/v2/app"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/wedge"
	"hexiao/ui/cashier"
)

// version is set by the linker.
var version = "unknown"

// patience is how long the first picture may take: 0.3 to 1.7 s on slow PCs (measured with Fyne 2.7 and software
// OpenGL). Without a GLX extension Fyne waits for ever, with nothing on the screen.
var patience = 10 * time.Second

func main() { os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

// run gives the exit code: 0 done, 1 failed, 2 wrong use.
func run(args []string, getenv func(string) string, out, complaints io.Writer) int {
	o, code, end := parse(args, getenv, out, complaints)
	if end {
		return code
	}
	token, err := readToken(o.tokenFile)
	if err != nil {
		fmt.Fprintln(complaints, err)
		return 1
	}
	if err := display(getenv); err != nil {
		fmt.Fprintln(complaints, err)
		return 1
	}
	return show(o, desk.NewClient(o.desk, token), complaints)
}

// show opens the window and stays until it is closed, or the program is told to end.
func show(o options, client *desk.Client, complaints io.Writer) (code int) {
	// An input method would put the letters of a scan into its own window; a cashier types no Chinese here.
	os.Setenv("XMODIFIERS", "@im=none")

	log := slog.New(slog.NewTextHandler(complaints, nil))
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()

	painted := make(chan struct{})
	defer explain(painted, complaints, &code)
	group.Go(func() { watch(ctx, painted, complaints) })

	a := app.NewWithID("hexiao.till")
	w := cashier.New(a, client, cashier.Options{Lang: o.lang, FullScreen: o.full, Log: log,
		Keys: wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{})})
	group.Go(func() {
		select {
		case <-w.Painted():
			close(painted)
		case <-ctx.Done():
		}
	})
	group.Go(func() { w.Run(ctx) })
	w.Show()
	a.Run()
	return 0
}
