package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
)

func (p *program) writeOffCommand() *cobra.Command {
	var in office.WriteOff
	var by who
	c := p.command("write-off ID", "注销一台丢失终端的剩余租约：须两名登记人员先后签名", "write off what a lost terminal's leases have left: two entered persons sign, one after the other", 1, func(ctx context.Context, args []string) error {
		in.ID = voucher.TerminalID(args[0])
		key, err := by.secret(p)
		if err != nil {
			return err
		}
		if key == nil {
			return misuse{errors.New(p.say("注销租约须两名登记人员签名：请加 --as 姓名 --key 钥匙文件（登记见 person add）", "a write-off needs two persons' signatures: add --as NAME --key FILE (persons are entered with `person add`)"))}
		}
		s, err := ask[office.Statement](ctx, p, "terminal.write-off-statement", in)
		if err != nil {
			return err
		}
		says := func(b ledger.WriteOffBody) bool {
			return b.Terminal == in.ID && b.Release == in.Release && b.Reason == s.Reason && (in.Reason == "" || in.Reason == b.Reason)
		}
		in.By, in.Reason, in.Raw = by.name, s.Reason, s.Raw
		if in.Sig, err = sign(s.Raw, key, ledger.ForWriteOff, says); err != nil {
			return err
		}
		w, err := ask[office.WroteOff](ctx, p, "terminal.write-off", in)
		if err != nil {
			return err
		}
		return p.wroteOff(w, in)
	})
	c.Flags().StringVar(&in.Reason, "reason", "", p.say("原因，留存备查；第二名签名人可不写", "why; it stays on record. The second person who signs may leave it out"))
	c.Flags().BoolVar(&in.Release, "release", false, p.say("剩余数量归还库存；以后迟到的记录不再预留", "what is left is free again; nothing is set aside for records that come later"))
	c.Flags().BoolVar(&in.Past, "past", false, p.say("只注销已结束各册的剩余，终端照常使用", "only what epochs that are over have left; the terminal works on"))
	by.flags(p, c)
	return c
}

func (p *program) wroteOff(w office.WroteOff, in office.WriteOff) error {
	zhToo, enToo := "", ""
	if w.Unheard {
		zhToo = fmt.Sprintf("\n注意：中心恢复之后还没有收到终端 %s 的上报。备份之后它可能又领到额度，注销后这些数量会重复出借；签名人对此负责", w.ID)
		enToo = fmt.Sprintf("\nnote: the restored hub has not heard terminal %s. What it was lent after the backup is not known and will be lent again; whoever signs takes that over", w.ID)
	}
	if w.State == "waiting" {
		flags := ""
		if in.Release {
			flags += " --release"
		}
		if in.Past {
			flags += " --past"
		}
		return p.told(w, fmt.Sprintf("%s 已签名，尚未注销。须第二名登记人员签同样的内容才生效：\nhexiao-hub terminal write-off %s%s --as 姓名 --key 钥匙文件%s", in.By, w.ID, flags, zhToo),
			fmt.Sprintf("%s has signed, and nothing is written off yet: a second entered person must sign the same:\nhexiao-hub terminal write-off %s%s --as NAME --key FILE%s", in.By, w.ID, flags, enToo))
	}
	zh, en := "迟到的记录仍从中支取，并成为案件", "records that come late still draw on it, and become cases"
	if w.Release {
		zh, en = "已归还库存；迟到的记录成为案件，没有预留", "it is free again; records that come late become cases, and nothing is set aside for them"
	}
	return p.told(w, fmt.Sprintf("%s 已注销终端 %s 的剩余租约：%d 张、备付金 %s 元；%s%s", strings.Join(w.By, "、"), w.ID, w.Units, w.Sum, zh, zhToo),
		fmt.Sprintf("%s wrote off what terminal %s had left: %d units, %s yuan of the reserve; %s%s", strings.Join(w.By, ", "), w.ID, w.Units, w.Sum, en, enToo))
}
