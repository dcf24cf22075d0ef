package streams

import (
	"math"
	"strings"
	"testing"
)

const small = `{"merchant":"a","label":"cashout","pattern":"burst","level":1,"first_fake":"2026-03-09T12:00:00+08:00","fakes":[["2026-03-09T12:00:00+08:00","v1",1000],["2026-03-09T14:00:00+08:00","v2",2000],["2026-03-10T12:00:00+08:00","v3",5000]]}
{"merchant":"b","label":"cashout","pattern":"drip","level":5,"first_fake":"2026-03-10T12:00:00+08:00","fakes":[["2026-03-10T12:00:00+08:00","v4",2000]]}
{"merchant":"c","label":"honest","pattern":"canteen","first_fake":null,"fakes":[]}
{"merchant":"d","label":"honest","pattern":null,"first_fake":null,"fakes":[]}
`

const smallStream = `{"time":"2026-03-09T12:00:00+08:00","type":"redeem","merchant":"c"}
{"time":"2026-03-09T13:00:00+08:00","type":"redeem","merchant":"c"}
{"time":"2026-03-10T13:00:00+08:00","type":"redeem","merchant":"c"}
{"time":"2026-03-10T13:00:00+08:00","type":"void","merchant":"d"}
{"time":"2026-03-10T13:30:00+08:00","type":"redeem","merchant":"d"}
{"time":"2026-03-10T13:30:00+08:00","type":"redeem","merchant":"a"}
`

// What score.py says of these was written down by hand from its definitions.
var scored = []struct {
	name, alerts                   string
	tp, fp, falses, early, unknown int
	prauc, lossMedian, stopped     float64
}{
	{"nobody is alerted", ``, 0, 0, 0, 0, 0, 0.5, 50, 0},
	{"one crook at once", `{"time":"2026-03-09T12:00:00+08:00","merchant":"a","rule":"x","score":2}`, 1, 0, 0, 0, 0, 1./2 + 1./4, 15, 0.7},
	{"the last alert counts less than the first", `{"time":"2026-03-09T15:00:00+08:00","merchant":"a","rule":"x","score":1}
{"time":"2026-03-09T12:30:00+08:00","merchant":"a","rule":"x","score":2}`, 1, 0, 0, 0, 0, 0.75, 15, 0.7},
	{"before the first fake", `{"time":"2026-03-09T11:59:59+08:00","merchant":"a","rule":"x","score":2}`, 0, 0, 0, 1, 0, 0.75, 50, 0},
	{"watching is not alerting", `{"time":"2026-03-09T12:00:00+08:00","merchant":"d","rule":"x","score":3,"level":"watch"}
{"time":"2026-03-10T12:00:00+08:00","merchant":"b","rule":"x","score":2,"level":"watch"}`, 0, 0, 0, 0, 0, 1./4 + 1./4, 50, 0},
	{"an honest merchant twice a day and on the next", `{"time":"2026-03-09T10:00:00+08:00","merchant":"c","rule":"x","score":1}
{"time":"2026-03-09T15:59:59Z","merchant":"c","rule":"x","score":1}
{"time":"2026-03-09T16:00:00Z","merchant":"c","rule":"x","score":1}`, 0, 1, 2, 0, 0, 0.5, 50, 0},
	{"somebody unknown", `{"time":"2026-03-09T10:00:00+08:00","merchant":"z","rule":"x","score":1}`, 0, 0, 0, 0, 1, 0.5, 50, 0},
	{"a tie is one step", `{"time":"2026-03-10T12:00:00+08:00","merchant":"a","rule":"x","score":1}
{"time":"2026-03-10T12:00:00+08:00","merchant":"b","rule":"x","score":1}
{"time":"2026-03-10T12:00:00+08:00","merchant":"c","rule":"x","score":1}`, 2, 1, 1, 0, 0, 2. / 3, 50, 0},
}

func TestScore(t *testing.T) {
	for _, c := range scored {
		t.Run(c.name, func(t *testing.T) {
			r, err := Score(strings.NewReader(small), strings.NewReader(c.alerts), strings.NewReader(smallStream))
			if err != nil {
				t.Fatal(err)
			}
			if r.Merchants != 4 || r.Cashout != 2 || r.HonestDays != 3 {
				t.Errorf("%d merchants, %d crooks, %d honest days; want 4, 2, 3", r.Merchants, r.Cashout, r.HonestDays)
			}
			got, want := [...]int{r.TP, r.FP, r.FalseAlerts, r.EarlyAlerts, r.Unknown}, [...]int{c.tp, c.fp, c.falses, c.early, c.unknown}
			if got != want {
				t.Errorf("found, accused, false, early, unknown: %v, want %v", got, want)
			}
			near(t, "PR-AUC", r.PRAUC, c.prauc)
			near(t, "median loss", r.LossMedian, c.lossMedian)
			near(t, "share stopped", r.Stopped, c.stopped)
			near(t, "false per 1000 days", r.FalsePer1k, 1000*float64(c.falses+c.early)/3)
		})
	}
}

func near(t *testing.T, what string, got Figure, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-9 {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestScoreByName(t *testing.T) {
	alerts := `{"time":"2026-03-09T14:00:00+08:00","merchant":"a","rule":"x","score":2}
{"time":"2026-03-09T14:00:00+08:00","merchant":"c","rule":"x","score":3}
{"time":"2026-03-11T14:00:00+08:00","merchant":"d","rule":"x","score":1}`
	r, err := Score(strings.NewReader(small), strings.NewReader(alerts), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, got, want string }{
		{"burst", r.ByPattern["burst"].String(), "1/1 loss 30"},
		{"drip", r.ByPattern["drip"].String(), "0/1"},
		{"level 1", r.ByLevel["1"].String(), "1/1 loss 30"},
		{"canteen", r.Lookalikes["canteen"].String(), "1/1"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if r.PlainHonest != 1 || r.HonestDays != 2*3 {
		t.Errorf("%d plain merchants accused, %d honest days; want 1, 6", r.PlainHonest, r.HonestDays)
	}
	near(t, "delay", r.DelayFound, 2)
	if r.PAtN == nil || *r.PAtN != 0.5 || r.PAt20 != nil {
		t.Errorf("precision at n is %v", r.PAtN)
	}
	var out strings.Builder
	if err := r.Print(&out); err != nil || !strings.Contains(out.String(), "burst") {
		t.Errorf("printed %q, %v", &out, err)
	}
}
