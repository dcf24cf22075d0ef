package office

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

var china = time.FixedZone("+08:00", 8*3600)

func stamp(t int64) string { return time.Unix(t, 0).In(china).Format(time.RFC3339) }

// AlertLine is an alert as scripts read it. Why is there when it was asked for.
type AlertLine struct {
	Time     string  `json:"time"`
	Merchant string  `json:"merchant"`
	Rule     string  `json:"rule"`
	Score    float64 `json:"score"`
	Level    string  `json:"level,omitempty"`
	Rules    string  `json:"rules,omitempty"`
	Seen     int     `json:"redemptions,omitempty"`
	Why      []Why   `json:"why,omitempty"`
}

// Why is what one signal brings.
type Why struct {
	Signal   string              `json:"signal"`
	Score    float64             `json:"score"`
	Marks    []cashout.MarkCount `json:"marks"`
	Vouchers []string            `json:"vouchers"`
	Innocent voucher.Text        `json:"innocent"`
}

// WriteAlert writes an alert as one line.
func WriteAlert(out io.Writer, a *cashout.Alert, explain bool) error {
	line := AlertLine{Time: stamp(a.At), Merchant: a.Merchant, Rule: a.Rule(), Score: a.Score, Level: string(a.Level)}
	if explain {
		line.Rules, line.Seen, line.Why = a.Rules, a.Seen, whys(a)
	}
	return writeLine(out, line)
}

func writeLine(out io.Writer, line AlertLine) error {
	raw, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("alert of %s: %w", line.Merchant, err)
	}
	_, err = out.Write(append(raw, '\n'))
	return err
}

func whys(a *cashout.Alert) []Why {
	all := make([]Why, len(a.Parts))
	for i, p := range a.Parts {
		all[i] = Why{p.Signal.String(), p.Score, p.Marks, p.Vouchers, p.Signal.Innocent()}
	}
	return all
}
