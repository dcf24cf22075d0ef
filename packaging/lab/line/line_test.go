package line_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"hexiao/packaging/lab/line"
)

func TestEveryMessageIsOneLineAndComesBack(t *testing.T) {
	for name, m := range map[string]line.Message{
		"a row":          {Row: &line.Row{Device: "scanner", Event: "unplugged\nat once", Seen: "读坏", Took: 66 * time.Millisecond, Failed: true}},
		"a question":     {Ask: &line.Ask{Do: line.Send, ID: "a", Data: []byte("28\r\n\x00\xff"), Pace: time.Millisecond}},
		"an answer":      {Answer: &line.Answer{Data: []byte{27, '@'}, Error: "no such wire"}},
		"an empty one":   {Answer: &line.Answer{}},
		"the end":        {Done: &line.Done{Scenarios: 7}},
		"where to plug":  {Ask: &line.Ask{Do: line.PlugSerial, ID: "a", Serial: "SCAN-A", Port: "2"}},
		"a keyboard key": {Ask: &line.Ask{Do: line.Type, Data: []byte("1 ret")}},
	} {
		t.Run(name, func(t *testing.T) {
			b := line.Encode(m)
			if strings.Count(string(b), "\n") != 1 || b[len(b)-1] != '\n' {
				t.Fatalf("not one line: %q", b)
			}
			back, err := line.Decode(b)
			if err != nil || !reflect.DeepEqual(back, m) {
				t.Errorf("came back as %+v, %v", back, err)
			}
		})
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":              "",
		"the kernel's chatter": "[    5.165527] ftdi_sio ttyUSB0: error from flowcontrol urb",
		"an empty object":      "{}",
		"two in one":           `{"done":{"scenarios":1},"answer":{}}`,
		"one behind the other": `{"done":{"scenarios":1}}{"done":{"scenarios":1}}`,
		"half of one":          `{"row":{"device":"scan`,
		"a newer one's field":  `{"ask":{"do":"plug_serial","colour":"red"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := line.Decode([]byte(text)); err == nil {
				t.Errorf("taken as %+v", m)
			}
		})
	}
}
