package hidpos_test

import (
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"testing"

	"hexiao/drivers/hidpos"
)

// What Windows' class driver answers about a descriptor must come to the layout that is read from the descriptor elsewhere.
func TestTheClassDriversAnswersMakeTheSameLayout(t *testing.T) {
	for _, m := range append(slices.Clone(models), withoutLength, withoutMore) {
		t.Run(m.name, func(t *testing.T) {
			want := parsed(t, m)
			got, err := want.Probed()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v; the descriptor says %+v", got, err, want)
			}
		})
	}
	if _, err := (hidpos.Parsed{}).Probed(); !errors.Is(err, hidpos.ErrNotPOS) {
		t.Errorf("a device without decoded data: %v", err)
	}
}

// The figures are hidpi.h's, which is packed by nothing, on 64 and 32 bits alike.
func TestStructsOfHidpi(t *testing.T) {
	if got, want := hidpos.SizesOfHid(), []uintptr{64, 48, 60, 72, 12, 18, 32, 56}; !slices.Equal(got, want) {
		t.Errorf("sizes and places %v, want %v", got, want)
	}
	var raw [72]byte
	put := func(at int, v uint16) { binary.LittleEndian.PutUint16(raw[at:], v) }
	put(0, 0x8C)
	raw[2] = 2
	put(18, 8)
	put(20, 56)
	put(56, 0xFE)
	put(58, 7) // is reserved where there is no range
	if got, want := hidpos.Ability(raw), [5]int{2, 0x8C_00FE, 0x8C_00FE, 8, 56}; got != want {
		t.Errorf("one usage: %v, want %v", got, want)
	}
	raw[12] = 1
	put(56, 0xFB)
	put(58, 0xFD)
	if got, want := hidpos.Ability(raw), [5]int{2, 0x8C_00FB, 0x8C_00FD, 8, 56}; got != want {
		t.Errorf("a range: %v, want %v", got, want)
	}
}
