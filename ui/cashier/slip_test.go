package cashier

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/ui"
)

// TestPrintingByOneHand: from the answer and from the list, by the key alone and by touch alone, the desk is asked the same.
func TestPrintingByOneHand(t *testing.T) {
	for name, with := range map[string]func(*shop) (press func(), by hands){
		"by keyboard alone": func(s *shop) (func(), hands) {
			k := keyboard{s}
			return func() { k.press("F6") }, k
		},
		"by touch alone": func(s *shop) (func(), hands) {
			f := finger{s}
			return func() { f.on("print") }, f
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, &fakeDoor{day: dayOf()})
			press, by := with(s)
			s.sees(withPrinter(online()))
			s.hears(saleAt(59, "final", 5800, 1000, ui.Details{}).Answer)
			s.says(say.print.Zh)
			press()
			s.says(say.printAgain.Zh)
			by.list()
			s.says("T000017-1-57")
			by.digits("57")
			s.until("it is the only one", func() bool {
				screen := s.face.read()
				return strings.Contains(screen, "T000017-1-57") && !strings.Contains(screen, "T000017-1-56")
			})
			by.openFirst()
			s.says("清单中的一笔")
			press()
			s.says(say.printAgain.Zh)
			var slips []any
			for _, d := range s.door.heard() {
				if _, is := d.(printing); is {
					slips = append(slips, d)
				}
			}
			if !slices.Equal(slips, []any{printing("T000017-1-59"), printing("T000017-1-57")}) {
				t.Errorf("asked for %v", slips)
			}
		})
	}
}

// TestWithoutAPrinterNothingIsPrinted: neither where none is set up, nor of what has no slip, nor in practice.
func TestWithoutAPrinterNothingIsPrinted(t *testing.T) {
	practised := saleAt(59, "final", 5800, 1000, ui.Details{}).Answer
	practised.Practice = true
	for name, events := range map[string][]event{
		"no printer":                  {sees(online()), soldNo(59)},
		"a refusal":                   {sees(withPrinter(online())), hears(tooLow)},
		"practice":                    {sees(withPrinter(inPractice(online()))), hears(practised)},
		"no sale":                     {sees(withPrinter(online()))},
		"a refused one":               inList(dayOf(), sees(withPrinter(online())), opened("T000017-1-53")),
		"while a void is asked about": {sees(withPrinter(online())), soldNo(59), undo(Asked)},
		"twice at once":               {sees(withPrinter(online())), soldNo(59), printWanted{}},
	} {
		s := folded(events...)
		if _, deeds := s.after(printWanted{}); len(deeds) > 0 {
			t.Errorf("%s: the desk is asked %v", name, plain(deeds))
		}
	}
}

// TestAFailedSlipHoldsNobodyUp: what went wrong is said, and the next sale goes on as ever.
func TestAFailedSlipHoldsNobodyUp(t *testing.T) {
	for _, err := range []error{noPaper, desk.ErrUnreachable, errors.New("no")} {
		s := folded(sees(withPrinter(online())), soldNo(59), printWanted{}, soldNo(60))
		if s.Shown == nil || s.Shown.Redemption != "T000017-1-60" {
			t.Fatalf("the next answer does not stand: %+v", s.Shown)
		}
		s = s.with(printed{"T000017-1-59", err})
		if s.Shown.Redemption != "T000017-1-60" || s.Trouble == nil || !strings.Contains(s.Trouble.Zh, "T000017-1-59") || s.Trouble.En == "" {
			t.Errorf("%v: %+v over %+v", err, s.Trouble, s.Shown)
		}
		if next, deeds := s.after(scanned(voucherCode)); len(deeds) == 0 || next.Trouble != nil {
			t.Errorf("a scan is not passed on, or the trouble stays: %v", plain(deeds))
		}
		if _, deeds := s.after(printWanted{}); !slices.Contains(deeds, deed(printing("T000017-1-60"))) {
			t.Errorf("nothing more can be printed: %v", plain(deeds))
		}
	}
}
