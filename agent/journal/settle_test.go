package journal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestSettleTellsOfEachChangedSaleOnce(t *testing.T) {
	var log bytes.Buffer
	o := newPC().options()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	j := open(t, t.TempDir(), o)
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	var told [][]journal.Sale
	j.OnSettled(func(s []journal.Sale) {
		j.State() // the lock is free
		told = append(told, s)
	})
	_, err := j.Ask(sold(1))
	must(t, err)
	_, _, err = j.Confirm(1)
	must(t, err)
	accept(t, j, 2)

	words := []voucher.Outcome{word(1, voucher.Redeemed, voucher.OK), word(2, voucher.Noted, voucher.OK), word(3, voucher.Redeemed, voucher.OK)}
	settle(t, j, 3, words...)
	settle(t, j, 3, words...)
	if len(told) != 1 || len(told[0]) != 2 || told[0][0].Number != 1 || told[0][1].Number != 3 || told[0][0].State() != "final" {
		t.Fatalf("told %+v", told)
	}
	if log.Len() > 0 {
		t.Fatalf("logged: %s", log.String())
	}
	settle(t, j, 3, word(3, voucher.Rejected, voucher.Expired))
	if len(told) != 1 || !strings.Contains(log.String(), "answered one record in two ways") {
		t.Fatalf("told %d times; logged: %s", len(told), log.String())
	}
}

func TestAcksThatAreNotOurs(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	_, err := j.Ask(sold(1))
	must(t, err)
	good := wire.AckBody{Terminal: till, Epoch: 1, Last: 1, Outcomes: []voucher.Outcome{word(1, voucher.Redeemed, voucher.OK)}}
	for _, c := range []struct {
		name   string
		change func(*wire.AckBody)
		want   error
	}{
		{"of another terminal", func(a *wire.AckBody) { a.Terminal = "T000002" }, journal.ErrOther},
		{"of another epoch", func(a *wire.AckBody) { a.Epoch = 2 }, journal.ErrOther},
		{"with an outcome of another terminal", func(a *wire.AckBody) { a.Outcomes[0].ID.Terminal = "T000002" }, journal.ErrOther},
		{"with an outcome of another epoch", func(a *wire.AckBody) { a.Outcomes[0].ID.Epoch = 2 }, journal.ErrOther},
	} {
		ack := good
		ack.Outcomes = []voucher.Outcome{good.Outcomes[0]}
		c.change(&ack)
		if err := j.Settle(ack, seal(t, ack, wire.ForAck)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := j.Settle(good, wire.Signed{Raw: []byte{0xff}}); err == nil {
		t.Error("an ack that cannot be read again was kept")
	}
	if s, _ := j.Sale(1); s.State() != "waiting" {
		t.Errorf("the sale is %s", s.State())
	}
}

func TestLawIsAdoptedUpwardsOnly(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	calls := 0
	j.OnLaw(func() { j.State(); calls++ })
	adopt(t, j, lawBody(2, voucher.AtClaim), leaseOf(1, 1))
	adopt(t, j, lawBody(2, voucher.AtRedemption))
	adopt(t, j, lawBody(1, voucher.AtRedemption))
	if calls != 2 {
		t.Errorf("told %d times, want once for the law and once for the lease", calls)
	}
	other := lawBody(3, voucher.AtClaim)
	other.Terminal = "T000002"
	if err := j.AdoptLaw(seal(t, other, wire.ForLaw), other); !errors.Is(err, journal.ErrOther) {
		t.Errorf("law of another terminal: %v", err)
	}
	if err := j.AdoptLaw(seal(t, lawBody(3, voucher.AtClaim), wire.ForLaw), lawBody(4, voucher.AtClaim)); err == nil {
		t.Error("a law was kept whose bytes say something else")
	}
	must(t, j.Close())
	j = open(t, dir, newPC().options())
	law := j.State().Law
	if law == nil || law.Revision != 2 || law.Campaign.StockAt != voucher.AtClaim || !law.Campaign.Phases[0].End.Equal(noon.Add(48*time.Hour)) {
		t.Fatalf("after reopening: %+v", law)
	}
}

func TestDayListsItsSalesInOrder(t *testing.T) {
	p := newPC()
	j := open(t, t.TempDir(), p.options())
	for serial := range uint64(6) {
		_, err := j.Ask(sold(serial))
		must(t, err)
		p.run(time.Hour)
	}
	got := j.Day(noon.Add(time.Hour), noon.Add(4*time.Hour))
	if len(got) != 3 || got[0].Number != 2 || got[2].Number != 4 {
		t.Fatalf("%+v", got)
	}
}

func TestPendingSignalsOnceForAllThatIsNew(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	select {
	case <-j.Pending():
		t.Fatal("signalled with nothing to send")
	default:
	}
	for serial := range uint64(3) {
		_, err := j.Ask(sold(serial))
		must(t, err)
	}
	<-j.Pending()
	must(t, j.Close())
	j = open(t, dir, newPC().options())
	<-j.Pending() // what an earlier life left is new to this one
}

func TestRecordsAreGivenAgainAsTheyWereKept(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	for serial := range uint64(5) {
		_, err := j.Ask(sold(serial))
		must(t, err)
	}
	before := j.Unsettled(0, 100)
	settle(t, j, 3, word(1, voucher.Redeemed, voucher.OK), word(2, voucher.Redeemed, voucher.OK), word(3, voucher.Redeemed, voucher.OK))
	must(t, j.Close())
	j = open(t, dir, newPC().options())
	if s := j.State(); s.Settled != 3 || s.Queued != 2 || s.Acked != 3 {
		t.Fatalf("%+v", s)
	}
	after := j.Unsettled(0, 100)
	if len(after) != 5 || len(j.Unsettled(3, 100)) != 2 || len(j.Unsettled(1, 2)) != 2 || len(j.Unsettled(5, 9)) != 0 || len(j.Unsettled(^uint64(0), 9)) != 0 {
		t.Fatal("not the records that were asked for")
	}
	prev := [32]byte{}
	for i, raw := range after {
		if !bytes.Equal(raw, before[i]) {
			t.Fatalf("record %d is not as it was encoded", i+1)
		}
		r, err := wire.DecodeRecord(raw)
		must(t, err)
		hash, err := j.Hash(uint64(i + 1))
		must(t, err)
		if r.Prev != prev || hash != wire.Hash(raw) {
			t.Fatalf("record %d breaks the chain", i+1)
		}
		prev = hash
	}
}

func TestExportShowsEverythingButTheCode(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	r := sold(0xabcdef)
	r.Sight = voucher.Sight([]byte("SIGHTSIGHTSIGHTS"))
	r.Voucher.Holder = [8]byte([]byte("HOLDERHO"))
	_, err := j.Ask(r)
	must(t, err)
	_, err = j.Reverse(1)
	must(t, err)
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK))

	var out bytes.Buffer
	must(t, j.Export(&out))
	var lines []map[string]any
	for d := json.NewDecoder(&out); d.More(); {
		var l map[string]any
		must(t, d.Decode(&l))
		lines = append(lines, l)
	}
	if len(lines) != 2 || lines[0]["voucher"] != "0000000000abcdef" || lines[0]["bill_fen"] != 5800.0 || lines[1]["kind"] != "reverse" ||
		lines[1]["of"] != 1.0 || lines[1]["prev"] != lines[0]["hash"] || lines[0]["outcome"].(map[string]any)["result"] != "redeemed" || lines[1]["outcome"] != nil {
		t.Fatalf("%v", lines)
	}
	if s, ok := j.Sale(1); !ok || hex.EncodeToString(s.Head[:]) != lines[0]["hash"] {
		t.Errorf("the sale's head is %x, its record's hash %v", s.Head, lines[0]["hash"])
	}
	for _, l := range lines {
		for key, v := range l {
			raw, err := json.Marshal(v)
			must(t, err)
			for _, secret := range []string{"SIGHT", "534947485453", "U0lHSFRT", "HOLDER", "484f4c444552", "SE9MREVS", "83,73,71"} {
				if strings.Contains(string(raw), secret) {
					t.Errorf("%s shows %s", key, raw)
				}
			}
		}
	}
}
