package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"hexiao/drivers/qrimage"
	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

func (p *program) voucherCommand() *cobra.Command {
	var want office.WantVouchers
	var tier, out, pictures, place string
	var phase uint8
	issue := p.command("issue", "发券", "issue vouchers", 0, func(ctx context.Context, _ []string) error {
		want.Tier, want.Phase = voucher.TierID(tier), voucher.PhaseNo(phase)
		var err error
		if want.Place, err = p.place(place); err != nil {
			return err
		}
		return p.issue(ctx, want, out, pictures)
	})
	issue.Flags().StringVar(&tier, "tier", "", p.say("券种编号，例如 supermarket-10", "the tier, such as supermarket-10"))
	issue.Flags().IntVar(&want.Count, "count", 1, p.say("张数", "how many"))
	issue.Flags().Uint8Var(&phase, "phase", 0, p.say("第几期；不写则为当前一期", "the phase; the one that runs when left out"))
	issue.Flags().StringVar(&want.Person, "person", "", p.say("持券人的散列值（不是手机号）", "a hash of the holder, never a number in clear"))
	issue.Flags().StringVar(&want.Device, "device", "", p.say("领券手机的散列值", "a hash of the phone that claimed"))
	issue.Flags().StringVar(&place, "place", "", p.say("领券时手机的位置：纬度,经度", "where that phone was: LAT,LON"))
	issue.Flags().StringVar(&out, "out", "", p.say("把券写入这个 NDJSON 文件", "write the vouchers to this NDJSON file"))
	issue.Flags().StringVar(&pictures, "qr", "", p.say("把二维码图片写入这个目录", "write QR pictures into this folder"))
	show := p.command("show ID-OR-CODE", "一张券", "one voucher", 1, func(ctx context.Context, args []string) error {
		v, err := ask[store.VoucherRow](ctx, p, "voucher.show", office.Named{ID: args[0]})
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s  %s  %s  %s", v.ID, v.Tier, v.State, v.Redemption)
		return p.told(v, line, line)
	})
	return p.group("voucher", "券", "vouchers", issue, show)
}

func (p *program) issue(ctx context.Context, want office.WantVouchers, out, pictures string) error {
	file, err := p.create(out)
	if err != nil {
		return err
	}
	if pictures != "" {
		if err := os.MkdirAll(pictures, 0o700); err != nil {
			return err
		}
	}
	all, err := ask[[]office.Voucher](ctx, p, "voucher.issue", want)
	if err != nil {
		return errors.Join(err, discard(file))
	}
	if err := write(file, all); err != nil {
		return err
	}
	for _, v := range all {
		if err := draw(pictures, v); err != nil {
			return err
		}
	}
	if p.json || out == "" && pictures == "" {
		return lines(&program{out: p.out, lang: p.lang, json: true}, all, "", nil)
	}
	return p.told(nil, fmt.Sprintf("已发 %d 张", len(all)), fmt.Sprintf("issued %d vouchers", len(all)))
}

// create opens the file for the vouchers before any is issued: codes that cannot be written are lost.
func (p *program) create(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // never over codes that were issued before
	if err != nil {
		return nil, fmt.Errorf(p.say("不能写入：%w", "cannot write: %w"), err)
	}
	return f, nil
}

func discard(f *os.File) error {
	if f == nil {
		return nil
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func write(f *os.File, all []office.Voucher) error {
	if f == nil {
		return nil
	}
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for _, v := range all {
		if err := lines.Encode(v); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), f.Sync(), f.Close())
}

// modulePixels makes a picture of about 390 by 390 points of a version 6 symbol: a phone's screen shows it without scaling.
const modulePixels = 8

func draw(folder string, v office.Voucher) error {
	if folder == "" {
		return nil
	}
	png, err := qrimage.PNG(v.Code, modulePixels)
	if err != nil {
		return fmt.Errorf("draw voucher %s: %w", v.ID, err)
	}
	return os.WriteFile(filepath.Join(folder, v.ID+".png"), png, 0o600)
}
