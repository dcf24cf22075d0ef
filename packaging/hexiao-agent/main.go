// Command hexiao-agent is the service on the checkout PC: it reads scanners, judges vouchers, keeps the journal, holds the
// line to the hub and opens the desk for the till window and for POS software. Its other commands enrol the PC, look at
// it, and do by hand what the desk does. It wires the rooms agent, agent/journal, agent/uplink, agent/desk and drivers,
// and decides nothing itself.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // campaigns have civil dates, and old PCs no zone files
)

// version is set by the linker.
var version = "unknown"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	code := execute(ctx, os.Args[1:], streams{os.Getenv, os.Stdin, os.Stdout, os.Stderr, self})
	stop()
	os.Exit(code)
}

// streams is what a command has to do with the world around it.
type streams struct {
	getenv func(string) string
	in     io.Reader
	out    io.Writer // data
	err    io.Writer // logs, and what is said to people
	self   string    // the file of this program, to run it in a process of its own; empty when it is not to be
}

// The exit codes of DESIGN section 7; those from 3 on are redeem's.
const (
	exitDone        = 0
	exitFailed      = 1
	exitWrongUse    = 2
	exitProvisional = 3
	exitRefused     = 4
	exitScanAgain   = 5
)
