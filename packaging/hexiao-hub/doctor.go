package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

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
	return p.command("doctor", "检查密钥、账簿、磁盘和运行中的中心", "look at keys, book, disk and the running hub", 0, func(ctx context.Context, _ []string) error {
		all := []finding{p.keys(), p.book(ctx), p.space(), p.running(ctx)}
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
	var s unix.Statfs_t
	if err := unix.Statfs(p.data, &s); err != nil {
		return finding{"disk", false, (&os.PathError{Op: "statfs", Path: p.data, Err: err}).Error()}
	}
	free := s.Bavail * uint64(s.Bsize)
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
