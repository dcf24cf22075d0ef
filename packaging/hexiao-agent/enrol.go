package main

import (
	"bufio"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"hexiao/agent/uplink"
)

func (p *program) enrolCommand() *cobra.Command {
	var hub, token string
	c := p.command("enrol --hub URL --token TOKEN --data DIR", "用入网码把这台电脑登记为一台终端（一次）", "make this PC a terminal, once, with a token of the hub",
		p.args(0, 0, ""), func(ctx context.Context, _ []string) error { return p.enrol(ctx, hub, token) })
	c.Flags().StringVar(&hub, "hub", "", p.say.of("中心`地址`，形如 https://hub.example:8443", "the hub's `URL`, such as https://hub.example:8443"))
	c.Flags().StringVar(&token, "token", "", p.say.of("`入网码`，由 hexiao-hub terminal token 给出；写 - 则从标准输入读", "the `token` that hexiao-hub terminal token gave; - reads it from standard input"))
	return p.withJSON(p.withData(c))
}

func (p *program) enrol(ctx context.Context, hub, token string) error {
	switch {
	case hub == "":
		return wrongUse("缺少 --hub 中心地址", "--hub URL is missing")
	case token == "":
		return wrongUse("缺少 --token 入网码", "--token TOKEN is missing")
	case token == "-":
		line, err := bufio.NewReader(p.in).ReadString('\n')
		if token = strings.TrimSpace(line); token == "" {
			return failed(err, "标准输入里没有入网码", "there is no token on standard input")
		}
	}
	if err := folder(p.data); err != nil {
		return err
	}
	i, err := uplink.Enrol(ctx, hub, token, p.data, version)
	if err != nil {
		return err
	}
	if p.json {
		return p.print(map[string]string{"terminal": string(i.Terminal), "merchant": string(i.Merchant), "name": i.MerchantName, "hub": i.Hub})
	}
	p.line(p.say.of("已登记：终端 %s，商户 %s（%s），中心 %s。请核对商户名称。", "enrolled: terminal %s of merchant %s (%s) at %s; check that this is the shop"),
		i.Terminal, i.Merchant, i.MerchantName, i.Hub)
	return nil
}
