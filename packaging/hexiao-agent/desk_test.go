package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// counter answers everything with one answer.
type counter struct{ answer desk.Answer }

func (c counter) Redeem(_ context.Context, s desk.Sale) desk.Answer {
	c.answer.Order = s.Order
	return c.answer
}
func (c counter) Void(context.Context, voucher.RedemptionID) desk.Answer {
	c.answer.Voided = true
	return c.answer
}
func (c counter) Scan(context.Context, string, string) error       { return nil }
func (c counter) Picture(context.Context, []string, string) error  { return nil }
func (c counter) SetBill(context.Context, desk.Bill) error         { return nil }
func (c counter) Day(context.Context, string) ([]desk.Line, error) { return nil, nil }
func (c counter) View() desk.View                                  { return desk.View{} }
func (c counter) Watch(ctx context.Context) <-chan desk.Event      { return make(chan desk.Event) }

// atDesk is a folder with a desk that gives one answer.
func atDesk(t *testing.T, a desk.Answer) (dir string) {
	t.Helper()
	dir = t.TempDir()
	token, err := desk.Token(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: counter{a}, Token: token, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(s.Close)
	if err := desk.Publish(dir, s.URL); err != nil {
		t.Fatal(err)
	}
	return dir
}
