package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hexiao/packaging/lab/line"
)

const (
	askLimit = 15 * time.Second      // for one thing that the guest asks for; the longest, 19 keys, takes 1 s
	keyPace  = 25 * time.Millisecond // between two key events: at 2 ms QEMU's queue of 16 loses some
)

// play lets the guest lead until it has played so many scenarios or ctx ends, and gives each row to row as it comes.
func (m *machine) play(ctx context.Context, scenarios int, row func(line.Row)) error {
	stop := context.AfterFunc(ctx, func() { _ = m.talk.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		said, err := m.hear()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, io.EOF):
			return errors.New("the machine stopped before it was done")
		case err != nil:
			return err
		case said.Row != nil:
			row(*said.Row)
		case said.Done != nil && said.Done.Scenarios != scenarios:
			return fmt.Errorf("%d scenarios were asked for, %d played", scenarios, said.Done.Scenarios)
		case said.Done != nil:
			return nil
		case said.Ask != nil:
			if err := m.answer(ctx, *said.Ask); err != nil {
				return err
			}
		}
	}
}

// hear reads the next message.
func (m *machine) hear() (line.Message, error) {
	for {
		b, err := m.lines.ReadSlice('\n')
		if err != nil {
			return line.Message{}, err
		}
		if strings.TrimSpace(string(b)) != "" {
			return line.Decode(b)
		}
	}
}

func (m *machine) answer(ctx context.Context, ask line.Ask) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	data, err := m.serve(ctx, ask)
	answer := line.Answer{Data: data}
	if err != nil {
		answer.Error = err.Error()
	}
	_, err = m.talk.Write(line.Encode(line.Message{Answer: &answer}))
	return err
}

// serve does what the guest asks for.
func (m *machine) serve(ctx context.Context, ask line.Ask) ([]byte, error) {
	switch ask.Do {
	case line.PlugSerial:
		return nil, m.plug(ctx, "usb-serial", ask, map[string]any{"chardev": "wire-" + ask.ID, "serial": ask.Serial})
	case line.PlugKeyboard:
		return nil, m.plug(ctx, "usb-kbd", ask, map[string]any{})
	case line.Unplug:
		return nil, m.qmp.remove(ctx, ask.ID)
	case line.Send:
		return nil, m.send(ctx, ask)
	case line.Receive:
		return m.receive(ctx, ask)
	case line.Type:
		return nil, m.keys(ctx, strings.Fields(string(ask.Data)))
	}
	return nil, fmt.Errorf("the host cannot %q", ask.Do)
}

func (m *machine) plug(ctx context.Context, driver string, ask line.Ask, arguments map[string]any) error {
	arguments["driver"], arguments["id"], arguments["bus"] = driver, ask.ID, "xhci.0"
	if ask.Port != "" {
		arguments["port"] = ask.Port
	}
	return m.qmp.do(ctx, "device_add", arguments)
}

func (m *machine) send(ctx context.Context, ask line.Ask) error {
	wire, ok := m.wires[ask.ID]
	if !ok {
		return fmt.Errorf("there is no wire %q", ask.ID)
	}
	step := len(ask.Data)
	if ask.Pace > 0 {
		step = 1
	}
	for rest := ask.Data; len(rest) > 0; rest = rest[step:] {
		if _, err := wire.Write(rest[:step]); err != nil {
			return err
		}
		if err := pace(ctx, ask.Pace); err != nil {
			return err
		}
	}
	return nil
}

// receive waits for as many bytes as the guest expects; when fewer come, they are its answer all the same.
func (m *machine) receive(ctx context.Context, ask line.Ask) ([]byte, error) {
	wire, ok := m.wires[ask.ID]
	if !ok {
		return nil, fmt.Errorf("there is no wire %q", ask.ID)
	}
	deadline, _ := ctx.Deadline()
	_ = wire.SetReadDeadline(deadline.Add(-askLimit / 2))
	b := make([]byte, len(ask.Data))
	n, err := io.ReadFull(wire, b)
	if err != nil && n == 0 {
		return nil, fmt.Errorf("nothing came out of wire %s: %w", ask.ID, err)
	}
	return b[:n], nil
}

func (m *machine) keys(ctx context.Context, names []string) error {
	for _, name := range names {
		for _, down := range []bool{true, false} {
			if err := m.qmp.key(ctx, name, down); err != nil {
				return err
			}
			if err := pace(ctx, keyPace); err != nil {
				return err
			}
		}
	}
	return nil
}
