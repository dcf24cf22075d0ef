// Command gen writes labelled streams of voucher redemptions, and scores alerts against their truth. It reads flags and
// opens files; packaging/streams does the work.
//
//	go run ./packaging/streams/gen --seed 1 --out s.ndjson --truth t.ndjson --registry r.ndjson [--counties N] [--patterns a,b] [--honest a,b] [--each N]
//	go run ./packaging/streams/gen score --truth t.ndjson --alerts a.ndjson [--stream s.ndjson] [--json]
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hexiao/packaging/streams"
)

func main() {
	run, args := generate, os.Args[1:]
	if len(args) > 0 && args[0] == "score" {
		run, args = score, args[1:]
	}
	if err := run(args); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate(args []string) error {
	f := flag.NewFlagSet("gen", flag.ExitOnError)
	o := streams.Options{}
	f.Uint64Var(&o.Seed, "seed", 1, "what everything is drawn from")
	f.IntVar(&o.Counties, "counties", 1, "how many counties, merged into one stream")
	f.IntVar(&o.Each, "each", 0, "crooks of each pattern, at all levels in turn (0: as many as the county draws)")
	out := f.String("out", "", "file for the stream")
	truth := f.String("truth", "", "file for the truth")
	registry := f.String("registry", "", "file for what the hub knows of each merchant")
	patterns := f.String("patterns", "all", "of crooks, separated by commas; all or none; one of "+strings.Join(streams.Patterns(), " "))
	honest := f.String("honest", "all", "odd honest kinds, separated by commas; all or none; one of "+strings.Join(streams.Oddities(), " "))
	f.Parse(args)
	if *out == "" || *truth == "" {
		return fmt.Errorf("--out and --truth are needed")
	}
	o.Patterns, o.Honest, o.Dir = names(*patterns), names(*honest), filepath.Dir(*out)
	return write(o, *out, *truth, cmp.Or(*registry, os.DevNull))
}

// names are those of a list; nil for all.
func names(list string) []string {
	switch list {
	case "all":
		return nil
	case "none", "":
		return []string{}
	}
	return strings.Split(list, ",")
}

func write(o streams.Options, paths ...string) error {
	var files []*os.File
	var outs []*bufio.Writer
	for _, path := range paths {
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		defer file.Close()
		files, outs = append(files, file), append(outs, bufio.NewWriter(file))
	}
	n, err := streams.Generate(o, outs[0], outs[1], outs[2])
	if err != nil {
		return err
	}
	for i := range files {
		if err := cmp.Or(outs[i].Flush(), files[i].Close()); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, n, "events")
	return nil
}

func score(args []string) error {
	f := flag.NewFlagSet("gen score", flag.ExitOnError)
	truth := f.String("truth", "", "file of the truth")
	alerts := f.String("alerts", "", "file of the alerts")
	stream := f.String("stream", "", "file of the stream, to count honest merchant-days")
	asJSON := f.Bool("json", false, "print one object")
	f.Parse(args)
	var in [3]io.Reader
	for i, path := range []string{*truth, *alerts, *stream} {
		if path == "" {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		in[i] = file
	}
	if in[0] == nil || in[1] == nil {
		return fmt.Errorf("--truth and --alerts are needed")
	}
	r, err := streams.Score(in[0], in[1], in[2])
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	return r.Print(os.Stdout)
}
