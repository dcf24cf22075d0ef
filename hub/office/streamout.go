package office

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// WantStream asks for the events of the whole book, and for the merchants as they signed up, in new files.
type WantStream struct {
	File     string `json:"file"`               // an absolute path on the hub's machine
	Registry string `json:"registry,omitempty"` // likewise; empty: not wanted
	Rules    string `json:"rules,omitempty"`    // likewise, for the rules with the campaign's thresholds
}

// Streamed is what was written.
type Streamed struct {
	File     string        `json:"file"`
	Registry string        `json:"registry,omitempty"`
	Events   int           `json:"events"`
	Shops    int           `json:"shops"`
	Position book.Position `json:"position"` // of the last entry that was looked at
}

// streamLine is an event as Stream reads it.
type streamLine struct {
	Time        string        `json:"time"`
	Type        string        `json:"type"`
	Terminal    *string       `json:"terminal"`
	Merchant    *string       `json:"merchant"`
	Industry    voucher.Trade `json:"industry"`
	Township    *string       `json:"township"`
	Tier        string        `json:"tier"`
	Voucher     string        `json:"voucher"`
	Person      *string       `json:"person"`
	Amount      *voucher.Fen  `json:"amount_fen"`
	Face        voucher.Fen   `json:"face_fen"`
	Offline     bool          `json:"offline"`
	Synced      *string       `json:"synced"`
	ClaimTime   string        `json:"claim_time"`
	ClaimLat    *float64      `json:"claim_lat"`
	ClaimLon    *float64      `json:"claim_lon"`
	TerminalLat *float64      `json:"terminal_lat"`
	TerminalLon *float64      `json:"terminal_lon"`
	Device      *string       `json:"device"`
	Payer       *string       `json:"payer"`
}

var streamTypes = map[cashout.Kind]string{cashout.Claim: "claim", cashout.Redeem: "redeem", cashout.Void: "void"}

// WriteSight writes an event as a line that Stream reads back as the same event.
func WriteSight(out io.Writer, s *Sight) error {
	l := streamLine{Time: stamp(s.Time), Type: streamTypes[s.Kind], Industry: s.Trade, Tier: s.Tier, Voucher: s.Voucher, Person: known(s.Person.String()), Face: s.Face,
		Offline: s.Offline, ClaimTime: stamp(s.Claimed), Device: known(s.Device.String()), Payer: known(s.Payer.String())}
	if s.Kind != cashout.Claim {
		l.Terminal, l.Merchant, l.Township, l.Amount = &s.Terminal, &s.Merchant, known(s.Town), &s.Bill
	}
	if s.Offline {
		at := stamp(s.Arrived)
		l.Synced = &at
	}
	l.ClaimLat, l.ClaimLon = degrees(s.ClaimAt)
	l.TerminalLat, l.TerminalLon = degrees(s.Fix)
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("event about voucher %s: %w", s.Voucher, err)
	}
	_, err = out.Write(append(raw, '\n'))
	return err
}

// known is a text, nil for none.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func degrees(p cashout.Place) (lat, lon *float64) {
	if !p.Known() {
		return nil, nil
	}
	return &p.Lat, &p.Lon
}

// writeShop writes a merchant as ReadShops reads it.
func writeShop(out io.Writer, s cashout.Shop) error {
	l := shopLine{Merchant: s.Merchant, Industry: s.Trade, Township: s.Town, Terminals: []string{}}
	l.Lat, l.Lon = degrees(s.Place)
	if s.Close > 0 {
		l.Open, l.Close = &s.Open, &s.Close
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("merchant %s: %w", s.Merchant, err)
	}
	_, err = out.Write(append(raw, '\n'))
	return err
}

// exportStream writes the events of the book, as far as it goes now.
func (o *Office) exportStream(ctx context.Context, in WantStream) (Streamed, error) {
	if !filepath.IsAbs(in.File) || in.Registry != "" && !filepath.IsAbs(in.Registry) || in.Rules != "" && !filepath.IsAbs(in.Rules) {
		return Streamed{}, refuse("bad_request", "请用 --out 给出文件", "name a file with --out")
	}
	last, head := o.Book.Head()
	done := Streamed{File: in.File, Registry: in.Registry, Position: last}
	rules := cashout.DefaultRules()
	shops := &registryOf{at: map[string]int{}}
	err := toNewFile(in.File, func(out io.Writer) error {
		var failed error
		v := NewEvents(shops.add, func(s *Sight) {
			done.Events++
			failed = errors.Join(failed, WriteSight(out, s))
		})
		v.Law = func(c *voucher.Campaign) {
			if done.Events == 0 {
				rules = rulesFor(rules, c)
			}
		}
		return errors.Join(v.Read(ctx, &until{o.Book, last, head}), failed)
	})
	if err == nil && in.Rules != "" {
		err = toNewFile(in.Rules, func(out io.Writer) error { return json.NewEncoder(out).Encode(rules) })
	}
	if err != nil || in.Registry == "" {
		return done, err
	}
	done.Shops = len(shops.all)
	return done, toNewFile(in.Registry, func(out io.Writer) error {
		for _, s := range shops.all {
			if err := writeShop(out, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// registryOf keeps what merchants declared last, in the order in which they came.
type registryOf struct {
	all []cashout.Shop
	at  map[string]int
}

func (r *registryOf) add(s cashout.Shop) {
	if i, known := r.at[s.Merchant]; known {
		r.all[i] = s
		return
	}
	r.at[s.Merchant] = len(r.all)
	r.all = append(r.all, s)
}

// toNewFile writes a file that must not be there yet; one that could not be written whole is taken away.
func toNewFile(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return refuse("bad_file", fmt.Sprintf("无法写入 %s：%v", name, err), fmt.Sprintf("%s cannot be written: %v", name, err))
	}
	out := bufio.NewWriterSize(file, 1<<16)
	err = write(out)
	if err = errors.Join(err, out.Flush(), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
