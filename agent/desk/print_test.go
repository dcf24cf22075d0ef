package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// press is a Printer by hand. It does not print slips of epoch 3.
type press struct {
	mu    sync.Mutex // guards everything below
	slips []string
	wrong error         // what is wrong with it
	hold  chan struct{} // a slip waits here when it is set
	tried chan struct{} // told of each slip when it is set
}

func (p *press) Print(ctx context.Context, slip []ui.Row) error {
	var text strings.Builder
	for _, row := range slip {
		text.WriteString(row.Text + "\n")
	}
	p.mu.Lock()
	hold, wrong := p.hold, p.wrong
	p.mu.Unlock()
	if p.tried != nil {
		p.tried <- struct{}{}
	}
	if hold != nil {
		<-hold
	}
	switch {
	case wrong != nil:
		return wrong
	case strings.Contains(text.String(), "T000001-3-"):
		return noRoll(false)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slips = append(p.slips, text.String())
	return nil
}

func noRoll(perhaps bool) error {
	return &desk.Unprinted{Text: voucher.Text{Zh: "打印机缺纸：请换纸", En: "The printer is out of paper: put in a roll"}, Perhaps: perhaps}
}

func (p *press) set(wrong error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = wrong
}

func (p *press) printed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.slips...)
}

// shop is a desk with a printer.
func shop(t *testing.T, k *counter, sold book, paper desk.Paper) (*press, *desk.Server, *desk.Client) {
	t.Helper()
	p := new(press)
	server := desk.NewServer(desk.Config{Counter: k, Sales: sold, Printer: p, Paper: paper, Token: token, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return p, server, desk.NewClient(s.URL, token)
}

func number(n uint64) voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: "T000001", Epoch: 2, Number: n}
}

// sold puts an answer into the book that this desk has given.
func (b book) sold(server *desk.Server, n uint64, a voucher.Answer) desk.Answer {
	answer := standing(number(n).String(), a)
	b.put(answer)
	server.Given(answer)
	return answer
}

func TestASlipOnPaper(t *testing.T) {
	sold := book{}
	p, server, client := shop(t, newCounter(), sold, desk.Paper{Lang: "en", Width: 42})
	sold.sold(server, 1, voucher.Final)
	for i, c := range []struct {
		lang    string
		width   int
		copy    bool
		has     string
		columns int
	}{{"", 0, false, "R E D E E M E D", 42}, {"zh", 48, true, "核 销 成 功", 48}, {"", 32, true, "R E D E E M E D", 32}} {
		got, err := client.Print(t.Context(), number(1), c.lang, c.width)
		if err != nil || got != (desk.Printed{Printed: true, Copy: c.copy}) {
			t.Fatalf("%+v, %v", got, err)
		}
		text := p.printed()[i]
		if !strings.Contains(text, c.has) || !strings.Contains(text, "\n"+strings.Repeat("=", c.columns)+"\n") || strings.Contains(text, copied) != c.copy {
			t.Errorf("slip %d:\n%s", i, text)
		}
	}
}

func TestAFailedSlipIsStillTheOriginal(t *testing.T) {
	sold := book{}
	p, server, client := shop(t, newCounter(), sold, desk.Paper{})
	sold.sold(server, 1, voucher.Final)
	p.set(noRoll(false))
	for range 2 {
		_, err := client.Print(t.Context(), number(1), "", 0)
		if e, ok := errors.AsType[*desk.Error](err); !ok || e.Status != 503 || e.Text.Zh != "打印机缺纸：请换纸" {
			t.Fatal(err)
		}
	}
	p.set(nil)
	if got, err := client.Print(t.Context(), number(1), "", 0); err != nil || got.Copy {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestASlipThatMayHaveComeOutIsNoOriginalAgain: two originals of one sale can be taken for two sales.
func TestASlipThatMayHaveComeOutIsNoOriginalAgain(t *testing.T) {
	sold := book{}
	p, server, client := shop(t, newCounter(), sold, desk.Paper{})
	sold.sold(server, 1, voucher.Final)
	p.set(noRoll(true))
	_, err := client.Print(t.Context(), number(1), "", 0)
	if e, ok := errors.AsType[*desk.Error](err); !ok || !strings.Contains(e.Text.Zh, "也许已经打出") || !strings.Contains(e.Text.En, "may have come out") {
		t.Fatal(err)
	}
	p.set(nil)
	if got, err := client.Print(t.Context(), number(1), "", 0); err != nil || !got.Copy {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTwoAtOnceAreNotBothOriginals(t *testing.T) {
	sold := book{}
	p, server, client := shop(t, newCounter(), sold, desk.Paper{})
	sold.sold(server, 1, voucher.Final)
	p.hold, p.tried = make(chan struct{}), make(chan struct{})
	said := make(chan desk.Printed, 2)
	for range 2 {
		go func() {
			got, err := client.Print(t.Context(), number(1), "", 0)
			if err != nil {
				t.Error(err)
			}
			said <- got
		}()
	}
	<-p.tried
	<-p.tried
	close(p.hold)
	if a, b := <-said, <-said; a.Copy == b.Copy {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestNoPrinter(t *testing.T) {
	server := desk.NewServer(desk.Config{Counter: newCounter(), Sales: book{}, Token: token, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(server)
	defer s.Close()
	status, body := do(t, "POST", s.URL+"/v1/redemptions/T000001-1-1/print", "", nil)
	var e desk.Error
	if err := json.Unmarshal([]byte(body), &e); err != nil || status != 503 || !strings.Contains(e.Text.Zh, "[printer]") || !strings.Contains(e.Text.En, "[printer]") {
		t.Errorf("%d %s", status, body)
	}
}

// each runs a desk that prints by itself, within a bubble where every wait is known.
func each(t *testing.T, test func(k *counter, p *press, server *desk.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k, p := newCounter(), new(press)
		server := desk.NewServer(desk.Config{Counter: k, Sales: book{}, Printer: p, Paper: desk.Paper{Each: true}, Token: token, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- server.PrintEach(ctx) }()
		synctest.Wait()
		test(k, p, server)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func ask(server *desk.Server, method, path, body string) string {
	r := httptest.NewRequest(method, "http://127.0.0.1:7373"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w.Body.String()
}

func TestEachIsPrintedByItself(t *testing.T) {
	tell := func(k *counter, a desk.Answer) {
		k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &a})
		synctest.Wait()
	}
	for _, c := range []struct {
		name string
		do   func(k *counter, server *desk.Server)
		want int
	}{
		{"a scan", func(k *counter, _ *desk.Server) { tell(k, first(1, voucher.Final)) }, 1},
		{"one accepted offline", func(k *counter, _ *desk.Server) { tell(k, first(1, voucher.Provisional)) }, 1},
		{"a refusal", func(k *counter, _ *desk.Server) { tell(k, first(1, voucher.Refused)) }, 0},
		{"what the POS asks, which is told to all as well", func(k *counter, server *desk.Server) {
			ask(server, "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1"}`)
			tell(k, desk.Answer{Answer: voucher.Final, Redemption: "T000001-1-1"})
		}, 1},
		{"a void", func(k *counter, server *desk.Server) {
			ask(server, "POST", "/v1/redemptions/T000001-1-7/void", "")
			synctest.Wait()
		}, 1},
		{"one confirmed later", func(k *counter, _ *desk.Server) {
			a := first(1, voucher.Final)
			a.Replaced = true
			tell(k, a)
		}, 0},
		{"one that did not stand after all", func(k *counter, _ *desk.Server) {
			a := first(1, voucher.Refused)
			a.Replaced = true
			tell(k, a)
		}, 1},
		{"a void that the hub refused", func(k *counter, _ *desk.Server) {
			a := first(1, voucher.Refused)
			a.Replaced, a.Voided = true, true
			tell(k, a)
		}, 0},
		{"practice", func(k *counter, _ *desk.Server) {
			a := first(1, voucher.Final)
			a.Practice = true
			tell(k, a)
		}, 0},
		{"told twice", func(k *counter, _ *desk.Server) {
			tell(k, first(1, voucher.Final))
			tell(k, first(1, voucher.Final))
		}, 1},
		{"two sales", func(k *counter, _ *desk.Server) {
			tell(k, first(1, voucher.Final))
			tell(k, first(2, voucher.Final))
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(k *counter, p *press, server *desk.Server) {
				c.do(k, server)
				synctest.Wait()
				if slips := p.printed(); len(slips) != c.want || strings.Contains(strings.Join(slips, ""), copied) {
					t.Errorf("%d slips: %q", len(slips), slips)
				}
			})
		})
	}
}

// first is an answer that replaces none.
func first(n uint64, a voucher.Answer) desk.Answer {
	answer := standing(number(n).String(), a)
	answer.Replaced = false
	return answer
}

// TestAPrinterHoldsNothingUp: answers go on however long the printer takes, and what nobody waits for any more is not printed.
func TestAPrinterHoldsNothingUp(t *testing.T) {
	each(t, func(k *counter, p *press, server *desk.Server) {
		hold := make(chan struct{})
		p.mu.Lock()
		p.hold = hold
		p.mu.Unlock()
		for n := range uint64(200) {
			a := first(n+1, voucher.Final)
			k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &a})
			synctest.Wait()
			if said := ask(server, "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1"}`); !strings.Contains(said, "FINAL") {
				t.Fatal(said)
			}
		}
		time.Sleep(3 * time.Minute) // the bubble's clock
		close(hold)
		synctest.Wait()
		if slips := p.printed(); len(slips) != 1 {
			t.Errorf("%d slips for customers who have gone", len(slips))
		}
	})
}

// TestALaneTestHearsOfItsSlip: what came out of the printer is its last step, what did not is none.
func TestALaneTestHearsOfItsSlip(t *testing.T) {
	sold, k, p := book{}, new(lanes), new(press)
	server := desk.NewServer(desk.Config{Counter: newCounter(), Sales: sold, Printer: p, Lanes: k, Token: token, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	sold.sold(server, 1, voucher.Final)
	for _, wrong := range []error{noRoll(false), nil} {
		p.set(wrong)
		desk.NewClient(s.URL, token).Print(t.Context(), number(1), "", 0)
		if told := strings.Join(k.asked, ", "); told != "" != (wrong == nil) {
			t.Errorf("%v: %q", wrong, told)
		}
	}
	if told := strings.Join(k.asked, ", "); told != "printed T000001-2-1" {
		t.Error(told)
	}
}
