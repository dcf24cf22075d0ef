package desk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"hexiao/hub/voucher"
)

// PictureSource is where a scan comes from that was found in a picture.
const PictureSource = "picture"

// MaxPicture bounds a picture, bytes: the largest photos of today's phones have about 15 MB.
const MaxPicture = 20 << 20

// Pick says which of the codes that were found in one picture is meant: the voucher where there is just one, whatever other codes stand beside it, and
// else the first code, which is then said to be what it is. Of several different vouchers none is meant, nor of no code at all; d then says which
// of the two it was, and ok is false. Small letters make no other voucher.
func Pick(texts []string, isVoucher func(text string) bool) (text string, d Details, ok bool) {
	vouchers := map[string]string{}
	for _, t := range texts {
		if isVoucher(t) {
			vouchers[voucher.Capitals(t)] = t
		}
	}
	switch {
	case len(texts) == 0:
		return "", Details{NoCode: true}, false
	case len(vouchers) > 1:
		return "", Details{Several: len(vouchers)}, false
	}
	for _, t := range vouchers {
		return t, Details{}, true
	}
	return texts[0], Details{}, true
}

// The kinds of picture that are taken; what a picture really is shows when it is read.
var pictureKinds = []string{"image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}

// errPictures: pictures come faster than they can be looked at.
var errPictures = refused(http.StatusServiceUnavailable, "前面的图片还在看，请稍后再发。", "The pictures before are still being looked at; send this one again shortly.")

// picture takes a picture that was dropped, pasted or taken; the answer goes to the event streams as that of a scan does. One is looked at at a time: a
// large photo without a code keeps a core busy for a second and takes up to 400 MB (a progressive JPEG twice
// that while it is decoded, by reckoning).
func (s *Server) picture(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(pictureKinds, kind) {
		refuse(w, *refused(http.StatusUnsupportedMediaType, "只能收图片：PNG、JPEG、GIF、BMP 或 WebP。请发消费券二维码的截图或照片。",
			"Only pictures are taken here: PNG, JPEG, GIF, BMP or WebP. Send a screenshot or a photo of the voucher's QR code."))
		return
	}
	raw, e := readPicture(w, r)
	if e != nil {
		refuse(w, *e)
		return
	}
	texts, err := s.look(r.Context(), raw)
	if err == nil {
		err = s.counter.Picture(r.Context(), texts, PictureSource)
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusAccepted, struct{}{})
}

// readPicture reads a body whole before anybody looks at it, so that a slow sender holds up nobody else.
func readPicture(w http.ResponseWriter, r *http.Request) ([]byte, *Error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPicture))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, refused(http.StatusRequestEntityTooLarge, "图片超过 20 MB，请截图或缩小后再试。", "The picture has more than 20 MB; take a screenshot of it, or make it smaller.")
	case err != nil:
		return nil, refused(http.StatusBadRequest, "图片没有收完整，请再试一次。", "The picture did not arrive whole; send it again.")
	}
	return raw, nil
}

// look finds the texts in a picture, in turn.
func (s *Server) look(ctx context.Context, raw []byte) ([]string, error) {
	select {
	case s.looking <- struct{}{}:
	case <-ctx.Done():
		return nil, errPictures
	}
	defer func() { <-s.looking }()
	return s.pictures(ctx, bytes.NewReader(raw))
}

// Picture hands over a picture (PNG, JPEG, GIF, BMP or WebP) with the QR code of a voucher; the answer comes as an event. It blocks until the picture was
// looked at, seconds for a large one. The error is *Error for what is no picture, is damaged or too large.
func (c *Client) Picture(ctx context.Context, picture []byte) error {
	answer, err := c.send(ctx, "POST", "/v1/pictures", http.DetectContentType(picture), bytes.NewReader(picture))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return c.take(answer, nil)
}
