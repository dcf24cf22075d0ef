package main

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
	"hexiao/hub/voucher"
)

// beside is one picture of several codes, side by side.
func beside(t *testing.T, texts ...string) []byte {
	t.Helper()
	whole := image.NewGray(image.Rect(0, 0, 260*len(texts)+10, 270))
	for i := range whole.Pix {
		whole.Pix[i] = 255
	}
	for i, text := range texts {
		one, err := qrimage.Draw(text, 4)
		if err != nil {
			t.Fatal(err)
		}
		for y := range one.Bounds().Dy() {
			for x := range one.Bounds().Dx() {
				whole.Set(260*i+x, y, one.At(x, y))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, whole); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPictureIsRedeemed(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 2)
	h.Close()
	a := start(t, dir)
	events := a.Events(t.Context())
	answer := func() desk.Answer {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case e := <-events:
				if e.Answer != nil {
					return *e.Answer
				}
			case <-late:
				t.Fatalf("no answer\n%s", a.log)
			}
		}
	}
	for _, c := range []struct {
		name    string
		picture []byte
		answer  voucher.Answer
		reason  voucher.Reason
	}{
		{"two vouchers", beside(t, code(1), code(2)), voucher.ScanAgain, voucher.DamagedScan},
		{"no code", beside(t), voucher.ScanAgain, voucher.DamagedScan},
		{"a payment code", beside(t, "281234567890123456"), voucher.ScanAgain, voucher.PaymentCode},
		{"a voucher beside a payment code", beside(t, "281234567890123456", code(1)), voucher.Provisional, voucher.OK},
		{"the same voucher below another bill", beside(t, code(1)), voucher.Refused, voucher.AlreadyRedeemed},
	} {
		err := a.SetBill(t.Context(), desk.Bill{Fen: 58_00, Source: "pos"})
		if err := errors.Join(err, a.Picture(t.Context(), c.picture)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := answer(); got.Answer != c.answer || got.Reason != c.reason {
			t.Errorf("%s: %s %s, %s", c.name, got.Answer, got.Reason, got.Message.En)
		}
	}
	for name, c := range map[string]struct {
		picture []byte
		status  int
		zh, en  string
	}{
		"half a picture": {beside(t, code(2))[:100], 400, "不是 PNG、JPEG、GIF、BMP 或 WebP 图片，或文件已损坏，请换一张图片。", "Not a PNG, JPEG, GIF, BMP or WebP picture, or a damaged one; try another picture."},
		"too many pixels": {[]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x01\x00\x18\x00" + string(make([]byte, 24))), 413,
			"图片超过 5000 万像素，请缩小或截图后再试。", "The picture has more than 50 megapixels; make it smaller or take a screenshot of it."},
	} {
		var refusal *desk.Error
		if err := a.Picture(t.Context(), c.picture); !errors.As(err, &refusal) || refusal.Status != c.status || refusal.Text.Zh != c.zh || refusal.Text.En != c.en {
			t.Errorf("%s: %+v, %v", name, refusal, err)
		}
	}
}

func TestACameraThatIsNotThere(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 1)
	h.Close()
	a := start(t, dir, "--config", writeConfig(t, "[[scanner]]\nkind = \"camera\"\npath = \"/dev/no-camera\"\nmode = \"640x480\"\nname = \"counter\"\n"))
	late := time.After(20 * time.Second)
	for events := a.Events(t.Context()); ; {
		select {
		case e := <-events:
			if e.View != nil && len(e.View.Scanners) == 1 && e.View.Scanners[0].Problem.En != "" {
				if s := e.View.Scanners[0]; s.Name != "counter" || s.Connected {
					t.Errorf("%+v", s)
				}
				return
			}
		case <-late:
			t.Fatal("its problem did not come")
		}
	}
}

func TestCamerasInTheSettings(t *testing.T) {
	dir, _ := enrolled(t)
	camera := func(rest string) string { return writeConfig(t, "[[scanner]]\nkind = \"camera\"\n"+rest) }
	do(t, "run", "--data", dir, "--config", camera("path = \"/dev/video0\"\nmode = \"9600 8N1\"\n")).want(t, 2, "1280x720")
	do(t, "run", "--data", dir, "--config", camera("path = \"usb:046D\"\n")).want(t, 2, "usb:VID:PID")
	do(t, "doctor", "--data", dir, "--config", camera("path = \"/dev/no-camera\"\n")).want(t, 1, "/dev/no-camera")
	do(t, "doctor", "--data", dir, "--config", camera("path = \"usb:FFFF:FFFF\"\n")).want(t, 1, "usb:FFFF:FFFF")
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "agent.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
