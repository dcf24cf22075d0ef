package voucher_test

import (
	"encoding/json"
	"testing"

	"hexiao/hub/voucher"
)

func TestSourcesOfBillsKeepTheirNamesAndNumbers(t *testing.T) {
	for name, number := range map[string]voucher.BillSource{"pos": 1, "display": 2, "typed": 3} {
		got, ok := voucher.BillSourceNamed(name)
		if !ok || got != number || number.String() != name {
			t.Errorf("%q is %d (%v), and %d is called %q", name, got, ok, number, number)
		}
		text, err := json.Marshal(number)
		var back voucher.BillSource
		if err != nil || string(text) != `"`+name+`"` || json.Unmarshal(text, &back) != nil || back != number {
			t.Errorf("%s: written as %s, read as %d, %v", name, text, back, err)
		}
	}
	if s, ok := voucher.BillSourceNamed(""); ok || s != 0 {
		t.Errorf("no name is %d, %v", s, ok)
	}
	if err := new(voucher.BillSource).UnmarshalText([]byte("guessed")); err == nil {
		t.Error("a name that does not exist was read")
	}
	if name := voucher.BillSource(77).String(); name != "" {
		t.Errorf("a number of a later version is called %q", name)
	}
}
