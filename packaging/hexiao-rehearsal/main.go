// Command hexiao-rehearsal plays whole campaigns before they happen, hub, tills, customers, cheats and outages, on a virtual
// clock from one seed, and checks every guarantee at every step. A seed that breaks one prints the line that plays it
// again. See packaging/rehearsal.
package main

import (
	"os"
	"runtime/debug"

	"hexiao/packaging/rehearsal"
)

var version = "unknown"

func main() {
	// A seed holds 3 MB at a time and leaves 24 MB behind: collected at every doubling that costs an eighth of the time
	// (measured 2026-11). The limit is for a county of many days.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(2 << 30)
	os.Exit(rehearsal.Main(os.Args[1:], version, os.Stdout, os.Stderr))
}
