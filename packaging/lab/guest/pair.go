//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"hexiao/drivers"
)

// pair is two scanners of one model, each read by its own driver.
type pair struct {
	lab       *lab
	devices   [2]*gadget
	open      func(address string) func(func(drivers.State)) (scanner, error)
	say       func(i int, text string) error // has a code sent by one of them
	node      func(address string) string    // where the device of an address is now
	addresses [2]string
	read      [2]*reading
}

// plugIn plugs both in and opens each by its address.
func (p *pair) plugIn(ctx context.Context, addresses [2]string) (string, error) {
	p.addresses = addresses
	for i, g := range p.devices {
		p.lab.later(g.remove)
		if err := errors.Join(g.make(), g.plug()); err != nil {
			return "", err
		}
		if err := p.listen(ctx, i); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s: %s and %s", p.nodes(), path.Base(addresses[0]), path.Base(addresses[1])), nil
}

func (p *pair) listen(ctx context.Context, i int) (err error) {
	if p.read[i], err = p.lab.read(p.open(p.addresses[i])); err != nil {
		return err
	}
	return p.read[i].connected(ctx)
}

// eachSays has a code sent by each and wants each at its own reader alone.
func (p *pair) eachSays(ctx context.Context) (string, error) {
	codes := [2]string{code, second}
	for i, text := range codes {
		if err := p.say(i, text); err != nil {
			return "", err
		}
	}
	for i, text := range codes {
		if _, err := p.read[i].whole(ctx, text); err != nil {
			return "", fmt.Errorf("%s: %w", p.devices[i].name, err)
		}
	}
	return "each at its own reader", errors.Join(p.read[0].nothing(), p.read[1].nothing())
}

// swap draws both and plugs them in in the other order, so that the system gives them other numbers.
func (p *pair) swap(ctx context.Context) (string, error) {
	before := p.nodes()
	for i, g := range p.devices {
		if err := g.unplug(); err != nil {
			return "", err
		}
		if _, err := p.read[i].lost(ctx); err != nil {
			return "", err
		}
	}
	for _, i := range []int{1, 0} {
		if err := p.devices[i].plug(); err != nil {
			return "", err
		}
		if err := p.read[i].connected(ctx); err != nil {
			return "", err
		}
	}
	after := p.nodes()
	if after == before {
		return "", fmt.Errorf("the devices kept their numbers (%s), so this shows nothing", after)
	}
	seen, err := p.eachSays(ctx)
	return fmt.Sprintf("%s; were %s, are %s", seen, before, after), err
}

func (p *pair) nodes() string { return p.node(p.addresses[0]) + " and " + p.node(p.addresses[1]) }
