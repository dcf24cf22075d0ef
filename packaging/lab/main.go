// Command lab boots Debian's kernel in QEMU, without KVM, and runs our real drivers against virtual scanners, keyboards, printers and cameras
// that are plugged in and out. It prints one table: device, event, what was seen, how long it took; and fails when a row does. `make lab`
// calls it. The guest folder holds the program that plays the scenarios inside the machine; this one knows QEMU, and no driver.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"hexiao/packaging/lab/line"
)

const (
	folder = "build/lab"
	system = folder + "/system" // what setup.sh has unpacked: the kernel, its modules, udev
	rules  = "packaging/hexiao-agent/70-hexiao-scanner.rules"
	unit   = "packaging/hexiao-agent/hexiao-agent.service"
	limit  = 150 * time.Second // for one machine, boot and all; 35 s is usual
)

// plays are the scenarios, by machine. Two machines run side by side on two cores; what one does to its kernel the other does not feel.
var plays = []string{
	"udev,ftdi,display",
	"cdc,wedge,usbkeyboard,hidpos,camera,passon,printer",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 {
		plays = os.Args[1:]
	}
	began := time.Now()
	if err := setUp(ctx); err != nil {
		os.Exit(skip(err))
	}
	b, err := build(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(2)
	}
	rows := playAll(ctx, b)
	table(os.Stdout, rows)
	failed := failures(rows)
	fmt.Printf("lab: %d rows, %d failed, in %s\n", len(rows), failed, time.Since(began).Round(time.Second))
	if failed > 0 || len(rows) == 0 {
		os.Exit(1)
	}
}

// setUp has setup.sh fetch what is missing.
func setUp(ctx context.Context) error {
	setup := exec.CommandContext(ctx, "packaging/setup.sh", "lab")
	setup.Stdout, setup.Stderr = os.Stdout, os.Stderr
	if err := setup.Run(); err != nil {
		return fmt.Errorf("packaging/setup.sh lab: %w", err)
	}
	_, err := exec.LookPath("qemu-system-x86_64")
	return err
}

// skip says loudly that nothing was tried, and gives the exit code: in CI, where everything can be had, that is a failure.
func skip(why error) int {
	const bar = "=================================================================="
	fmt.Fprintf(os.Stderr, "%s\nlab: SKIPPED. No driver was tried against any device.\nlab: QEMU, Debian's kernel or udev cannot be had here: %v\n"+
		"lab: setup.sh has said above what is missing and how to get it.\n%s\n", bar, why, bar)
	if os.Getenv("CI") != "" {
		fmt.Fprintln(os.Stderr, "lab: this is CI, where that is a failure")
		return 1
	}
	return 0
}

// build makes the guest program, the bare kernel and the image around the guest.
func build(ctx context.Context) (boot, error) {
	b := boot{kernel: folder + "/vmlinux", initrd: folder + "/initrd"}
	guest := folder + "/guest"
	compile := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", guest, "./packaging/lab/guest")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	compile.Stderr = os.Stderr
	if err := compile.Run(); err != nil {
		return b, fmt.Errorf("build the guest program: %w", err)
	}
	if err := bareKernel(system, b.kernel); err != nil {
		return b, err
	}
	disk, err := image(system, guest, rules, unit)
	if err != nil {
		return b, fmt.Errorf("build the machine's image: %w", err)
	}
	return b, os.WriteFile(b.initrd, disk, 0o644)
}

// playAll runs all machines at the same time and gives their rows in the order of plays.
func playAll(ctx context.Context, b boot) []line.Row {
	var all sync.WaitGroup
	rows := make([][]line.Row, len(plays))
	for i, names := range plays {
		b := b
		b.play, b.console = names, filepath.Join(folder, fmt.Sprintf("console-%d.log", i))
		all.Go(func() { rows[i] = playOne(ctx, b) })
	}
	all.Wait()
	var flat []line.Row
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return flat
}

// playOne runs a machine. When it does not come to its end, that is a row that failed, and the console's end is shown.
func playOne(ctx context.Context, b boot) (rows []line.Row) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the machine was not done after %s", limit))
	defer cancel()
	began := time.Now()
	keep := func(r line.Row) {
		if len(rows) == 0 {
			fmt.Fprintf(os.Stderr, "lab: %s: up after %s\n", b.play, time.Since(began).Round(100*time.Millisecond))
		}
		rows = append(rows, r)
		fmt.Fprintf(os.Stderr, "lab: %s: %s: %s (%s)\n", r.Device, r.Event, verdict(r), took(r.Took))
	}
	m, err := start(ctx, b)
	if m != nil {
		defer m.stop()
	}
	if err == nil {
		err = m.play(ctx, strings.Count(b.play, ",")+1, keep)
	}
	if err != nil {
		keep(line.Row{Device: b.play, Event: "played to its end", Seen: err.Error(), Took: time.Since(began), Failed: true})
		fmt.Fprintf(os.Stderr, "lab: the machine's console ended:\n%s\n", lastWords(b.console, 30))
	} else if errors.Is(ctx.Err(), context.Canceled) {
		keep(line.Row{Device: b.play, Event: "played to its end", Seen: "interrupted", Failed: true})
	}
	fmt.Fprintf(os.Stderr, "lab: %s: done after %s\n", b.play, time.Since(began).Round(100*time.Millisecond))
	return rows
}
