package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"hexiao/hub/office"
)

// ask does one operation on the folder and reads its answer.
func ask[Out any](ctx context.Context, p *program, name string, in any) (Out, error) {
	var out Out
	raw, err := office.Ask(ctx, p.data, name, in)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// object prints one JSON object.
func (p *program) object(v any) error { return json.NewEncoder(p.out).Encode(v) }

// lines prints one JSON object a line, or a table with a heading.
func lines[R any](p *program, all []R, heading string, row func(R) string) error {
	if p.json {
		for _, r := range all {
			if err := p.object(r); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, heading)
	for _, r := range all {
		fmt.Fprintln(t, row(r))
	}
	return t.Flush()
}

// told prints a sentence, or the object behind it.
func (p *program) told(v any, zh, en string) error {
	if p.json {
		return p.object(v)
	}
	_, err := fmt.Fprintln(p.out, p.say(zh, en))
	return err
}
