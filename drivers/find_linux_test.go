package drivers_test

import (
	"errors"
	"strings"
	"testing"

	"hexiao/drivers"
)

// TestAPathThatIsNotWholeSaysSo: no cable helps against "ttyUSB0" in the settings.
func TestAPathThatIsNotWholeSaysSo(t *testing.T) {
	for _, address := range []string{"ttyUSB0", "COM3", "USB:0C2E:0B61", " /dev/ttyUSB0"} {
		_, err := drivers.AtPath(address)
		var p drivers.Problem
		if !errors.As(err, &p) || p.Code != "missing" {
			t.Errorf("%s: %v", address, err)
		}
		if !strings.Contains(p.ZH, address+"：它不是完整的路径") || !strings.Contains(p.EN, address+" was not found: it is no whole path") {
			t.Errorf("%s: %s / %s", address, p.ZH, p.EN)
		}
	}
}
