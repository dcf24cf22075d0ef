package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/qrimage"
	"hexiao/hub/voucher"
)

// pictures finds the codes in a picture for the desk; what is wrong with the picture is said to whoever sent it.
func pictures(_ context.Context, r io.Reader) ([]string, error) {
	texts, err := qrimage.Decode(r)
	switch {
	case errors.Is(err, qrimage.ErrTooLarge):
		return nil, pictureRefused(http.StatusRequestEntityTooLarge, qrimage.ErrTooLarge)
	case errors.Is(err, qrimage.ErrNoPicture):
		return nil, pictureRefused(http.StatusBadRequest, qrimage.ErrNoPicture)
	}
	return texts, err
}

// pictureRefused says a sentinel of qrimage, which has its two languages in one text.
func pictureRefused(status int, err error) *desk.Error {
	zh, en, _ := strings.Cut(err.Error(), " / ")
	return &desk.Error{Status: status, Text: voucher.Text{Zh: zh + "。", En: strings.ToUpper(en[:1]) + en[1:] + "."}}
}

// takeAll hands the codes that a camera saw at once to the counter, which says which of them is meant.
func (a *service) takeAll(ctx context.Context, scans []drivers.Scan) {
	var texts []string
	for _, s := range scans {
		if !s.Damaged {
			texts = append(texts, s.Text)
		}
	}
	if err := a.counter.Picture(ctx, texts, scans[0].Device); err != nil && ctx.Err() == nil {
		a.log.Warn("scans not taken", "scans", len(scans), "error", err)
	}
}
