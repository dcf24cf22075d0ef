package agent_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/practice"
	"hexiao/hub/voucher"
)

// practised puts practice before a till, as the agent does.
func practised(b *bench) *practice.Switch {
	b.t.Helper()
	return practisedWith(b, nil)
}

func practisedWith(b *bench, passOn func(source, text string) bool) *practice.Switch {
	b.t.Helper()
	s := practice.NewSwitch(practice.Config{
		PassOn: passOn,
		Till:   b.Terminal, Shifts: b.Terminal, Settings: desk.OpenSettings(desk.SettingsConfig{Dir: b.t.TempDir()}),
		Rules: func() practice.Rules { return agent.PracticeRules(b.journal) }, Now: func() time.Time { return agent.At(b.journal) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	b.t.Cleanup(func() { cancel(); <-ended })
	synctest.Wait()
	return s
}

// onDisk is every file of a till's folder, each with a hash of its bytes.
func onDisk(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		files = append(files, fmt.Sprintf("%s %d %x", filepath.Base(path), len(raw), sha256.Sum256(raw)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Three hours of practice, with everything that people can do in it: not a byte of the till's disk is another one, and
// all that the real till holds is as it was.
func TestALongPracticeTouchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		b.close(1)
		real := b.sell(2, 60_00)
		b.again() // from now on no hub's time is there to be written down now and then
		s := practised(b)
		ctx := t.Context()
		if err := s.SetBill(ctx, desk.Bill{Fen: 88_00, Source: "typed"}); err != nil {
			t.Fatal(err)
		}
		before, view, state := onDisk(t, b.dir), b.View(), b.journal.State()
		if len(before) < 3 || !strings.Contains(strings.Join(before, " "), "journal.db") {
			t.Fatalf("on disk: %v", before)
		}

		if err := s.Practise(ctx, true); err != nil {
			t.Fatal(err)
		}
		accepted := 0
		for n := range 2000 {
			texts := []string{desk.PractiseGood, desk.PractiseOffline, desk.PractiseUsed, desk.PractiseExpired, desk.PractiseDamaged, code(9), code(9)[:50], "281234567890123456", ""}
			if err := s.SetBill(ctx, desk.Bill{Fen: voucher.Fen(40_00 + n%7*10_00), Source: "pos"}); err != nil {
				t.Fatal(err)
			}
			if err := s.Scan(ctx, texts[n%len(texts)], "scanner"); err != nil {
				t.Fatal(err)
			}
			if a := s.View().Last; a == nil || !a.Practice || a.Voucher == body(9).Serial.String() {
				t.Fatalf("scan %d: %+v", n, a)
			} else if a.Redemption != "" {
				accepted++
				if id, err := voucher.ParseRedemptionID(a.Redemption); err != nil || s.Void(ctx, id).Answer == voucher.Refused {
					t.Fatalf("void of %s: %v", a.Redemption, err)
				}
			}
			id, _ := voucher.ParseRedemptionID(real.Redemption)
			for what, a := range map[string]desk.Answer{"a sale": s.Redeem(ctx, desk.Sale{Bill: 58_00, Code: code(9)}), "a void": s.Void(ctx, id)} {
				if a.Answer != voucher.Refused || a.Reason != voucher.Busy {
					t.Fatalf("%s of the real till: %+v", what, a)
				}
			}
			if _, err := s.CloseShift(ctx, 2); err != desk.ErrPractising {
				t.Fatalf("the shift: %v", err)
			}
			if _, err := s.Day(ctx, ""); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5400 * time.Millisecond)
		}
		if accepted < 300 {
			t.Errorf("%d sales were played", accepted)
		}
		if after := onDisk(t, b.dir); !slices.Equal(after, before) {
			t.Errorf("the disk is another one:\n%v\n%v", before, after)
		}
		if now := b.journal.State(); now.Head != state.Head || now.Used.Count != state.Used.Count || now.Lease.Serial != state.Lease.Serial || now.Queued != state.Queued {
			t.Errorf("the journal is another one: %v", now)
		}

		if err := s.Practise(ctx, false); err != nil {
			t.Fatal(err)
		}
		if v := s.View(); v.Practice || v.Bill != view.Bill || v.Bill.Fen != 88_00 || v.Lease != view.Lease && *v.Lease.Until != *view.Lease.Until || fmt.Sprint(v.Last) != fmt.Sprint(view.Last) {
			t.Errorf("behind practice: %+v\nbefore: %+v", v, view)
		}
		lines, err := s.Day(ctx, "")
		if err != nil || len(lines) != 2 || lines[0].Practice {
			t.Errorf("the day's list: %+v, %v", lines, err)
		}
		if a := s.Redeem(ctx, desk.Sale{Bill: 58_00, Code: code(9)}); a.Answer != voucher.Provisional || a.Practice {
			t.Errorf("the voucher that was scanned in practice: %+v", a)
		}
	})
}

// What waits for the hub when practice begins is finished at the real till, and everybody hears the real answer.
func TestARealSaleIsFinishedBehindPractice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		s := practised(b)
		events := s.Watch(t.Context())
		if err := s.SetBill(t.Context(), desk.Bill{Fen: 58_00, Source: "typed"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Scan(t.Context(), code(1), "scanner"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.Practise(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		b.answer()
		var got []desk.Answer
		for len(events) > 0 {
			if e := <-events; e.Answer != nil {
				got = append(got, *e.Answer)
			}
		}
		if len(got) != 1 || got[0].Answer != voucher.Final || got[0].Practice || got[0].Redemption != "T000001-1-1" {
			t.Errorf("the windows heard %+v", got)
		}
		if v := s.View(); !v.Practice || v.Last == nil || v.Last.Redemption != "T000001-1-1" {
			t.Errorf("%+v", v)
		}
		if err := s.Practise(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if lines, err := s.Day(t.Context(), ""); err != nil || len(lines) != 1 || lines[0].State != "final" || s.View().Bill.Fen != 0 {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}
