package packaging

import (
	"context"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
	"hexiao/hub/voucher"
)

// readShot reads pictures for the scene's desk: QR codes in those that are pictures.
func readShot(_ context.Context, r io.Reader) ([]string, error) {
	texts, err := qrimage.Decode(r)
	if err != nil {
		return nil, &desk.Error{Status: 400, Text: voucher.Text{Zh: "这不是图片。", En: "This is no picture."}}
	}
	return texts, nil
}

// withFiles is JavaScript that makes a DataTransfer of files, each a name, a kind and bytes in base64.
func withFiles(files ...[3]string) string {
	var b strings.Builder
	b.WriteString("const data = new DataTransfer();")
	for _, f := range files {
		b.WriteString("data.items.add(new File([Uint8Array.from(atob(" + quoted(f[2]) + "), (c) => c.charCodeAt(0))], " + quoted(f[0]) + ", {type: " + quoted(f[1]) + "}));")
	}
	return b.String()
}

// picturesOnThePage: dropped, pasted and chosen, a picture goes to the desk behind the amount that was typed before it.
func picturesOnThePage(t *testing.T, b *browser) {
	s := newScene(t)
	// The field that the button makes is kept, and no dialog of the browser's opens.
	p := s.page(t, b, "HTMLInputElement.prototype.click = function() { window.field = this; };")
	png, err := qrimage.PNG("HX1PICTURE", 4)
	check(t, err)
	one := [3]string{"a.png", "image/png", base64.StdEncoding.EncodeToString(png)}
	gets := func(what string, times int) {
		t.Helper()
		waitFor(t, what+" at the desk", func() bool { return s.heard("picture HX1PICTURE") == times })
	}

	p.key(t, "5", "8")
	p.eval(t, "(() => {"+withFiles(one)+" window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, cancelable: true})); })()")
	gets("a dropped picture", 1)
	if bill := s.View().Bill.Fen; bill != 58_00 {
		t.Errorf("the bill before it is %d", bill)
	}
	p.eval(t, "(() => {"+withFiles(one)+" window.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data})); })()")
	gets("a pasted picture", 2)
	p.tap(t, "picture")
	p.until(t, "Boolean(window.field)")
	if kind := p.eval(t, "window.field.type + ' ' + window.field.accept"); kind != "file image/*" {
		t.Errorf("the button opens %v", kind)
	}
	p.eval(t, "(() => {"+withFiles(one)+" window.field.files = data.files; window.field.dispatchEvent(new Event('change')); })()")
	gets("a chosen picture", 3)

	p.eval(t, "(() => {"+withFiles(one, one)+" window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, cancelable: true})); })()")
	p.says(t, "一次只能用一张图片")
	p.eval(t, "(() => {"+withFiles([3]string{"a.png", "image/png", "aGVsbG8="})+" window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, cancelable: true})); })()")
	p.says(t, "这不是图片。")
	p.eval(t, "(() => {"+withFiles([3]string{"a.txt", "text/plain", "aGVsbG8="})+" window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, cancelable: true})); })()")
	p.says(t, "只能收图片")
	if taken := p.eval(t, "!window.dispatchEvent(new DragEvent('dragover', {cancelable: true}))"); taken != true {
		t.Error("the browser would show a dropped file in place of the page")
	}
	s.pause()
	p.eval(t, "(() => {"+withFiles(one)+" window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, cancelable: true})); })()")
	p.says(t, "联系不上本机的核销服务")
	if s.heard("picture HX1PICTURE") != 3 {
		t.Error("a picture was taken that should not have been")
	}
}
