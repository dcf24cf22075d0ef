package journal_test

import (
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// A hub that has records which this disk has not: nothing is accepted without it any more, through every restart; what
// stands here is still settled as what the hub says it is.
func TestADiskThatIsOlderThanTheHub(t *testing.T) {
	other := make([]byte, 32)
	for _, c := range []struct {
		name  string
		learn func(t *testing.T, j *journal.Journal)
		older bool
	}{
		{"a hub that has the same", func(t *testing.T, j *journal.Journal) {
			head, err := j.Hash(2)
			must(t, err)
			_, err = j.Meet(2, head[:])
			must(t, err)
		}, false},
		{"a hub that has less, and the same so far", func(t *testing.T, j *journal.Journal) {
			head, err := j.Hash(1)
			must(t, err)
			_, err = j.Meet(1, head[:])
			must(t, err)
		}, false},
		{"a hub that has nothing", func(t *testing.T, j *journal.Journal) { _, err := j.Meet(0, nil); must(t, err) }, false},
		{"a hub that has more", func(t *testing.T, j *journal.Journal) { _, err := j.Meet(5, other); must(t, err) }, true},
		{"a hub that has as many, but others", func(t *testing.T, j *journal.Journal) { _, err := j.Meet(2, other); must(t, err) }, true},
		{"a hub that has fewer, but others", func(t *testing.T, j *journal.Journal) { _, err := j.Meet(1, other); must(t, err) }, true},
		{"an ack that goes further than this disk", func(t *testing.T, j *journal.Journal) {
			settle(t, j, 7, word(1, voucher.Redeemed, voucher.OK))
		}, true},
		{"an ack whose head is of another chain", func(t *testing.T, j *journal.Journal) {
			ack, _ := ackOf(t, 2, word(1, voucher.Redeemed, voucher.OK))
			ack.Head = other
			must(t, j.Settle(ack, seal(t, ack, wire.ForAck)))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, newPC().options())
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
			accept(t, j, 1)
			waiting, err := j.Ask(sold(2))
			must(t, err)
			c.learn(t, j)
			want := voucher.OK
			if c.older {
				want = voucher.TerminalIsFrozen
			}
			for range 2 {
				if s := j.State(); s.Older != c.older {
					t.Fatalf("older: %v", s.Older)
				}
				must(t, j.Close())
				j = open(t, dir, newPC().options())
			}
			if _, reason, err := j.Accept(sold(3)); err != nil || reason != want {
				t.Errorf("accept: %v, %v", reason, err)
			}
			if _, reason, err := j.Confirm(waiting.Number); err != nil || reason != want {
				t.Errorf("confirm: %v, %v", reason, err)
			}
			settle(t, j, 9, word(2, voucher.Disputed, voucher.AlreadyRedeemed), word(9, voucher.Redeemed, voucher.OK))
			if s, _ := j.Sale(2); s.State() != "disputed" {
				t.Errorf("a stray is %s", s.State())
			}
			must(t, j.Verify())
		})
	}
}

// Where it cannot be noted, it holds for as long as the program runs.
func TestAnOlderDiskThatIsFull(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	j.FailBefore(journal.ErrFull)
	if older, err := j.Meet(5, make([]byte, 32)); err != nil || !older {
		t.Fatal(older, err)
	}
	if _, reason, err := j.Accept(sold(3)); err != nil || reason != voucher.TerminalIsFrozen {
		t.Errorf("accept: %v, %v", reason, err)
	}
}
