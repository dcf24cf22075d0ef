package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
)

func (p *program) retireCommand() *cobra.Command {
	wait := 2 * time.Minute
	c := p.command("retire --data DIR [--wait 2m]", "停用本机：退还离线额度，把全部记录报给中心", "retire this till: give back what it was lent, and send every record",
		p.args(0, 0, ""), func(ctx context.Context, _ []string) error { return p.retire(ctx, wait) })
	c.Long = p.say.of("停用本机，用于重装或更换电脑以前。先停止核销服务，再运行本命令：它退还本机的离线额度，把全部记录报给中心，并说明还剩什么。退出码 0 表示已全部报到，可以重装；之后请在中心执行 hexiao-hub terminal revoke。",
		"Retire this till, before the PC is made anew or replaced. Stop the agent first, then run this: it gives back what the till was lent, sends every record, and says what is left. Exit code 0: everything has arrived and the PC may be made anew; then run hexiao-hub terminal revoke at the hub.")
	c.Flags().DurationVar(&wait, "wait", wait, p.say.of("最多等中心这么`久`", "wait for the hub so `long` at most"))
	return p.withJSON(p.withData(c))
}

// retired is how far it came.
type retired struct {
	Terminal voucher.TerminalID `json:"terminal"`
	Done     bool               `json:"done"`
	Queued   uint64             `json:"queued"`
	Oldest   *time.Time         `json:"oldest_queued,omitempty"`
	Lease    bool               `json:"lease"` // the hub has not taken back what the till was lent
	Problem  *voucher.Text      `json:"problem,omitempty"`
}

func (p *program) retire(ctx context.Context, wait time.Duration) (err error) {
	identity, err := uplink.LoadIdentity(p.data)
	if err != nil {
		return err
	}
	record, err := p.openJournal(identity, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	agent.NewCore(agent.Config{Journal: record}).Wake(time.Now()) // takes back what a crash left unanswered
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	r, err := drain(ctx, identity, record)
	if err != nil {
		return err
	}
	return p.sayRetired(r)
}

// drain gives every lease back and holds the line up until the hub has answered everything, or ctx ends.
func drain(ctx context.Context, identity uplink.Identity, record *journal.Journal) (r retired, err error) {
	var mu sync.Mutex // guards problem
	var problem voucher.Text
	line := uplink.NewLink(uplink.Config{Identity: identity, Journal: record, Version: version, Notify: func(l uplink.Line) {
		mu.Lock()
		defer mu.Unlock()
		problem = l.Problem
	}})
	online, over := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer over()
	running.Go(func() { line.Run(online) })
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		// Again where the hub had ordered another epoch meanwhile.
		if err := record.Surrender(voucher.AllLeases); err != nil {
			return r, err
		}
		mu.Lock()
		r = standing(record.State(), record.Returned(), problem)
		mu.Unlock()
		select {
		case <-ctx.Done():
			return r, nil
		case <-look.C:
		}
		if r.Done {
			return r, nil
		}
	}
}

func standing(s journal.State, returned bool, problem voucher.Text) retired {
	r := retired{Terminal: s.Terminal, Queued: s.Queued, Lease: !returned}
	r.Done = s.Queued == 0 && s.Given == voucher.AllLeases && !s.Older
	if !s.Oldest.IsZero() {
		r.Oldest = &s.Oldest
	}
	switch {
	case s.Older:
		r.Problem = &voucher.Text{Zh: "本机数据比中心旧（磁盘被还原过，或有另一份拷贝），要由中心的人先处理：请联系技术支持",
			En: "this PC's data is older than the hub's (its disk was put back, or there is a copy of it); people at the hub must decide first: call support"}
	case !r.Done && problem != voucher.Text{}:
		r.Problem = &problem
	}
	return r
}

// sayRetired prints what is left. Anything left is a failure, so that a script does not make a PC anew that still owes.
func (p *program) sayRetired(r retired) error {
	if p.json {
		if err := p.print(r); err != nil {
			return err
		}
	}
	if r.Done {
		switch {
		case p.json:
		case r.Lease:
			p.line(p.say.of("终端 %s 的记录已全部报到中心，现在可以重装；但中心没有收回额度，请在中心执行 hexiao-hub terminal write-off %s",
				"every record of terminal %s has arrived and the PC may be made anew; but the hub did not take its lease back: run hexiao-hub terminal write-off %s at the hub"), r.Terminal, r.Terminal)
		default:
			p.line(p.say.of("终端 %s 已停用：全部记录已报到中心，额度已退还。现在可以重装；请在中心执行 hexiao-hub terminal revoke %s",
				"terminal %s is retired: every record has arrived, and its lease is given back. The PC may be made anew; run hexiao-hub terminal revoke %s at the hub"), r.Terminal, r.Terminal)
		}
		return nil
	}
	zh := fmt.Sprintf("还有 %d 条记录没有报到中心，请勿重装或清除目录 %s；联网后再运行本命令", r.Queued, p.data)
	en := fmt.Sprintf("%d records have not reached the hub yet; do not make the PC anew or clear %s, and run this again when the line is back", r.Queued, p.data)
	if r.Problem != nil {
		zh, en = zh+"（"+r.Problem.Zh+"）", en+" ("+r.Problem.En+")"
	}
	return failed(nil, zh, en)
}
