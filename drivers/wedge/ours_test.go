package wedge_test

import (
	"testing"

	"hexiao/drivers/wedge"
)

// What is typed by KeyOf is read as what was meant, for every character that has a key.
func TestKeyOfTypesWhatIsRead(t *testing.T) {
	for c := range byte(0x80) {
		key, withShift, ok := wedge.KeyOf(c)
		if has := c >= ' ' && c < 0x7F || c == '\r' || c == '\n' || c == '\t'; ok != has {
			t.Errorf("%q has a key: %v", c, ok)
		}
		if !ok {
			continue
		}
		events := stroke(key)
		if withShift {
			events = stroke(key, wedge.ShiftKey)
		}
		if got := wedge.Type(false, events...); got != string(rune(c)) {
			t.Errorf("%q is typed and read as %q", c, got)
		}
	}
	if key, _, _ := wedge.KeyOf('\r'); key != enter {
		t.Errorf("a code ends with key %d", key)
	}
}
