package cashier

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"hexiao/agent/desk"
)

// After ten thousand sales the window holds no more than after a thousand: a till runs for weeks.
func TestTenThousandAnswersLeaveNothingBehind(t *testing.T) {
	n := newCounter(t)
	s := scene("zh", []event{sees(online())})
	at, day := map[int][3]int{}, longDay(20)
	for i := 1; i <= 10000; i++ {
		for _, e := range []event{
			pressed('5'), pressed('8'), scanned(voucherCode), sees(busy(billed(online(), 5800, "typed"))), hears(numbered(redeemed, i)), sees(online()),
			turned(ListPage), listed{no: s.Day.Ask.No + 1, lines: day}, pressed('7'), escaped{}, hears(numbered(laterBad, i)), ticked(noon.Add(time.Duration(i) * time.Second)),
		} {
			s, _ = s.after(e)
		}
		if i == 1000 || i == 10000 {
			n.face.show(s)
			at[i] = [3]int{weigh(reflect.ValueOf(s)), len(n.face.buttons), len(n.face.objects)}
		}
	}
	if at[1000] != at[10000] {
		t.Errorf("values, buttons and drawn objects after 1,000 sales: %v, after 10,000: %v", at[1000], at[10000])
	}
	if got := len(s.Later); got != maxLater {
		t.Errorf("%d pieces of news are kept, want at most %d", got, maxLater)
	}
}

func numbered(a desk.Answer, number int) desk.Answer {
	a.Redemption, a.At = fmt.Sprintf("T000017-1-%d", number), noon.Add(time.Duration(number)*time.Second)
	return a
}

// weigh counts the values that can be reached from one, other than the bytes of texts and instants.
func weigh(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return 1
		}
		return 1 + weigh(v.Elem())
	case reflect.Slice, reflect.Array:
		n := 1
		for i := range v.Len() {
			n += weigh(v.Index(i))
		}
		return n
	case reflect.Map:
		n := 1
		for _, k := range v.MapKeys() {
			n += weigh(v.MapIndex(k))
		}
		return n
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return 1
		}
		n := 1
		for i := range v.NumField() {
			n += weigh(v.Field(i))
		}
		return n
	}
	return 1
}
