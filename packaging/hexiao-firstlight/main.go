// Command hexiao-firstlight plays a short day with the real programs on this machine: a hub with the Lushan campaign, one
// enrolled terminal, vouchers with their pictures, and a scanner on a pseudo-terminal. At the end it lays what the till
// showed beside the hub's ledger and exits 0 only if the two agree. `make run` calls it. With --bench it measures instead.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"hexiao/packaging/stage"
)

var version = "unknown"

func main() {
	var o options
	flag.StringVar(&o.programs, "programs", "build/bin", "folder of hexiao-hub, hexiao-agent and hexiao-till")
	flag.StringVar(&o.ships, "ships", "packaging/hexiao-hub", "folder of lushan.toml and merchants-sample.csv")
	flag.StringVar(&o.folder, "folder", "", "where the programs keep their data; a new folder in build/ when empty")
	flag.BoolVar(&o.keep, "keep", os.Getenv("KEEP") != "", "leave everything running at the end, until Ctrl-C (KEEP=1)")
	flag.BoolVar(&o.bench, "bench", false, "measure scan to answer instead of playing the day")
	flag.IntVar(&o.count, "count", 500, "with --bench: scans of each kind")
	show := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *show {
		fmt.Println(version)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "hexiao-firstlight:", err)
		os.Exit(1)
	}
}

type options struct {
	programs, ships, folder string
	keep, bench             bool
	count                   int
}

func run(ctx context.Context, o options) error {
	if o.folder == "" {
		o.folder = filepath.Join("build", "run-"+time.Now().Format("20060102-150405"))
	}
	c, err := raise(ctx, o)
	if err != nil {
		return err
	}
	defer c.end()
	if o.bench {
		return c.bench(ctx, o.count)
	}
	return c.day(ctx, o)
}

// cast is everything on the stage.
type cast struct {
	stage *stage.Stage
	hub   *stage.Hub
	till  *stage.Till
	watch *stage.Watcher
	shown *window
	seen  map[string]time.Time // when a code was last held before the scanner
}

// raise starts the hub with its campaign and the terminal of the first supermarket.
func raise(ctx context.Context, o options) (*cast, error) {
	folder, err := filepath.Abs(o.folder)
	if err != nil {
		return nil, err
	}
	c := &cast{stage: &stage.Stage{Programs: o.programs, Folder: folder}, seen: map[string]time.Time{}}
	if c.hub, err = c.stage.StartHub(); err != nil {
		return nil, err
	}
	if err = c.furnish(ctx, o); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

func (c *cast) furnish(ctx context.Context, o options) error {
	if err := c.hub.Begin(ctx, filepath.Join(o.ships, "lushan.toml"), filepath.Join(o.ships, "merchants-sample.csv")); err != nil {
		return err
	}
	till, err := c.stage.Enrol(ctx, c.hub, "till", "M0001")
	if err != nil {
		return err
	}
	if err := till.Run(); err != nil {
		return err
	}
	c.till = till
	c.watch = till.Watch(ctx)
	return c.watch.View(stage.Patience, "hub, scanner and lease ready", ready)
}

func (c *cast) end() {
	c.shown.close()
	if c.till != nil && c.till.Program != nil {
		c.till.Stop()
	}
	if c.hub != nil && c.hub.Program != nil {
		c.hub.Stop()
	}
}
