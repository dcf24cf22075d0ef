package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
	"hexiao/hub/voucher"
)

func (p *program) backupCommand() *cobra.Command {
	return p.command("backup FILE", "把账簿和密钥备份到一个新文件，运行中也可以", "back up book and keys to a new file, also while the hub runs", 1, func(ctx context.Context, args []string) error {
		b, err := office.BackUp(ctx, p.data, args[0])
		if err != nil {
			return err
		}
		return p.told(b, fmt.Sprintf("已备份到 %s（%d 字节，已读回核对），账簿到第 %d 条，链值 %s\n文件里有中心的密钥：请像密钥一样保管，并放到另一台机器上", b.File, b.Bytes, b.Position, b.Head),
			fmt.Sprintf("backed up to %s (%d bytes, read again and found good), the book up to entry %d, its chain there %s\nThe hub's keys are in it: keep it as safe as them, and on another machine", b.File, b.Bytes, b.Position, b.Head))
	})
}

func (p *program) restoreCommand() *cobra.Command {
	return p.command("restore FILE", "把备份恢复到空目录（--data）", "restore a backup into an empty folder (--data)", 1, func(ctx context.Context, args []string) error {
		r, err := office.Restore(ctx, args[0], p.data)
		if err != nil {
			return err
		}
		return p.told(r, fmt.Sprintf("已恢复到 %s，账簿到第 %d 条。备份之后的记录由各终端重新上报：\n%s", r.Data, r.Position, next(p, r)),
			fmt.Sprintf("restored into %s, the book up to entry %d. Terminals report again what came after the backup:\n%s", r.Data, r.Position, next(p, r)))
	})
}

// next says what happens after a restore, and what people have to do.
func next(p *program, r office.Restored) string {
	who := p.say("没有终端需要等待", "there is no terminal to wait for")
	if len(r.Waiting) > 0 {
		who = fmt.Sprintf(p.say("等待 %d 台终端：%s", "waiting for %d terminals: %s"), len(r.Waiting), named(r.Waiting))
	}
	steps := []string{
		p.say("1. 确认旧的中心已永久停用：两个中心不能同时运行", "1. Make sure that the old hub is off for good: there must never be two"),
		p.say("2. 启动：hexiao-hub serve；终端连上后自动补报", "2. Start it: hexiao-hub serve; terminals report by themselves once they reach it"),
		"3. " + who + p.say("。在它们全部补报之前，中心不发租约，只认有凭据的记录；新的核销由各终端在其租约内离线受理", ". Until all of them have reported the hub lends nothing and takes only what an earlier answer proves; tills accept new vouchers within the leases they have"),
		p.say("4. 备份之后由人做的事不在备份里，请核对后重做：案件裁定、租约注销、商户暂停、终端注销、活动和名单的变更", "4. What people did after the backup is not in it; look it up and do it again: decisions, write-offs, suspensions, revocations, changes of the campaign and of the list"),
		p.say("5. 丢失的终端用 terminal revoke 或 terminal write-off 处理；进度见 hexiao-hub doctor", "5. Lost terminals are revoked or written off (terminal revoke, terminal write-off); `hexiao-hub doctor` says how far it is"),
	}
	return strings.Join(steps, "\n")
}

// named lists terminals, the first ten of many.
func named(all []voucher.TerminalID) string {
	const most = 10
	names := make([]string, 0, most+1)
	for i, id := range all {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, string(id))
	}
	return strings.Join(names, ", ")
}
