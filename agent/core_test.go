package agent_test

import (
	"testing"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// The till is driven in one thread: no goroutine, and no time passes but what the driver says.
func TestACoreIsDrivenStepByStep(t *testing.T) {
	b := newBench(t)
	defer func() {
		if err := b.journal.Close(); err != nil {
			t.Error(err)
		}
	}()
	now := time.Now()
	b.now = func() time.Time { return now }
	b.adoptLaw(nil)
	b.adoptLease(newLease(3))
	b.journal.Hear(now)

	core := agent.NewCore(agent.Config{Journal: b.journal, Version: "test"})
	b.journal.OnSettled(core.Settled)
	core.Wake(now)
	core.Line(true, now, voucher.Text{})
	var told []desk.Answer
	core.Redeem(desk.Sale{Bill: 58_00, Code: code(1)}, func(a desk.Answer) { told = append(told, a) }, now)
	if len(told) != 0 || !core.Waiting() || core.Next(now) != now.Add(patience) {
		t.Fatalf("it waits for the hub: %+v, next step at %v", told, core.Next(now).Sub(now))
	}
	now = core.Next(now)
	core.Tick(now)
	if len(told) != 1 || told[0].Answer != voucher.Provisional || core.Waiting() {
		t.Fatalf("after the patience %+v", told)
	}
	b.hub.take(t, b.journal)
	b.hub.say(t, b.journal)
	news := core.News()
	if len(news) != 2 || news[0].Answer != voucher.Provisional || news[1].Answer != voucher.Final || !news[1].Replaced {
		t.Fatalf("news %+v", news)
	}
	if len(core.News()) != 0 {
		t.Error("news are told twice")
	}

	if err := core.SetBill(desk.Bill{Fen: 60_00, Source: "typed"}); err != nil {
		t.Fatal(err)
	}
	core.Line(false, now, voucher.Text{})
	if err := core.Scan(code(2), "scanner", now); err != nil {
		t.Fatal(err)
	}
	if v := core.View(now); v.Last == nil || v.Last.Answer != voucher.Provisional || v.Queued != 1 {
		t.Fatalf("%+v", v)
	}
	lines, err := core.Day("")
	if err != nil || len(lines) != 2 {
		t.Fatal(lines, err)
	}
	core.Stop()
	if err := core.Scan(code(3), "scanner", now); err != desk.ErrStopping {
		t.Fatal(err)
	}
}
