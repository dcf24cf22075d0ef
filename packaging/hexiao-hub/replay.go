package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/cashout"
	"hexiao/hub/office"
)

// replaying is one run of `hexiao-hub replay`. Standard output is the alerts' when they are asked for there, so all that
// is said about the run goes to standard error: sentences, or with --json one object a line, each with its kind. The
// summary is always the last.
type replaying struct {
	*program
	in, registry, alerts, rules string
	explain                     bool
	pictures                    []string

	size, read int64 // of the stream; size is 0 where it is not known
	said       map[string]int
}

func (p *program) replayCommand() *cobra.Command {
	r := &replaying{program: p, said: map[string]int{}}
	c := p.command("replay --in STREAM --alerts FILE", "用记录的数据流回放套现识别", "replay a recorded stream through the cash-out detector", 0, func(ctx context.Context, _ []string) error { return r.run(ctx) })
	f := c.Flags()
	f.StringVar(&r.in, "in", "", p.say("数据流文件，每行一个 JSON 对象；- 为标准输入", "the stream, one JSON object a line; - is standard input"))
	f.StringVar(&r.registry, "registry", "", p.say("商户登记文件（可选），识别更准", "what merchants signed up with, optional; sharper with it"))
	f.StringVar(&r.alerts, "alerts", "", p.say("预警写入的文件，已有的会被覆盖；- 为标准输出", "where alerts go; a file that is there is overwritten; - is standard output"))
	f.StringVar(&r.rules, "rules", "", p.say("规则文件；不写则用内置规则", "a file of rules; those built in when left out"))
	f.BoolVar(&r.explain, "explain", false, p.say("预警附上理由", "alerts carry their explanation"))
	f.StringArrayVar(&r.pictures, "picture", nil, p.say("商户=文件.html：一户的全部情况（可多次）", "MERCHANT=FILE.html: all about one merchant as a page; may be repeated"))
	return c
}

func (r *replaying) run(ctx context.Context) error {
	if r.in == "" || r.alerts == "" {
		return misuse{errors.New(r.say("请用 --in 指定数据流，用 --alerts 指定预警写入何处（- 为标准输入、标准输出）",
			"name the stream with --in and where alerts go with --alerts (- is standard input, or output)"))}
	}
	files, err := pagesOf(r.program, r.pictures)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300) // the tables of a province are searched for garbage too often else: 138,000 events a second within minutes of 180,000 so
	}
	job := office.Replay{Explain: r.explain, Now: time.Now, Progress: r.pace, Fault: r.fault, Gather: map[string]*office.Picture{}}
	if len(files) == 0 {
		job.Gather = nil
	}
	for _, f := range files {
		job.Gather[f.merchant] = &office.Picture{}
	}
	if err := r.prepare(&job); err != nil {
		return err
	}
	in, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	job.Stream = in
	sum, err := r.into(ctx, &job)
	if err != nil {
		return r.trouble(r.in, err)
	}
	if err := pages(r.program, files, job.Gather); err != nil {
		return err
	}
	return r.summary(sum)
}

// prepare reads rules and registry.
func (r *replaying) prepare(job *office.Replay) error {
	if r.rules != "" {
		raw, err := os.ReadFile(r.rules)
		if err == nil {
			job.Rules, err = cashout.ParseRules(raw)
		}
		if err != nil {
			return r.trouble(r.rules, err)
		}
	}
	if r.registry == "" {
		return nil
	}
	raw, err := os.ReadFile(r.registry)
	if err == nil {
		job.Shops, err = office.ReadShops(bytes.NewReader(raw))
	}
	if err != nil {
		return r.trouble(r.registry, err)
	}
	return nil
}

// open opens the stream. What comes in from a pipe ends when the command is asked to end: a read from it cannot be
// interrupted.
func (r *replaying) open(ctx context.Context) (io.ReadCloser, error) {
	if r.in == "-" {
		out, in := io.Pipe()
		from := os.Stdin
		go func() {
			_, err := io.Copy(in, from)
			in.CloseWithError(err)
		}()
		context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
		return out, nil
	}
	file, err := os.Open(r.in)
	if err != nil {
		return nil, r.trouble(r.in, err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = syscall.EISDIR
	case info.Mode().IsRegular():
		r.size = info.Size()
	}
	if err != nil {
		return nil, errors.Join(r.trouble(r.in, err), file.Close())
	}
	return &counted{file, &r.read}, nil
}

// counted is a file that counts what was read of it.
type counted struct {
	*os.File
	read *int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.File.Read(b)
	*c.read += int64(n)
	return n, err
}

// into runs the replay with its alerts going where they were asked for.
func (r *replaying) into(ctx context.Context, job *office.Replay) (office.Replayed, error) {
	if r.alerts == "-" {
		job.Alerts = r.out
		return job.Run(ctx)
	}
	if r.same(r.in) || r.same(r.registry) || r.same(r.rules) {
		return office.Replayed{}, misuse{fmt.Errorf(r.say("--alerts 指向的 %s 正是要读取的文件", "--alerts names %s, which is a file to be read"), r.alerts)}
	}
	file, err := os.Create(r.alerts)
	if err != nil {
		return office.Replayed{}, r.trouble(r.alerts, err)
	}
	job.Alerts = file
	sum, err := job.Run(ctx)
	return sum, errors.Join(err, file.Close())
}

// same tells whether alerts would overwrite a file.
func (r *replaying) same(path string) bool {
	a, errA := os.Stat(r.alerts)
	b, errB := os.Stat(path)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// trouble finds a sentence for what is wrong with a file; what has one already keeps it.
func (p *program) trouble(path string, err error) error {
	no, line := (*office.Refusal)(nil), (*office.BadLine)(nil)
	switch {
	case errors.As(err, new(misuse)), errors.As(err, new(said)):
		return err
	case errors.Is(err, context.Canceled):
		return said{p.say("已中断；此前的预警已写出", "interrupted; the alerts up to here are written")}
	case errors.As(err, &no):
		return said{path + p.say("：", ": ") + no.Text.In(p.lang)}
	case errors.As(err, &line):
		return said{path + p.say("：", ": ") + line.In(p.lang)}
	case errors.Is(err, fs.ErrNotExist):
		return said{fmt.Sprintf(p.say("没有文件 %s", "there is no file %s"), path)}
	case errors.Is(err, fs.ErrPermission):
		return said{fmt.Sprintf(p.say("没有权限访问 %s", "no permission for %s"), path)}
	case errors.Is(err, syscall.EISDIR):
		return said{fmt.Sprintf(p.say("%s 是目录，不是文件", "%s is a folder, not a file"), path)}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// said is an error that is a sentence for a person.
type said struct{ text string }

func (s said) Error() string { return s.text }

// mostSaid is how many lines of one kind are named; the others are counted.
const mostSaid = 20

func (r *replaying) fault(f *office.BadLine) {
	r.said[f.Code]++
	switch n := r.said[f.Code]; {
	case n <= mostSaid && r.json:
		r.tell("bad_line", f)
	case n <= mostSaid:
		fmt.Fprintln(r.err, f.In(r.lang))
	case n == mostSaid+1 && !r.json:
		fmt.Fprintf(r.err, r.say("“%s”已列出 %d 行，其余只计数\n", "%s: %d lines are named, the others are counted\n"), office.FaultName(f.Code).In(r.lang), mostSaid)
	}
}

// tell writes one object to standard error.
func (r *replaying) tell(kind string, v any) {
	json.NewEncoder(r.err).Encode(map[string]any{"kind": kind, kind: v})
}

func (r *replaying) pace(p office.Pace) {
	percent := -1
	if r.size > 0 {
		percent = int(r.read * 100 / r.size)
	}
	at := p.At.In(china).Format("2006-01-02 15:04")
	if r.json {
		said := map[string]any{"lines": p.Lines, "events": p.Events, "events_per_second": int(p.Rate), "at": p.At.In(china)}
		if percent >= 0 {
			said["percent"] = percent
		}
		r.tell("progress", said)
		return
	}
	text := fmt.Sprintf(r.say("%d 行，每秒 %.0f 条，数据到 %s", "%d lines, %.0f events a second, the stream is at %s"), p.Lines, p.Rate, at)
	if percent >= 0 {
		text += fmt.Sprintf(r.say("，%d%%", ", %d %%"), percent)
	}
	fmt.Fprintln(r.err, text)
}

var china = time.FixedZone("+08:00", 8*3600)

// summary ends the run's report.
func (r *replaying) summary(s office.Replayed) error {
	peak := peakMemory()
	if r.json {
		r.tell("summary", struct {
			office.Replayed
			Peak int64 `json:"peak_memory_bytes,omitempty"`
		}{s, peak})
		return nil
	}
	text := fmt.Sprintf(r.say("共 %d 行，计入 %d 条，%.1f 秒，每秒 %.0f 条", "%d lines, %d events taken in %.1f s: %.0f a second"), s.Lines, s.Events, s.Seconds, s.Rate)
	if peak > 0 {
		text += fmt.Sprintf(r.say("，内存最多 %d MB", "; %d MB of memory at most"), peak>>20)
	}
	text += fmt.Sprintf(r.say("\n数据从 %s 到 %s\n预警 %d 次，规则 %s\n跳过 %d 行", "\nthe stream goes from %s to %s\n%d alerts by rules %s\n%d lines left out"), s.First, s.Last, s.Alerts, s.Rules, s.Skipped)
	for _, code := range faultsOf(s.Faults) {
		text += fmt.Sprintf("\n  %s %d", office.FaultName(code).In(r.lang), s.Faults[code])
	}
	if len(s.Unknown) > 0 {
		text += r.say("\n未知字段：", "\nunknown fields: ") + strings.Join(s.Unknown, ", ")
	}
	_, err := fmt.Fprintln(r.err, text)
	return err
}

func faultsOf(counts map[string]int) []string {
	all := make([]string, 0, len(counts))
	for code := range counts {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

// peakMemory is the most memory that the process has had, in bytes; 0 where the system does not say it as Linux does.
func peakMemory() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	var kB int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kB); err != nil {
		return 0
	}
	return kB << 10
}
