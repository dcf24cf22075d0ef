package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
)

func (p *program) evidenceCommand() *cobra.Command {
	var verify, key, out string
	c := p.command("evidence N --out FILE.zip | --verify FILE.zip", "导出套现案件的签名证据包，或核对一个（不需要中心）", "write the signed evidence pack of a case about cash-out, or check one, which needs no hub", 0, func(context.Context, []string) error { return nil })
	c.Args = cobra.MaximumNArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case verify != "" && out == "" && len(args) == 0:
			return p.checkEvidence(verify, key)
		case verify == "" && out != "" && len(args) == 1:
			return p.writeEvidence(c.Context(), args[0], out)
		}
		return misuse{errors.New(p.say("用法：hexiao-hub case evidence 案件号 --out 文件.zip，或 hexiao-hub case evidence --verify 文件.zip [--key 公钥]",
			"usage: hexiao-hub case evidence N --out FILE.zip, or hexiao-hub case evidence --verify FILE.zip [--key KEY]"))}
	}
	c.Flags().StringVar(&out, "out", "", p.say("要写的文件", "the file to write"))
	c.Flags().StringVar(&verify, "verify", "", p.say("证据包（ZIP）", "the pack, a ZIP file"))
	c.Flags().StringVar(&key, "key", "", p.say("中心的公钥，64 位十六进制；不给则用包内所写的", "the hub's public key, 64 hexadecimal digits; the one in the pack when left out"))
	return c
}

func (p *program) checkEvidence(path, digits string) error {
	var key ed25519.PublicKey
	if digits != "" {
		raw, err := hex.DecodeString(digits)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return misuse{errors.New(p.say("--key 须为 64 位十六进制", "--key takes 64 hexadecimal digits"))}
		}
		key = raw
	}
	pack, err := os.ReadFile(path)
	if err != nil {
		return p.trouble(path, err)
	}
	done, err := office.CheckEvidence(pack, key)
	if err != nil {
		return err
	}
	says := done.Says()
	return p.told(done, says.Zh, says.En)
}
