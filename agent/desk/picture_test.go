package desk_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// picturesOf reads the pictures of these tests: their codes, with " and " between them.
func picturesOf(r io.Reader) ([]string, error) {
	raw, err := io.ReadAll(r)
	switch {
	case err != nil:
		return nil, err
	case string(raw) == "broken":
		return nil, &desk.Error{Status: http.StatusBadRequest, Text: voucher.Text{Zh: "坏了", En: "broken"}}
	case string(raw) == "vast":
		return nil, &desk.Error{Status: http.StatusRequestEntityTooLarge, Text: voucher.Text{Zh: "太大", En: "vast"}}
	case strings.HasPrefix(string(raw), "\x89PNG"):
		return []string{"PNG"}, nil
	}
	return strings.Split(string(raw), " and "), nil
}

func TestWhichCodeOfAPictureIsMeant(t *testing.T) {
	isVoucher := func(text string) bool { return strings.HasPrefix(strings.ToUpper(text), "HX") }
	for _, c := range []struct {
		name    string
		texts   []string
		want    string
		noCode  bool
		several int
	}{
		{"no code", nil, "", true, 0},
		{"a voucher", []string{"HX1A"}, "HX1A", false, 0},
		{"a voucher below a payment code", []string{"281234567890123456", "HX1A"}, "HX1A", false, 0},
		{"a voucher among others", []string{"https://example.org", "HX1A", "6901234567892"}, "HX1A", false, 0},
		{"no voucher: the first", []string{"https://example.org", "281234567890123456"}, "https://example.org", false, 0},
		{"two vouchers", []string{"HX1A", "HX1B"}, "", false, 2},
		{"three vouchers and another code", []string{"HX1A", "x", "HX1B", "HX1C"}, "", false, 3},
		{"one voucher twice, in small letters too", []string{"HX1A", "hx1a"}, "hx1a", false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, d, ok := desk.Pick(c.texts, isVoucher)
			if text != c.want || d.NoCode != c.noCode || d.Several != c.several || ok != (c.want != "") {
				t.Errorf("%q, %+v, %v", text, d, ok)
			}
		})
	}
}

func TestAPictureGoesToTheCounter(t *testing.T) {
	k := newCounter()
	_, s := fullDesk(t, k, book{})
	client := desk.NewClient(s.URL, token)
	var raw bytes.Buffer
	if err := png.Encode(&raw, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	if err := client.Picture(t.Context(), raw.Bytes()); err != nil {
		t.Fatal(err)
	}
	if got := k.heard(); !slices.Equal(got, []string{"picture PNG from picture"}) {
		t.Errorf("%q", got)
	}
	var refusal *desk.Error
	if err := client.Picture(t.Context(), []byte("a letter")); !errors.As(err, &refusal) || refusal.Status != 415 || !strings.Contains(refusal.Text.Zh, "截图") {
		t.Errorf("what is no picture: %v", err)
	}
	k.wrong = desk.ErrStopping
	if err := client.Picture(t.Context(), raw.Bytes()); !errors.As(err, &refusal) || refusal.Status != 503 {
		t.Errorf("an agent that stops: %v", err)
	}
}

// One picture is looked at at a time; who gives up waiting has nothing redeemed.
func TestPicturesWaitForEachOther(t *testing.T) {
	k := newCounter()
	began, goOn := make(chan bool), make(chan bool)
	server := desk.NewServer(desk.Config{Counter: k, Token: token, Log: slog.New(slog.DiscardHandler), Pictures: func(context.Context, io.Reader) ([]string, error) {
		began <- true
		<-goOn
		return []string{"HX1"}, nil
	}})
	s := httptest.NewServer(server)
	defer s.Close()
	client := desk.NewClient(s.URL, token)
	first := make(chan error, 1)
	go func() { first <- client.Picture(t.Context(), []byte("\x89PNG\r\n\x1a\n")) }()
	<-began

	ctx, giveUp := context.WithCancel(t.Context())
	second := httptest.NewRequestWithContext(ctx, "POST", "http://127.0.0.1/v1/pictures", strings.NewReader("x"))
	second.Header.Set("Content-Type", "image/png")
	second.Header.Set("Authorization", "Bearer "+token)
	answer, done := httptest.NewRecorder(), make(chan bool)
	go func() { server.ServeHTTP(answer, second); close(done) }()
	giveUp()
	<-done
	if answer.Code != 503 {
		t.Errorf("status %d", answer.Code)
	}
	goOn <- true
	if err := <-first; err != nil {
		t.Error(err)
	}
	if got := k.heard(); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestWithoutAReaderNoPictureIsTaken(t *testing.T) {
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: newCounter(), Token: token, Log: slog.New(slog.DiscardHandler)}))
	defer s.Close()
	var refusal *desk.Error
	if err := desk.NewClient(s.URL, token).Picture(t.Context(), []byte("GIF89a")); !errors.As(err, &refusal) || refusal.Status != 404 {
		t.Errorf("%v", err)
	}
}
