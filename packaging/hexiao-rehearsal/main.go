// Command hexiao-rehearsal plays whole campaigns before they happen, hub, tills, customers, cheats and outages, on a virtual
// clock from one seed, and checks every guarantee at every step. A seed that breaks one prints the line that plays it
// again. See packaging/rehearsal.
package main

import (
	"os"

	"hexiao/packaging/rehearsal"
)

var version = "unknown"

func main() { os.Exit(rehearsal.Main(os.Args[1:], version, os.Stdout, os.Stderr)) }
