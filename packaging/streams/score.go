package streams

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Alert is one line of a detector.
type Alert struct {
	Time     string  `json:"time"`
	Merchant string  `json:"merchant"`
	Rule     string  `json:"rule"`
	Score    float64 `json:"score"`
	Level    string  `json:"level"` // "watch": only a place in the ranking
}

// Figure is a number that may be infinite or none; JSON has null for both.
type Figure float64

// MarshalJSON writes null where JSON has no word.
func (f Figure) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(f), 0) || math.IsNaN(float64(f)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// Found says how many merchants were found of how many; Loss is the median loss in yuan of those found.
type Found struct {
	Found, Of int
	Loss      Figure // NaN: there is none
}

func (f Found) String() string {
	s := fmt.Sprintf("%d/%d", f.Found, f.Of)
	if !math.IsNaN(float64(f.Loss)) {
		s += fmt.Sprintf(" loss %.0f", float64(f.Loss))
	}
	return s
}

// MarshalText makes it the text that score.py prints.
func (f Found) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Result has the figures of the development set's score.py under its names. Delays are hours, losses are yuan.
type Result struct {
	Merchants   int              `json:"merchants"`
	Cashout     int              `json:"cashout"`
	Alerted     int              `json:"alerted"`
	TP          int              `json:"tp"`
	FP          int              `json:"fp_merchants"`
	Precision   Figure           `json:"precision"`
	Recall      Figure           `json:"recall"`
	F1          Figure           `json:"f1"`
	PRAUC       Figure           `json:"pr_auc"`
	PAt20       *Figure          `json:"p_at_20,omitempty"`
	PAt50       *Figure          `json:"p_at_50,omitempty"`
	PAtN        *Figure          `json:"p_at_n,omitempty"`
	DelayFound  Figure           `json:"delay_h_median_detected"`
	DelayAll    Figure           `json:"delay_h_median_all"`
	LossMedian  Figure           `json:"loss_yuan_median"`
	LossMean    Figure           `json:"loss_yuan_mean"`
	FakeTotal   Figure           `json:"fake_yuan_total"`
	Stopped     Figure           `json:"fake_yuan_stopped_share"`
	HonestDays  int              `json:"honest_merchant_days"`
	FalseAlerts int              `json:"false_alerts"`
	EarlyAlerts int              `json:"early_alerts"`
	FalsePer1k  Figure           `json:"false_per_1000_days"`
	Unknown     int              `json:"unknown_merchants"`
	ByPattern   map[string]Found `json:"recall_by_pattern"`
	ByLevel     map[string]Found `json:"recall_by_level"` // not in score.py: "1" faint to "5" blatant
	Lookalikes  map[string]Found `json:"alerted_lookalikes"`
	PlainHonest int              `json:"alerted_plain_honest"`
}

// Score holds alerts against the truth. With a stream, honest merchant-days are the days on which an honest merchant had a
// redemption; with nil they are honest merchants times the days between the first and the last seen in truth and alerts.
func Score(truth, alerts, stream io.Reader) (Result, error) {
	rows, err := readLines[Row](truth)
	if err != nil {
		return Result{}, fmt.Errorf("truth: %w", err)
	}
	all, err := readLines[Alert](alerts)
	if err != nil {
		return Result{}, fmt.Errorf("alerts: %w", err)
	}
	days := -1
	if stream != nil {
		if days, err = honestDays(stream, rows); err != nil {
			return Result{}, fmt.Errorf("stream: %w", err)
		}
	}
	return rate(rows, all, days)
}

func readLines[T any](from io.Reader) (all []T, err error) {
	in := bufio.NewScanner(from)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		var x T
		if err := json.Unmarshal(in.Bytes(), &x); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, in.Err()
}

// honestDays counts the days on which honest merchants had redemptions.
func honestDays(stream io.Reader, truth []Row) (int, error) {
	honest := map[string]bool{}
	for _, r := range truth {
		honest[r.Merchant] = r.Label != "cashout"
	}
	seen := map[string]bool{}
	in := bufio.NewScanner(stream)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		if !bytes.Contains(in.Bytes(), []byte(`"type":"redeem"`)) {
			continue
		}
		var l struct{ Time, Merchant string }
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return 0, err
		}
		if honest[l.Merchant] {
			seen[l.Merchant+l.Time[:10]] = true
		}
	}
	return len(seen), in.Err()
}

// Print writes the figures for people, as score.py does.
func (r Result) Print(to io.Writer) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var all map[string]any
	if err := d.Decode(&all); err != nil {
		return err
	}
	for _, name := range namesInOrder(b) {
		fmt.Fprintf(to, "%-26s %s\n", name, text(all[name]))
		if table, ok := all[name].(map[string]any); ok {
			for _, k := range sortedKeys(table) {
				fmt.Fprintf(to, "  %-24s %v\n", k, table[k])
			}
		}
	}
	return nil
}

func text(x any) string {
	switch x := x.(type) {
	case nil:
		return "-"
	case json.Number:
		if f, err := x.Float64(); err == nil && strings.Contains(x.String(), ".") {
			return fmt.Sprintf("%.4g", f)
		}
		return x.String()
	}
	return ""
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare)
	return keys
}

// namesInOrder are the names of an object's fields in the order in which they stand.
func namesInOrder(object []byte) (names []string) {
	d := json.NewDecoder(bytes.NewReader(object))
	for depth := 0; ; {
		tok, err := d.Token()
		if err != nil {
			return names
		}
		switch x := tok.(type) {
		case json.Delim:
			if x == '{' {
				depth++
			} else {
				depth--
			}
		case string:
			if depth == 1 {
				names = append(names, x)
			}
		}
	}
}
