package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

func id(epoch uint32, number uint64) voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: till, Epoch: epoch, Number: number}
}

// between lists the IDs that Between gives.
func between(j *journal.Journal, after, upto voucher.RedemptionID) string {
	var ids []string
	for _, s := range j.Between(after, upto) {
		ids = append(ids, strings.TrimPrefix(s.ID.String(), string(till)+"-"))
	}
	return strings.Join(ids, " ")
}

// One sale lies three days back, three are new; the second epoch has two more.
func TestSalesBetweenTwoRecords(t *testing.T) {
	for _, c := range []struct {
		name string
		keep *voucher.RedemptionID
		want map[[2]voucher.RedemptionID]string
	}{
		{"nobody counts on old ones", nil, map[[2]voucher.RedemptionID]string{
			{id(0, 0), id(9, 0)}: "1-2 1-3 1-4 2-1 2-2",
		}},
		{"the old one is counted, too", &voucher.RedemptionID{Terminal: till}, map[[2]voucher.RedemptionID]string{
			{id(0, 0), id(9, 0)}: "1-1 1-2 1-3 1-4 2-1 2-2",
			{id(1, 2), id(2, 1)}: "1-3 1-4 2-1",
			{id(1, 5), id(2, 0)}: "",
			{id(1, 4), id(1, 4)}: "",
			{id(1, 3), id(1, 4)}: "1-4",
			{id(2, 1), id(9, 9)}: "2-2",
			{id(2, 2), id(1, 1)}: "",
			{id(1, 0), id(1, 9)}: "1-1 1-2 1-3 1-4",
		}},
		{"only those behind a record are counted", &voucher.RedemptionID{Terminal: till, Epoch: 1, Number: 1}, map[[2]voucher.RedemptionID]string{
			{id(0, 0), id(9, 0)}: "1-2 1-3 1-4 2-1 2-2",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, p := t.TempDir(), newPC()
			j := closing(t, dir, p)
			if got := between(j, id(1, 1), id(1, 3)); got != "1-2 1-3" {
				t.Errorf("in the first epoch: %s", got)
			}
			if c.keep != nil {
				j.Keep(*c.keep)
			}
			must(t, j.Renew(order(2)))
			for serial := range uint64(2) {
				_, err := j.Ask(sold(20 + serial))
				must(t, err)
			}
			for range 2 {
				for bounds, want := range c.want {
					if got := between(j, bounds[0], bounds[1]); got != want {
						t.Errorf("behind %s up to %s: %q, want %q", bounds[0], bounds[1], got, want)
					}
				}
				must(t, j.Close())
				j = open(t, dir, p.options())
			}
		})
	}
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shifts.log")
	for n := range 3 {
		must(t, journal.WriteFile(path, fmt.Appendf(nil, "version %d", n)))
	}
	must(t, os.WriteFile(path+".new", []byte("half a versi"), 0o600)) // as a power cut leaves it
	must(t, journal.WriteFile(path, []byte("version 3")))
	must(t, os.Mkdir(path+".new", 0o700))
	if err := journal.WriteFile(path, []byte("version 4")); err == nil || errors.Is(err, journal.ErrFull) {
		t.Errorf("something is in the way: %v", err)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != "version 3" {
		t.Errorf("%q, %v", raw, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
