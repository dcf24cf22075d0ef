package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"
)

// qmp speaks the QEMU Machine Protocol: commands in turn, and the event that a device is gone.
type qmp struct {
	conn    net.Conn
	answers chan qmpSays
	closed  chan struct{}

	mu   sync.Mutex // guards gone
	gone map[string]chan struct{}
}

type qmpSays struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Desc string `json:"desc"`
	} `json:"error"`
	Event string `json:"event"`
	Data  struct {
		Device string `json:"device"`
	} `json:"data"`
	QMP json.RawMessage `json:"QMP"`
}

// newQMP takes over the connection. It ends when QEMU closes it.
func newQMP(conn net.Conn) *qmp {
	q := &qmp{conn: conn, answers: make(chan qmpSays, 1), closed: make(chan struct{}), gone: map[string]chan struct{}{}}
	go q.listen()
	return q
}

func (q *qmp) listen() {
	defer close(q.closed)
	d := json.NewDecoder(q.conn)
	for {
		var said qmpSays
		if err := d.Decode(&said); err != nil {
			return
		}
		switch {
		case said.Event == "DEVICE_DELETED":
			q.forget(said.Data.Device)
		case said.Event != "" || said.QMP != nil:
		default:
			q.answers <- said
		}
	}
}

// do runs a command and waits for its answer. Commands must not overlap.
func (q *qmp) do(ctx context.Context, command string, arguments any) error {
	b, err := json.Marshal(map[string]any{"execute": command, "arguments": arguments})
	if err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = q.conn.SetWriteDeadline(deadline)
	}
	if _, err := q.conn.Write(b); err != nil {
		return fmt.Errorf("QEMU %s: %w", command, err)
	}
	select {
	case said := <-q.answers:
		if said.Error != nil {
			return fmt.Errorf("QEMU %s: %s", command, said.Error.Desc)
		}
		return nil
	case <-q.closed:
		return fmt.Errorf("QEMU %s: the machine is gone", command)
	case <-ctx.Done():
		return fmt.Errorf("QEMU %s: %w", command, context.Cause(ctx))
	}
}

// remove unplugs a device and waits until it is gone: only then may its wire be used again.
func (q *qmp) remove(ctx context.Context, id string) error {
	gone := make(chan struct{})
	q.mu.Lock()
	q.gone[id] = gone
	q.mu.Unlock()
	if err := q.do(ctx, "device_del", map[string]any{"id": id}); err != nil {
		return err
	}
	select {
	case <-gone:
		return nil
	case <-q.closed:
		return fmt.Errorf("unplug %s: the machine is gone", id)
	case <-ctx.Done():
		return fmt.Errorf("unplug %s: %w", id, context.Cause(ctx))
	}
}

func (q *qmp) forget(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if gone, ok := q.gone[id]; ok {
		close(gone)
		delete(q.gone, id)
	}
}

// key presses or releases a key by QEMU's name for it.
func (q *qmp) key(ctx context.Context, name string, down bool) error {
	return q.do(ctx, "input-send-event", map[string]any{"events": []any{map[string]any{
		"type": "key", "data": map[string]any{"down": down, "key": map[string]any{"type": "qcode", "data": name}},
	}}})
}

// pace waits for d.
func pace(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
