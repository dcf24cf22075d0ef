package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"hexiao/hub/book"
	"hexiao/hub/office"
	"hexiao/hub/registry"
)

// finding is one thing that doctor looked at.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Said  string `json:"said"`
}

func (p *program) doctorCommand() *cobra.Command {
	return p.command("doctor", "检查密钥、账簿、磁盘、运行中的中心和待办事项", "look at keys, book, disk, the running hub, and at what waits for people", 0, func(ctx context.Context, _ []string) error {
		all := []finding{p.keys(), p.book(ctx), p.space(), p.running(ctx)}
		all = append(all, p.people(ctx)...)
		if err := lines(p, all, p.say("检查\t结果\t说明", "check\tresult\twhat was found"), func(f finding) string {
			mark := "ok"
			if !f.OK {
				mark = p.say("有问题", "BAD")
			}
			return f.Check + "\t" + mark + "\t" + f.Said
		}); err != nil {
			return err
		}
		for _, f := range all {
			if !f.OK {
				return errors.New(p.say("有检查未通过", "a check did not pass"))
			}
		}
		return nil
	})
}

func (p *program) keys() finding {
	k, err := registry.ReadKeys(filepath.Join(p.data, "keys"))
	if err != nil {
		return finding{"keys", false, err.Error()}
	}
	hash, until := k.CAHash(), k.TLSCertificate().Leaf.NotAfter.Format("2006-01-02")
	return finding{"keys", true, fmt.Sprintf(p.say("CA 指纹 %x…，服务器证书到 %s", "CA %x…, server certificate until %s"), hash[:6], until)}
}

func (p *program) book(ctx context.Context) finding {
	switch err := book.Verify(ctx, filepath.Join(p.data, "book")); {
	case errors.Is(err, book.ErrLocked):
		return finding{"book", true, p.say("正由运行中的中心使用；停止后可逐条校验", "in use by the running hub; stop it to have every entry looked at")}
	case err != nil:
		return finding{"book", false, err.Error()}
	}
	return finding{"book", true, p.say("校验和与哈希链完整", "checksums and hash chain hold")}
}

// leastSpace is what must be free: four segments of the book, a few days of a busy county.
const leastSpace = 256 << 20

func (p *program) space() finding {
	free, err := freeSpace(p.data)
	if err != nil {
		return finding{"disk", false, (&os.PathError{Op: "statfs", Path: p.data, Err: err}).Error()}
	}
	return finding{"disk", free >= leastSpace, fmt.Sprintf(p.say("可用 %d MiB，至少需要 %d MiB", "%d MiB free, at least %d MiB are needed"), free>>20, leastSpace>>20)}
}

func (p *program) running(ctx context.Context) finding {
	hub, err := office.Dial(ctx, p.data)
	if errors.Is(err, office.ErrNoHub) {
		return finding{"hub", true, p.say("没有在运行", "does not run")}
	}
	if err == nil {
		_, err = hub.Do(ctx, "merchant.list", []byte("{}"))
	}
	if err != nil {
		return finding{"hub", false, err.Error()}
	}
	return finding{"hub", true, p.say("正在运行，有回应", "runs and answers")}
}

// people looks at what waits for people: a recovery, cases, terminals that stand still, stock that lies with lost ones. Only
// a recovery is bad by itself: nothing is lent before it is over.
func (p *program) people(ctx context.Context) []finding {
	s, err := ask[office.State](ctx, p, "state.show", office.None{})
	if err != nil {
		return []finding{{"recovery", false, p.explain(err)}}
	}
	recovery := finding{"recovery", true, p.say("未曾恢复过", "the hub was never restored")}
	switch {
	case s.Recovering:
		recovery = finding{"recovery", false, fmt.Sprintf(p.say("正在恢复，等待 %d 台终端补报：%s；丢失的请注销（terminal revoke 或 write-off），已冻结的请裁定其案件（case list）", "the hub was restored and waits for %d terminals to report: %s; revoke or write off those that are lost, and decide the cases of those that are frozen (case list)"), len(s.Waiting), named(s.Waiting))}
	case s.Restores > 0:
		recovery.Said = fmt.Sprintf(p.say("恢复过 %d 次，均已完成", "restored %d times, and each time recovered"), s.Restores)
	}
	frozen := p.say("没有终端被冻结", "no terminal is frozen")
	if len(s.Frozen) > 0 {
		frozen = fmt.Sprintf(p.say("冻结 %d 台：%s", "%d are frozen: %s"), len(s.Frozen), named(s.Frozen))
	}
	return []finding{recovery,
		{"cases", true, fmt.Sprintf(p.say("待裁定 %d 件", "%d wait for a decision"), s.Cases)},
		{"terminals", true, frozen},
		{"stranded", true, fmt.Sprintf(p.say("滞留库存 %d 张，备付金 %s 元", "%d units of stock and %s yuan of the reserve lie with silent terminals"), s.Stranded.Units, s.Stranded.Sum)}}
}
