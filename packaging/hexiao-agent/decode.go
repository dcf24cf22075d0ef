package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"hexiao/drivers/qrimage"
)

func (p *program) decodeCommand() *cobra.Command {
	c := p.command("decode PICTURE...", "读出图片里的二维码", "read the QR codes in pictures", p.args(1, -1, "PICTURE"),
		func(ctx context.Context, args []string) error { return p.decode(ctx, args) })
	c.Long = p.say.of(`读出 PNG、JPEG、GIF、BMP、WebP 图片里的二维码，每张图片打印一行 {"file","texts":[...]}。券码等同现金，请勿把输出存入日志。`,
		`Read the QR codes in PNG, JPEG, GIF, BMP or WebP pictures; one line {"file","texts":[...]} for each. A voucher's code is as good as money: keep the output out of logs.`)
	return p.withJSON(c)
}

type decoded struct {
	File  string   `json:"file"`
	Texts []string `json:"texts"`
}

// decode prints a line for each picture; one that cannot be read is named, the others are read all the same.
func (p *program) decode(ctx context.Context, files []string) error {
	bad := 0
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		texts, err := decodeFile(file)
		if err != nil {
			bad++
			fmt.Fprintf(p.err, "%s: %v\n", file, err)
			continue
		}
		if err := p.print(decoded{file, texts}); err != nil {
			return err
		}
	}
	if bad > 0 {
		return failed(nil, fmt.Sprintf("%d 张图片读不出", bad), fmt.Sprintf("%d of the pictures could not be read", bad))
	}
	return nil
}

func decodeFile(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	texts, err := qrimage.Decode(f)
	if texts == nil {
		texts = []string{}
	}
	return texts, err
}
