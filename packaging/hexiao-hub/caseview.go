package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/office"
	"hexiao/ui/console"
)

// pictured is a case about cash-out with its merchant's picture.
type pictured struct {
	*office.CashoutFile
	Picture *console.CaseFile `json:"picture"`
}

// cashoutCase shows a case about cash-out and its merchant's picture.
func (p *program) cashoutCase(ctx context.Context, id string, c *office.CashoutFile) error {
	m, err := ask[office.Material](ctx, p, "case.material", office.Named{ID: id})
	if err != nil {
		return err
	}
	if p.json {
		return p.object(pictured{c, fileOf(&m)})
	}
	return p.cashoutFile(c, fileOf(&m))
}

// casePage writes a case about cash-out as a page.
func (p *program) casePage(ctx context.Context, id, file string) error {
	m, err := ask[office.Material](ctx, p, "case.material", office.Named{ID: id})
	if err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return p.trouble(file, err)
	}
	if err := errors.Join(fileOf(&m).Write(out, p.lang), out.Close()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return p.told(map[string]string{"file": file}, "已写入 "+file, "wrote "+file)
}

// writeEvidence has the hub write the pack of a case, with the pages made here.
func (p *program) writeEvidence(ctx context.Context, id, file string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	m, err := ask[office.Material](ctx, p, "case.material", office.Named{ID: id})
	if err != nil {
		return err
	}
	var zh, en bytes.Buffer
	if err := errors.Join(fileOf(&m).Write(&zh, "zh"), fileOf(&m).Write(&en, "en")); err != nil {
		return err
	}
	done, err := ask[office.EvidenceOut](ctx, p, "case.evidence", office.WantEvidence{ID: id, File: path, Zh: zh.Bytes(), En: en.Bytes()})
	if err != nil {
		return err
	}
	return p.told(done, fmt.Sprintf("已写入 %s：%d 行核销明细，账簿到第 %d 条，链值 %s，签名公钥 %s", done.File, done.Rows, done.Position, done.Head, done.Key),
		fmt.Sprintf("wrote %s: %d rows, the book up to entry %d, its chain there %s, signed by the key %s", done.File, done.Rows, done.Position, done.Head, done.Key))
}

// fileOf makes the page's contents of a case's material.
func fileOf(m *office.Material) *console.CaseFile {
	c, rules := &m.Case, cashout.DefaultRules()
	f := &console.CaseFile{Merchant: string(m.Merchant.Code), Name: m.Merchant.Name, Trade: m.Merchant.Trade, Town: m.Merchant.Township, Number: c.Number, State: c.Stands, Made: time.Now(),
		Until: parsed(c.Alert.Time), Rules: c.Alert.Rules, Score: c.Alert.Score, High: c.High, Cut: rules.Cut, Held: c.Held, PeerHours: rules.Hours[string(m.Merchant.Trade)], Shop: (*console.Point)(m.Merchant.Place)}
	f.Open, f.Close = hour(m.Merchant.Open, 0), hour(m.Merchant.Close, 59)
	for _, a := range c.Alerts {
		if a.Score == c.High {
			f.HighAt = parsed(a.Time)
		}
	}
	for _, w := range c.Alert.Why {
		f.Why = append(f.Why, console.Reason{Signal: w.Signal, Score: w.Score, Marks: w.Marks, Vouchers: w.Vouchers})
	}
	for i := range m.Redemptions {
		f.Rows = append(f.Rows, materialRow(&m.Redemptions[i], f.Why))
		if at := m.Redemptions[i].Arrived; at.After(f.Until) {
			f.Until = at
		}
	}
	for i := range c.Steps {
		f.Steps = append(f.Steps, stepOf(&c.Steps[i]))
	}
	for i := range c.Waiting {
		f.Waiting = append(f.Waiting, stepOf(&c.Waiting[i]))
	}
	for _, w := range c.Possible {
		f.Next = append(f.Next, w.Text)
	}
	if c.AnswerBy != nil {
		f.AnswerBy = *c.AnswerBy
	}
	return f
}

func materialRow(r *office.MaterialRow, why []console.Reason) console.Row {
	row := console.Row{ID: r.ID, Terminal: r.Terminal, Time: r.Time, Arrived: r.Arrived, Tier: string(r.Tier), Threshold: r.Threshold, Bill: r.Bill, BillSource: r.BillSource, Face: r.Face, Voucher: r.Voucher,
		Person: begin(r.Person), Device: begin(r.Device), Payer: begin(r.Payer), Claimed: r.Claimed, ClaimAt: (*console.Point)(r.ClaimPlace), Offline: r.Offline, Suspected: r.Suspected}
	if r.Void {
		row.Voided = new(time.Time)
	}
	for _, w := range why {
		if slices.Contains(w.Vouchers, r.Voucher) {
			row.Signals = append(row.Signals, w.Signal)
		}
	}
	return row
}

func stepOf(s *office.StepRow) console.Step {
	step := console.Step{Who: s.By, What: s.Text, Why: s.Reason}
	if s.At != nil {
		step.At = *s.At
	}
	return step
}

// begin is enough of a hash to tell two apart within one case.
func begin(hash string) string { return hash[:min(len(hash), 8)] }

// parsed is a time that the hub has written; the zero time for none.
func parsed(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s)
	return t
}

// hour is the whole hour of "07:30", rounded up by up to so many minutes; 0 where nothing was declared.
func hour(s string, up int) int {
	h, m, ok := strings.Cut(s, ":")
	whole, errH := strconv.Atoi(h)
	part, errM := strconv.Atoi(m)
	if !ok || errH != nil || errM != nil {
		return 0
	}
	return (whole*60 + part + up) / 60
}
